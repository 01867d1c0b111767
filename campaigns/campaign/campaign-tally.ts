import type { UserFile } from '../../generators/user-file.js';
import type { FileReader } from '../../model/content.js';
import type { Operation, Schedule } from '../../model/schedule.js';
import type { Target } from '../../targets/target.js';
import type { History, HistoryEvent } from '../../harness/history/history.js';
import {
  hasStates,
  STATE_NAMES,
  type StateName,
  statesReached,
} from '../../harness/state-coverage/states-reached.js';
import type { Verdict } from '../../harness/evidence/verdict.js';
import { OperationTally } from './operation-tally.js';
import { userFileFailure, type UserFileFailure } from './user-file-failure.js';

/** Counters over the runs of a campaign. */
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
  readonly #operations = new OperationTally();
  readonly operations: Partial<Record<Operation['op'], number>> = {};
  /** Empty for an interface that does not have these states. */
  readonly states: Partial<Record<StateName, number>>;
  readonly memory = { heapBytesPeak: 0, stableBytesPeak: 0 };
  readonly unknowns: { runs: number; firstReason: string | undefined } = { runs: 0, firstReason: undefined };

  constructor({ promises }: Pick<Target, 'promises'>) {
    this.states = hasStates(promises) ? Object.fromEntries(STATE_NAMES.map((state) => [state, 0])) : {};
  }

  add(
    schedule: Schedule,
    history: History,
    verdict: Verdict,
    {
      target,
      reader,
      userFile,
    }: { target: Target; reader: FileReader | undefined; userFile: UserFile | undefined },
  ): void {
    this.runs++;
    if (verdict.kind === 'unknown') {
      this.unknowns.runs++;
      this.unknowns.firstReason ??= verdict.reason;
    }
    for (const event of history.events) this.#addEvent(event);
    this.#operations.add(history);
    if (userFile !== undefined) this.#addUserFile(history, userFile);
    if (!hasStates(target.promises)) return;
    for (const state of statesReached(history, schedule, target, reader))
      this.states[state] = (this.states[state] ?? 0) + 1;
  }

  /** A run did not end in time. The campaign ends, because the next run would take as long. */
  addOverdue(reason: string): void {
    this.runs++;
    this.unknowns.runs++;
    this.unknowns.firstReason = reason;
    this.overdue = reason;
  }

  get neverSucceeded(): readonly Operation['op'][] {
    return this.#operations.neverSucceeded;
  }

  #addUserFile(history: History, userFile: UserFile): void {
    const failure = userFileFailure(history, userFile);
    if (failure === undefined) this.userFileReadBacks++;
    else this.userFileFailure ??= failure;
  }

  #addEvent(event: HistoryEvent): void {
    if (event.type === 'invoke') {
      const { op } = event.operation;
      this.operations[op] = (this.operations[op] ?? 0) + 1;
      this.operationsTotal++;
    } else if (event.type === 'metrics') {
      this.memory.heapBytesPeak = Math.max(this.memory.heapBytesPeak, event.heapBytes);
      this.memory.stableBytesPeak = Math.max(this.memory.stableBytesPeak, event.stableBytes);
    }
  }
}
