/** A finding as reports show it. */
import { relative } from 'node:path';
import {
  contextSwitches,
  describeCounterexample,
  operationCount,
} from '../../harness/counterexamples/describe-schedule.js';
import type { Schedule } from '../../model/schedule.js';
import type { FailureTimeline } from '../../reports/documents/failure-timeline.js';
import { originalScheduleOf } from '../../reports/documents/original-schedule.js';
import type { Finding as ReportedFinding } from '../../reports/documents/run-report.js';
import type { SubjectSpec } from '../subject/subject.js';
import type { Finding } from './campaign-result.js';

export interface ReportedParts {
  readonly subject: SubjectSpec;
  /** The schedule before shrinking. */
  readonly original: Schedule | undefined;
  readonly timeline: FailureTimeline | undefined;
  /** How it behaves on a second replica. */
  readonly confirmed: ReportedFinding['confirmed'] | undefined;
}

export function reportedFinding(finding: Finding, parts: ReportedParts): ReportedFinding {
  const { counterexample, path, writeFailure, fingerprint, severity, signs } = finding;
  const { checker, rule, expected, seen, schedule, originalSteps, isMinimal, campaign, context } =
    counterexample;
  const { original, timeline, confirmed, subject } = parts;
  const file = path === undefined ? null : relative(process.cwd(), path);
  return {
    file,
    notSaved: writeFailure ?? null,
    checker,
    rule,
    fingerprint,
    severity,
    signs: [...signs],
    expected,
    seen,
    operations: operationCount(schedule),
    contextSwitches: contextSwitches(schedule),
    stepsBefore: originalSteps,
    runIndex: campaign.runIndex,
    steps: [...describeCounterexample(counterexample), ...(context?.epilogue ?? [])],
    isMinimal,
    schedule,
    original: original === undefined ? null : originalScheduleOf(original),
    course: timeline ?? null,
    replay: file === null ? '' : replayCommand(file, subject),
    confirmed: confirmed ?? null,
  };
}

function replayCommand(file: string, { targetModule, wasmLabel, service }: SubjectSpec): string {
  if (service !== undefined)
    return `npx upload-stress replay ${file} --target ${service.url} --http-token FILE`;
  const ownWasm = wasmLabel.startsWith('canister/wasm/') ? '' : ` --wasm ${wasmLabel}`;
  const target = targetModule === undefined ? '' : ` --target ${targetModule}`;
  return `npx upload-stress replay ${file}${ownWasm}${target}`;
}
