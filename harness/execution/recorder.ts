import type { LogRecord, PrincipalText, Replica } from '../../replicas/replica.js';
import { MAIN_ROLE, type InstalledSystem } from './canisters.js';
import type { History, HistoryEvent } from '../history/history.js';
import { traceHash } from '../history/trace-hash.js';

/** `T` without the fields that the recorder adds. Distributes over the kinds of event. */
type Recorded<T> = T extends HistoryEvent ? Omit<T, 'index' | 'step' | 'timeNs'> : never;

interface RecordedCanister {
  readonly name: string;
  readonly canister: PrincipalText;
  /** Index of the first log record not yet seen. */
  nextLog: bigint;
}

/** What `Recorder.restore` returns to. */
export interface RecordedSoFar {
  readonly events: number;
  readonly step: number;
  readonly timeNs: string;
  /** By canister. */
  readonly nextLogs: readonly bigint[];
}

/** Records the events of one run, with the time, the metrics, and the logs of the replica. */
export class Recorder {
  readonly #replica: Replica;
  readonly #canisters: readonly RecordedCanister[];
  readonly #events: HistoryEvent[] = [];
  /** Index of the current step of the schedule; −1 during set-up. */
  step = -1;
  #timeNs = '0';
  readonly #hasLogs: boolean;
  readonly #hasHeapSize: boolean;

  constructor(replica: Replica, { canister, others = [] }: InstalledSystem) {
    this.#replica = replica;
    const named = [{ name: MAIN_ROLE, canister }, ...others];
    this.#canisters = named.map((one) => ({ name: one.name, canister: one.canister, nextLog: 0n }));
    this.#hasLogs = replica.info.abilities.has('logs');
    this.#hasHeapSize = replica.info.abilities.has('heap-size');
  }

  record(event: Recorded<HistoryEvent>): void {
    const base = { index: this.#events.length, step: this.step, timeNs: this.#timeNs };
    this.#events.push(Object.assign(base, event));
  }

  /** Call it whenever the replica may have advanced its clock. */
  async refreshTime(): Promise<void> {
    this.#timeNs = (await this.#replica.time()).toString();
  }

  async recordMetrics(at: string): Promise<void> {
    if (!this.#hasHeapSize) return;
    let [heap, stable] = [0, 0];
    for (const { canister } of this.#canisters) {
      const { heapBytes, stableBytes } = await this.#replica.metrics(canister);
      heap += heapBytes;
      stable += stableBytes;
    }
    this.record({ type: 'metrics', at, heapBytes: heap, stableBytes: stable });
  }

  /** Skips the log records of the set-up. */
  async skipLogs(): Promise<void> {
    for (const one of this.#canisters) await this.#newLogs(one);
  }

  /** The canister's log holds only 4,096 B, so this is called after every step. */
  async recordLogs(): Promise<void> {
    for (const one of this.#canisters) {
      const origin = one.name === MAIN_ROLE ? '' : `${one.name}: `;
      for (const { content } of await this.#newLogs(one))
        this.record({ type: 'log', text: origin + new TextDecoder().decode(content) });
    }
  }

  async #newLogs(one: RecordedCanister): Promise<readonly LogRecord[]> {
    if (!this.#hasLogs) return [];
    const records = (await this.#replica.logs(one.canister)).filter(({ index }) => index >= one.nextLog);
    const last = records.at(-1);
    if (last !== undefined) one.nextLog = last.index + 1n;
    return records;
  }

  save(): RecordedSoFar {
    const nextLogs = this.#canisters.map(({ nextLog }) => nextLog);
    return { events: this.#events.length, step: this.step, timeNs: this.#timeNs, nextLogs };
  }

  /** Forgets what was recorded since `save`. */
  restore({ events, step, timeNs, nextLogs }: RecordedSoFar): void {
    this.#events.length = events;
    this.step = step;
    this.#timeNs = timeNs;
    for (const [index, one] of this.#canisters.entries()) one.nextLog = nextLogs[index] ?? 0n;
  }

  /** The events so far. The array changes with every event. */
  get events(): readonly HistoryEvent[] {
    return this.#events;
  }

  history(target: string): History {
    const events = [...this.#events];
    let hash: string | undefined;
    return {
      target,
      replica: this.#replica.info.name,
      events,
      // Variants of relations and candidates of the minimiser are executed often, and nobody reads their hash.
      get traceHash() {
        return (hash ??= traceHash(events));
      },
    };
  }
}
