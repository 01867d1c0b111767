/** The progress and the result of a campaign. Plain data. */
import type { Operation } from '../../model/schedule.js';
import type { ReplicaInfo } from '../../replicas/replica.js';
import type { SkippedRelation } from '../../harness/relations/examine.js';
import type { Severity } from '../../harness/evidence/rules.js';
import type { Counterexample } from '../../harness/counterexamples/counterexample.js';
import type { UserFileFailure } from './user-file-failure.js';
import type { StateName } from '../../harness/state-coverage/states-reached.js';

export interface Progress {
  /** Number of schedules executed and judged, without repetitions and shrinking. */
  readonly runs: number;
  /** Number of operations issued, by kind, without skipped ones. */
  readonly operations: Readonly<Partial<Record<Operation['op'], number>>>;
  readonly operationsTotal: number;
  readonly findings: number;
  readonly elapsedMs: number;
  readonly schedulesPerSecond: number;
  /** Number of threads that execute runs. */
  readonly workers: number;
  /** Set while a finding is being shrunk: number of candidates executed, and of steps in the best schedule so far. */
  readonly shrinking: { readonly executions: number; readonly steps: number } | undefined;
}

/** A cause of failures, shown by its shrunk counterexample. */
export interface Finding {
  /** Unique in the campaign. */
  readonly id: number;
  readonly counterexample: Counterexample;
  /** See `harness/evidence/fingerprint.ts`; the fingerprint of the counterexample. */
  readonly fingerprint: string;
  readonly severity: Severity;
  /** Fingerprints of all violations with the same cause, without conditions. Complete at the end of the campaign. */
  readonly signs: readonly string[];
  /** Path of its file; `undefined` if no folder was given or the file could not be written. */
  readonly path: string | undefined;
  /** Why the file could not be written, in one line. */
  readonly writeFailure: string | undefined;
  /** Number of schedules executed to shrink it. */
  readonly executions: number;
}

export interface CampaignResult {
  /** `invalid` if there are findings, else `unknown` if a judgement exceeded its budget, else `valid`. */
  readonly verdict: 'valid' | 'invalid' | 'unknown';
  /** Whether the campaign was asked to stop before its end. */
  readonly isInterrupted: boolean;
  /** Whether the campaign ran to its end: it was neither interrupted nor ended by the number of findings. */
  readonly isComplete: boolean;
  readonly runs: number;
  readonly seed: number;
  /** Index of the first run. */
  readonly firstRun: number;
  readonly profile: string;
  readonly target: string;
  readonly wasmSha256: string;
  readonly fault: string | undefined;
  readonly replica: Pick<ReplicaInfo, 'name' | 'version'>;
  readonly operations: Readonly<Partial<Record<Operation['op'], number>>>;
  readonly operationsTotal: number;
  readonly elapsedMs: number;
  readonly schedulesPerSecond: number;
  /** Number of threads that executed runs. Nothing but times depends on it. */
  readonly workers: number;
  /** SHA-256 over the trace hashes of all runs in order; see `campaign-digest.ts`. */
  readonly digest: string;
  /** One per cause, the worst first. */
  readonly findings: readonly Finding[];
  /** Number of runs whose judgement exceeded its budget, the reason of the first, and the indices of the first ten. */
  readonly unknowns: {
    readonly runs: number;
    readonly firstReason: string | undefined;
    readonly indices: readonly number[];
  };
  /** The message or the schedule that did not end in time, which ended the campaign; `undefined` if there is none. */
  readonly overdue: string | undefined;
  /** Number of runs that were executed twice and compared. */
  readonly determinismChecks: number;
  /** Number of runs on which relations were checked, and the relations that were not. */
  readonly relations: { readonly runs: number; readonly skipped: readonly SkippedRelation[] };
  /** Number of runs that reached each state or situation of the interface canister/upload.did; empty for other interfaces. */
  readonly states: Readonly<Partial<Record<StateName, number>>>;
  readonly memory: { readonly heapBytesPeak: number; readonly stableBytesPeak: number };
  /** How often the user's file was read back unchanged; `undefined` without a file. */
  readonly userFileReadBacks: number | undefined;
  /** The first run in which the user's file was not read back unchanged. */
  readonly userFileFailure: UserFileFailure | undefined;
  /** Operations that were issued often and never succeeded. Nothing is known about them, so such a campaign is no success. */
  readonly neverSucceeded: readonly Operation['op'][];
}
