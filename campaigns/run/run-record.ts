/** Collects the messages of the worker into a report, complete or cut short. */
import { acceptanceOf, deviationsGone, type AcceptedDeviation } from '../campaign/accepted-deviations.js';
import { selectionOf } from '../../harness/judgement/applicable-rules.js';
import { findingOf } from '../campaign/finding.js';
import type { CampaignResult, Finding, Progress } from '../campaign/campaign-result.js';
import { saveCounterexample } from '../../harness/counterexamples/corpus.js';
import type { Counterexample } from '../../harness/counterexamples/counterexample.js';
import { bySeverity } from '../../harness/evidence/severity.js';
import type { Schedule } from '../../model/schedule.js';
import {
  COVERAGE_FORMAT_VERSION,
  type CoveredModule,
  type CoverageReport,
} from '../../reports/documents/coverage-report.js';
import type { FailureTimeline } from '../../reports/documents/failure-timeline.js';
import type { RunSeriesPoint } from '../../reports/documents/run-series.js';
import {
  RUN_REPORT_FORMAT_VERSION,
  type AcceptedFinding,
  type Finding as ReportedFinding,
  type RunReport,
} from '../../reports/documents/run-report.js';
import { reportedFinding } from '../campaign/reported-finding.js';
import { environmentNow } from '../environment.js';
import type { GuidanceCounts } from '../guidance/guided-runs.js';
import type { Confirmation, RunJob, RunMessage } from './job.js';

export class RunRecord {
  readonly #job: RunJob;
  readonly #started: Date;
  #replica = { name: 'embedded', version: 'not started' };
  #progress: Progress | undefined;
  #result: CampaignResult | undefined;
  #confirmation: Confirmation | undefined;
  readonly #findings: Finding[] = [];
  /** The schedule before shrinking, by index of the finding. */
  readonly #originals = new Map<number, Schedule>();
  /** By index of the finding. */
  readonly #timelines = new Map<number, FailureTimeline>();
  #series: readonly RunSeriesPoint[] = [];
  #coverage: readonly CoveredModule[] | undefined;
  #guidance: GuidanceCounts | undefined;
  /** Failures that are not findings yet, by id, as they are now and as they were found. */
  readonly #failing = new Map<number, { readonly now: Counterexample; readonly original: Schedule }>();

  constructor(job: RunJob, started: Date) {
    this.#job = job;
    this.#started = started;
  }

  take(message: RunMessage): void {
    switch (message.type) {
      case 'started':
        this.#replica = message.replica;
        break;
      case 'progress':
        this.#progress = message.progress;
        break;
      case 'failing':
        this.#takeFailing(message.id, message.counterexample);
        break;
      case 'dismissed':
        this.#failing.delete(message.id);
        break;
      case 'finding':
        this.#takeFinding(message.finding);
        break;
      case 'timeline':
        this.#timelines.set(message.index, message.timeline);
        break;
      case 'result':
        this.#result = message.result;
        this.#series = message.series;
        break;
      case 'confirmed':
        this.#confirmation = message.confirmation;
        break;
      case 'coverage':
        this.#coverage = message.modules;
        break;
      case 'guidance':
        this.#guidance = message.guidance;
        break;
      case 'unused-rules':
      case 'corpus':
      case 'confirming':
        break;
    }
  }

