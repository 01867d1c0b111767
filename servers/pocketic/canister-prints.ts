/** Prints the `debug_print` output of canisters in the PocketIC server's format: `{time}: [Canister {id}] {text}`. */
import type { Engine } from '../../replicas/embedded/engine.js';
import type { LogRecord, PrincipalText } from '../../replicas/replica.js';

export class CanisterPrints {
  readonly #engine: Engine;
  readonly #print: (line: string) => void;
  /** Index of the first record that is not printed yet, by canister. */
  readonly #next = new Map<PrincipalText, bigint>();

  constructor(engine: Engine, print: (line: string) => void) {
    this.#engine = engine;
    this.#print = print;
  }

  /** Prints the records since the last call. Records that left a canister's log buffer (4,096 B) in between are lost. */
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

/** Formats a time as `ic_types::Time` does, for example `2021-05-06 19:17:10.000000001 UTC`. A fraction of zero is omitted. */
export function formatTime(timeNs: bigint): string {
  const seconds = timeNs / 1_000_000_000n;
  const nanos = timeNs % 1_000_000_000n;
  const [date, time] = new Date(Number(seconds) * 1000).toISOString().slice(0, 19).split('T');
  return `${date ?? ''} ${time ?? ''}${nanos === 0n ? '' : `.${String(nanos).padStart(9, '0')}`} UTC`;
}
