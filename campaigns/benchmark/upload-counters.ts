/** What an upload costs, in counters: equal on every run and every machine. */
import type { CanisterMetrics } from '../../replicas/replica.js';
import type { CountedCall } from './counted-canister.js';

export interface UploadCounters {
  /** Update calls: begin, puts, finish. */
  readonly calls: number;
  /** Null where the replica does not report them. */
  readonly instructions: number | null;
  /** Bytes of the Candid arguments of all update calls; the envelope of a message is not counted. */
  readonly argBytes: number;
  /** Growth of the wasm heap and of stable memory in bytes, whole pages. */
  readonly heapGrowth: number | null;
  readonly stableGrowth: number;
  /** Taken from the canister's balance: induction of the messages, execution, storage of the time that passed. */
  readonly cycles: number;
}

export interface Around {
  readonly before: CanisterMetrics;
  readonly after: CanisterMetrics;
  readonly abilities: ReadonlySet<string>;
}

export function countersOf(
  calls: readonly CountedCall[],
  { before, after, abilities }: Around,
): UploadCounters {
  const sum = (of: (call: CountedCall) => number) => calls.reduce((total, call) => total + of(call), 0);
  return {
    calls: calls.length,
    instructions: abilities.has('instructions') ? sum(({ instructions }) => instructions) : null,
    argBytes: sum(({ argBytes }) => argBytes),
    heapGrowth: abilities.has('heap-size') ? after.heapBytes - before.heapBytes : null,
    stableGrowth: after.stableBytes - before.stableBytes,
    cycles: Number(before.cycles - after.cycles),
  };
}