  #takeFailing(id: number, counterexample: Counterexample): void {
    const original = this.#failing.get(id)?.original ?? counterexample.schedule;
    this.#failing.set(id, { now: counterexample, original });
  }

  #takeFinding(finding: Finding): void {
    const failing = this.#failing.get(finding.id);
    if (failing !== undefined) this.#originals.set(this.#findings.length, failing.original);
    this.#failing.delete(finding.id);
    this.#findings.push(finding);
  }

  /** Saves the failures that the thread had not reported as findings when it ended. Call it after the thread has ended. */
  async saveFailing(): Promise<void> {
    for (const [id, { now }] of this.#failing) await this.#saveFailure(id, now);
    this.#failing.clear();
  }

  async #saveFailure(id: number, counterexample: Counterexample): Promise<void> {
    const saved = await saveCounterexample(this.#job.corpusFolder, counterexample).then(
      (path) => ({ path, writeFailure: undefined }),
      (error: unknown) => ({
        path: undefined,
        writeFailure: error instanceof Error ? error.message : String(error),
      }),
    );
    this.#findings.push(findingOf(counterexample, { id, ...saved }));
  }

  /** The findings so far, in the order in which they arrived. */
  get findings(): readonly Finding[] {
    return this.#findings;
  }

  report(wasStopped: boolean): RunReport {
    const { subject, seed, profile, userFile } = this.#job;
    const result = this.#result;
    const progress = result ?? this.#progress;
    const { failing, accepted } = this.#reportedFindings();
    const failure = result?.userFileFailure;
    return {
      formatVersion: RUN_REPORT_FORMAT_VERSION,
      kind: 'run',
      tool: { name: 'upload-stress', version: this.#job.toolVersion },
      verdict: failing.length > 0 || failure !== undefined ? 'invalid' : (result?.verdict ?? 'valid'),
      interrupted: wasStopped || result?.isInterrupted === true,
      runs: progress?.runs ?? 0,
      seed,
      profile: userFile === undefined ? profile : 'user-file',
      target: result?.target ?? 'upload',
      wasm: { file: subject.wasmLabel, sha256: subject.wasmSha256, fault: subject.fault ?? null },
      replica: this.#replica.name,
      replicas: this.#replicas(),
      confirmation: this.#confirmed(),
      startedAt: this.#started.toISOString(),
      durationMs: Date.now() - this.#started.getTime(),
      schedulesPerSecond: progress?.schedulesPerSecond ?? 0,
      workers: progress?.workers ?? 1,
      digest: result?.digest ?? null,
      guidance: this.#guidance ?? null,
      operations: { ...progress?.operations },
      unknowns: result?.unknowns.runs ?? 0,
      unknownRuns: [...(result?.unknowns.indices ?? [])],
      unknownReason: result?.unknowns.firstReason ?? null,
      overdue: result?.overdue ?? null,
      determinismChecks: result?.determinismChecks ?? 0,
      relations: { runs: result?.relations.runs ?? 0, skipped: [...(result?.relations.skipped ?? [])] },
      userFile:
        userFile === undefined
          ? null
          : {
              path: userFile.content.path,
              bytes: userFile.bytes,
              sha256: userFile.content.sha256,
              readBack: result?.userFileReadBacks ?? 0,
              problem: failure?.problem ?? null,
              calls: [...(failure?.calls ?? [])],
            },
      neverSucceeded: [...(result?.neverSucceeded ?? [])],
      memory: result?.memory ?? { heapBytesPeak: 0, stableBytesPeak: 0 },
      states: { ...result?.states },
      series: [...this.#series],
      counterexamples: failing,
      accepted,
      acceptedNotSeen: wasStopped ? [] : this.#acceptedNotSeen(),
      trend: null,
      environment: environmentNow(),
    };
  }

  /** `undefined` if coverage was not measured, or if the thread ended before it sent its counts. */
  coverage(run: RunReport): CoverageReport | undefined {
    if (this.#coverage === undefined) return undefined;
    const { tool, wasm, target, profile, seed, runs, interrupted, startedAt, durationMs, environment } = run;
    return {
      formatVersion: COVERAGE_FORMAT_VERSION,
      kind: 'coverage',
      ...{ tool, wasm, target, profile, seed, runs, interrupted, startedAt, durationMs, environment },
      modules: this.#coverage,
    };
  }

  /** The findings, the worst first, with the accepted ones apart. */
  #reportedFindings(): { readonly failing: ReportedFinding[]; readonly accepted: AcceptedFinding[] } {
    const failing: ReportedFinding[] = [];
    const accepted: AcceptedFinding[] = [];
    for (const [index, finding] of this.#findings.entries()) {
      const reported = this.#reported(finding, index);
      const deviation = this.#acceptanceOf(finding);
      if (deviation === undefined) failing.push(reported);
      else accepted.push({ ...reported, reason: deviation.reason });
    }
    const worstFirst = (a: ReportedFinding, b: ReportedFinding) => bySeverity(a.severity, b.severity);
    return { failing: failing.sort(worstFirst), accepted: accepted.sort(worstFirst) };
  }

  #acceptanceOf({ fingerprint }: Finding): AcceptedDeviation | undefined {
    return acceptanceOf(fingerprint, this.#job.accepted);
  }

  #acceptedNotSeen(): RunReport['acceptedNotSeen'] {
    const result = this.#result;
    const { accepted, rules, userFile } = this.#job;
    // Schedules around the user's file are few of the kinds that a campaign draws.
    if (result === undefined || userFile !== undefined) return [];
    const gone = deviationsGone(accepted, {
      isComplete: result.isComplete,
      runs: result.runs,
      rules: selectionOf(rules),
      skipped: result.relations.skipped.map(({ name }) => name),
      fingerprints: this.#findings.map(({ fingerprint }) => fingerprint),
    });
    return gone.map((deviation) => ({ ...deviation }));
  }

  #replicas(): RunReport['replicas'] {
    const confirming = this.#confirmation?.replica;
    return confirming === undefined ? [this.#replica] : [this.#replica, confirming];
  }

  #confirmed(): RunReport['confirmation'] {
    const confirmation = this.#confirmation;
    if (confirmation === undefined) {
      return {
        replica: null,
        reason: 'the run ended before the confirmation',
        validSampled: 0,
        validAgreed: 0,
      };
    }
    const { replica = null, reason, validSampled, validAgreed } = confirmation;
    return { replica, reason, validSampled, validAgreed };
  }

  #reported(finding: Finding, index: number): ReportedFinding {
    return reportedFinding(finding, {
      subject: this.#job.subject,
      original: this.#originals.get(index),
      timeline: this.#timelines.get(index),
      confirmed: this.#confirmation?.findings[index],
    });
  }
}
