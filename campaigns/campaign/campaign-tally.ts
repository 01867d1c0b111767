import { hasStates, STATE_NAMES, type StateName } from '../../harness/state-coverage/states-reached.js';
import type { Operation } from '../../model/schedule.js';
import type { Target } from '../../targets/target.js';
import { CampaignDigest } from './campaign-digest.js';
import { OperationTally } from './operation-tally.js';
import type { RunResult } from './run-result.js';
import type { UserFileFailure } from './user-file-failure.js';

/** Runs without a verdict that are named. */
const INDICES_MAX = 10;

/** Counters over the runs of a campaign, which arrive in the order of their indices. */
export class CampaignTally {
  runs = 0;
  operationsTotal = 0;
  determinismChecks = 0;
  relationChecks = 0;
  userFileReadBacks = 0;
  /** What did not end in time. */
  overdue: string | undefined;
  /** Of the first run in which the user's file was not read back. */
  userFileFailure: UserFileFailure | undefined;
  readonly #outcomes = new OperationTally();
  readonly #digest = new CampaignDigest();
  readonly operations: Partial<Record<Operation['op'], number>> = {};
  /** Empty for an interface that does not have these states. */
  readonly states: Partial<Record<StateName, number>>;
  readonly memory = { heapBytesPeak: 0, stableBytesPeak: 0 };
  readonly unknowns: { runs: number; firstReason: string | undefined; readonly indices: number[] } = {
    runs: 0,
    firstReason: undefined,
    indices: [],
  };

  constructor({ promises }: Pick<Target, 'promises'>) {
    this.states = hasStates(promises) ? Object.fromEntries(STATE_NAMES.map((state) => [state, 0])) : {};
  }

  /** Everything but what was found. */
  add(run: RunResult): void {
    this.runs++;
    if (run.traceHash !== undefined) this.#digest.add(run.traceHash);
    if (run.verdict === 'unknown') this.#addUnknown(run.runIndex, run.unknownReason);
    this.#addOperations(run.operations);
    this.#outcomes.addCounts(run.outcomes);
    for (const state of run.states) this.states[state] = (this.states[state] ?? 0) + 1;
    const { heapBytesMax, stableBytesMax } = run.measurements;
    this.memory.heapBytesPeak = Math.max(this.memory.heapBytesPeak, heapBytesMax ?? 0);
    this.memory.stableBytesPeak = Math.max(this.memory.stableBytesPeak, stableBytesMax ?? 0);
    if (run.userFile !== undefined) this.#addUserFile(run.userFile.failure);
    if (run.checksDeterminism) this.determinismChecks++;
  }

  /** Something in a run did not end in time. The campaign ends, because the next run would take as long. */
  addOverdue(reason: string, { verdict, runIndex }: Pick<RunResult, 'verdict' | 'runIndex'>): void {
    if (verdict !== 'unknown') this.#addUnknown(runIndex, reason);
    this.unknowns.firstReason = reason;
    this.overdue = reason;
  }

  /** Over the runs so far; see `CampaignDigest`. */
  get digest(): string {
    return this.#digest.hex;
  }

  get neverSucceeded(): readonly Operation['op'][] {
    return this.#outcomes.neverSucceeded;
  }

  #addUnknown(runIndex: number, reason: string | undefined): void {
    this.unknowns.runs++;
    if (this.unknowns.indices.length < INDICES_MAX) this.unknowns.indices.push(runIndex);
    this.unknowns.firstReason ??= reason;
  }

  #addOperations(operations: RunResult['operations']): void {
    for (const [op, count] of Object.entries(operations) as [Operation['op'], number][]) {
      this.operations[op] = (this.operations[op] ?? 0) + count;
      this.operationsTotal += count;
    }
  }

  #addUserFile(failure: UserFileFailure | undefined): void {
    if (failure === undefined) this.userFileReadBacks++;
    else this.userFileFailure ??= failure;
  }
}
