/** The counters of an upload. They are the same on every run and every machine. */
import type { CanisterMetrics } from '../../replicas/replica.js';
import type { CountedCall } from './counted-canister.js';

export interface UploadCounters {
  /** Update calls: begin, puts, finish. */
  readonly calls: number;
  /** Null if the replica does not report them. */
  readonly instructions: number | null;
  /** Bytes of the Candid arguments of all update calls, without the envelopes of the messages. */
  readonly argBytes: number;
  /** Growth of the wasm heap in bytes, in whole pages; null if the replica does not report it. */
  readonly heapGrowth: number | null;
  /** Growth of stable memory in bytes, in whole pages. */
  readonly stableGrowth: number;
  /** Cycles charged for induction, execution, and storage. */
  readonly cycles: number;
}

export interface Measurement {
  readonly before: CanisterMetrics;
  readonly after: CanisterMetrics;
  readonly abilities: ReadonlySet<string>;
}

export function countersOf(
  calls: readonly CountedCall[],
  { before, after, abilities }: Measurement,
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
