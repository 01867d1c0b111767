/** The states that a search has visited, and what it knows about the orders below them. Bounded. */

export interface Visited {
  /** Number of orders from this state to their ends; `undefined` while the search is below it. */
  orders: number | undefined;
  /** Labels of the transitions that were asleep when the state was explored, so that their orders were left out. */
  asleep: ReadonlySet<string>;
}

/** Measured on Node 20: a key of 64 characters, an entry, and the share of a hash table. */
const ENTRY_BYTES = 320;

export class VisitedStates {
  readonly #states = new Map<string, Visited>();
  readonly #entriesMax: number;
  /** Number of different states seen. Without room for more, a state may count again. */
  count = 0;

  /** @param memoryBytes bound of the memory for entries */
  constructor(memoryBytes: number) {
    this.#entriesMax = Math.max(1, Math.floor(memoryBytes / ENTRY_BYTES));
  }

  get isFull(): boolean {
    return this.#states.size >= this.#entriesMax;
  }

  get(key: string): Visited | undefined {
    return this.#states.get(key);
  }

  /** Adds a state. If there is no room, the state is not recognised later, which costs time but hides nothing. */
  add(key: string, asleep: ReadonlySet<string>): Visited {
    const visited: Visited = { orders: undefined, asleep };
    this.count++;
    if (!this.isFull) this.#states.set(key, visited);
    return visited;
  }
}
