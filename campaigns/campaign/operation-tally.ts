/** Counts which operations succeed, so that a command never reports success about operations that it could not try. */
import type { HistoryEvent } from '../../harness/history/history.js';
import { viaOf, type Operation } from '../../model/schedule.js';

type OperationName = Operation['op'];

/** Calls by owners, and how many of all calls succeeded. Plain data. */
export interface OperationCount {
  readonly attempts: number;
  readonly successes: number;
}

export type OperationCounts = Readonly<Partial<Record<OperationName, OperationCount>>>;

/** An operation that fails this often and never succeeds cannot succeed. */
const ATTEMPTS_MIN = 50;

function isByOwner(operation: Operation): boolean {
  return !('by' in operation) && viaOf(operation) !== 'http-no-token';
}

/** Number of operations issued, by kind, without skipped ones. */
export function issuedOperations({
  events,
}: {
  readonly events: readonly HistoryEvent[];
}): Readonly<Partial<Record<OperationName, number>>> {
  const issued: Partial<Record<OperationName, number>> = {};
  for (const event of events)
    if (event.type === 'invoke') issued[event.operation.op] = (issued[event.operation.op] ?? 0) + 1;
  return issued;
}

export class OperationTally {
  readonly #counts = new Map<OperationName, OperationCount>();

  get counts(): OperationCounts {
    return Object.fromEntries(this.#counts);
  }

  add({ events }: { readonly events: readonly HistoryEvent[] }): void {
    for (const event of events) {
      if (event.type === 'invoke' && isByOwner(event.operation)) this.#count(event.operation.op, 1, 0);
      else if (event.type === 'ok') this.#count(event.operation.op, 0, 1);
    }
  }

  addCounts(counts: OperationCounts): void {
    for (const [op, { attempts, successes }] of Object.entries(counts))
      this.#count(op as OperationName, attempts, successes);
  }

  /** The operations that their owners issued often, and of which none succeeded. */
  get neverSucceeded(): readonly OperationName[] {
    return [...this.#counts].flatMap(([op, { attempts, successes }]) =>
      attempts >= ATTEMPTS_MIN && successes === 0 ? [op] : [],
    );
  }

  #count(op: OperationName, attempts: number, successes: number): void {
    const before = this.#counts.get(op) ?? { attempts: 0, successes: 0 };
    this.#counts.set(op, {
      attempts: before.attempts + attempts,
      successes: before.successes + successes,
    });
  }
}
