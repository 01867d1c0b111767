/** What a campaign tells while it runs and at its end. Plain data. */
import type { Operation } from '../../model/schedule.js';
import type { ReplicaInfo } from '../../replicas/replica.js';
import type { Counterexample } from '../../harness/counterexamples/counterexample.js';
import type { StateName } from '../../harness/state-coverage/states-reached.js';

export interface Progress {
  /** Schedules executed and judged; repetitions and shrinking do not count. */
  readonly runs: number;
  /** Operations issued, by kind; skipped ones do not count. */
  readonly operations: Readonly<Partial<Record<Operation['op'], number>>>;
  readonly operationsTotal: number;
  readonly findings: number;
  readonly elapsedMs: number;
  readonly schedulesPerSecond: number;
  /** Set while a finding is being shrunk: candidates executed, and steps of the best so far. */
  readonly shrinking: { readonly executions: number; readonly steps: number } | undefined;
}

export interface Finding {
  readonly counterexample: Counterexample;
  /** Where it was saved; undefined if no folder was given or it could not be written. */
  readonly path: string | undefined;
  /** Why it could not be written, one line. */
  readonly writeFailure: string | undefined;
  /** Schedules executed to shrink it. */
  readonly executions: number;
}

export interface CampaignResult {
  /** `invalid` if anything was found; else `unknown` if a judgement ran out of budget; else `valid`. */
  readonly verdict: 'valid' | 'invalid' | 'unknown';
  /** Asked to stop before its end. */
  readonly isInterrupted: boolean;
  readonly runs: number;
  readonly seed: number;
  /** Index of its first run. */
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
  readonly findings: readonly Finding[];
  /** Runs whose judgement ran out of budget, and why the first did. */
  readonly unknowns: { readonly runs: number; readonly firstReason: string | undefined };
  /** Runs that were executed twice and compared. */
  readonly determinismChecks: number;
  /** In how many runs some session was in each state, and calls met in each situation. */
  readonly states: Readonly<Record<StateName, number>>;
  readonly memory: { readonly heapBytesPeak: number; readonly stableBytesPeak: number };
  /** Times that the user's file was read back equal to what was sent; undefined without one. */
  readonly userFileReadBacks: number | undefined;
}
