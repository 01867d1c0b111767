/** Records a run in the store of its project. */
import { existsSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import {
  TREND_CAMPAIGNS_MAX,
  TREND_FINDINGS_MAX,
  type FindingsTrend,
} from '../../reports/documents/finding-trend.js';
import type { RunReport } from '../../reports/documents/run-report.js';
import type { Finding } from '../campaign/campaign-result.js';
import type { SubjectSpec } from '../subject/subject.js';
import type { FindingStore } from './finding-store.js';

export interface RecordedRun {
  readonly report: RunReport;
  /** The findings of the report, accepted or not, with their counterexamples. */
  readonly findings: readonly Finding[];
  /** See `subjectName`. */
  readonly subject: string;
  readonly commit: string | null;
}

/** Records the run and returns the trend of its subject. @throws InputError, one line, if the store cannot be written */
export function recordRun(
  store: FindingStore,
  { report, findings, subject, commit }: RecordedRun,
): FindingsTrend {
  const { startedAt, wasm, tool, profile, seed, runs, verdict, interrupted, accepted } = report;
  const reasons = new Map(accepted.map(({ fingerprint, reason }) => [fingerprint, reason]));
  store.record({
    ...{ startedAt, subject, commit, profile, seed, runs, verdict },
    wasmSha256: wasm.sha256,
    toolVersion: tool.version,
    isInterrupted: interrupted,
    findings: findings.map(({ fingerprint, severity, counterexample }) => ({
      ...{ fingerprint, severity, counterexample },
      accepted: reasons.get(fingerprint),
    })),
  });
  return trendOf(store, subject);
}

/** The recorded campaigns and findings of a subject, as reports show them. */
export function trendOf(store: FindingStore, subject: string): FindingsTrend {
  return {
    subject,
    campaigns: store
      .campaigns(subject, TREND_CAMPAIGNS_MAX)
      .map(({ startedAt, commit, verdict, runs, findings }) => ({
        startedAt,
        commit,
        verdict,
        runs,
        findings,
      })),
    findings: store
      .findings({ subject, countMax: TREND_FINDINGS_MAX })
      .map(({ id, fingerprint, severity, status, first, last, sightings, laterCampaigns }) => ({
        ...{ id, fingerprint, severity, status, first, last, sightings, laterCampaigns },
      })),
  };
}

/**
 * What is the same in every campaign of a subject: the path of the module from the folder of the project, or the URL of the service, and
 * the seeded fault if there is one.
 */
export function subjectName(
  {
    wasmLabel,
    fault,
    service,
    isUsers = false,
  }: Pick<SubjectSpec, 'wasmLabel' | 'fault' | 'service' | 'isUsers'>,
  projectFolder: string,
): string {
  const path = resolve(wasmLabel);
  const isFile = service === undefined && isUsers && existsSync(path);
  const name = isFile ? relative(projectFolder, path).replaceAll('\\', '/') : wasmLabel;
  return fault === undefined ? name : `${name} with fault ${fault}`;
}
