import type { PrincipalText, Replica } from '../../replicas/replica.js';
import type { History, HistoryEvent } from '../history/history.js';
import { traceHash } from '../history/trace-hash.js';

/** `T` without the fields that the recorder adds. Distributes over the kinds of event. */
type Recorded<T> = T extends HistoryEvent ? Omit<T, 'index' | 'step' | 'timeNs'> : never;

/** Records the events of one run, with the time, the metrics, and the logs of the replica. */
export class Recorder {
  readonly #replica: Replica;
  readonly #canister: PrincipalText;
  readonly #events: HistoryEvent[] = [];
  /** Index of the current step of the schedule; −1 during set-up. */
  step = -1;
  #timeNs = '0';
  /** Index of the first log record not yet seen. */
  #nextLog = 0n;
  readonly #hasLogs: boolean;
  readonly #hasHeapSize: boolean;

  constructor(replica: Replica, canister: PrincipalText) {
    this.#replica = replica;
    this.#canister = canister;
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
    const { heapBytes, stableBytes } = await this.#replica.metrics(this.#canister);
    this.record({ type: 'metrics', at, heapBytes, stableBytes });
  }

  /** Skips the log records of the set-up. */
  async skipLogs(): Promise<void> {
    await this.#newLogs();
  }

  /** The canister's log holds only 4,096 B, so this is called after every step. */
  async recordLogs(): Promise<void> {
    for (const content of await this.#newLogs()) {
      this.record({ type: 'log', text: new TextDecoder().decode(content) });
    }
  }

  async #newLogs(): Promise<readonly Uint8Array[]> {
    if (!this.#hasLogs) return [];
    const records = (await this.#replica.logs(this.#canister)).filter(({ index }) => index >= this.#nextLog);
    const last = records.at(-1);
    if (last !== undefined) this.#nextLog = last.index + 1n;
    return records.map(({ content }) => content);
  }

  history(target: string): History {
    return {
      target,
      replica: this.#replica.info.name,
      events: this.#events,
      traceHash: traceHash(this.#events),
    };
  }
}
