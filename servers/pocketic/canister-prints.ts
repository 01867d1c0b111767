/** Prints what canisters print, as the PocketIC server does on stderr: `{time}: [Canister {id}] {text}`. */
import type { Engine } from '../../replicas/embedded/engine.js';
import type { LogRecord, PrincipalText } from '../../replicas/replica.js';

export class CanisterPrints {
  readonly #engine: Engine;
  readonly #print: (line: string) => void;
  /** Index of the next record that has not been printed, by canister. */
  readonly #next = new Map<PrincipalText, bigint>();

  constructor(engine: Engine, print: (line: string) => void) {
    this.#engine = engine;
    this.#print = print;
  }

  /** Prints what came since the last time; what fell out of a canister's log buffer (4,096 B) in between is lost. */
  flush(): void {
    for (const id of this.#engine.canisterIds()) {
      for (const record of this.#engine.logs(id)) {
        if (record.index < (this.#next.get(id) ?? 0n)) continue;
        this.#next.set(id, record.index + 1n);
        this.#print(formatRecord(id, record));
      }
    }
  }
}

function formatRecord(id: PrincipalText, { timeNs, content }: LogRecord): string {
  return `${formatTime(timeNs)}: [Canister ${id}] ${Buffer.from(content).toString('utf8')}`;
}

/** `2021-05-06 19:17:10.000000001 UTC`, as `ic_types::Time` prints; no fraction when it is zero. */
export function formatTime(timeNs: bigint): string {
  const seconds = timeNs / 1_000_000_000n;
  const nanos = timeNs % 1_000_000_000n;
  const [date, time] = new Date(Number(seconds) * 1000).toISOString().slice(0, 19).split('T');
  return `${date} ${time}${nanos === 0n ? '' : `.${String(nanos).padStart(9, '0')}`} UTC`;
}
