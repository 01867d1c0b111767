/** The interface of a strategy: which orders of a workload to run. */
import type { Execution } from './execution.js';
import type { VisitedStates } from './visited-states.js';

/** What a strategy explores with. */
export interface Exploration {
  readonly execution: Execution;
  /** `undefined`: visited states are not recognised. */
  readonly visited: VisitedStates | undefined;
  /** Whether orders that only exchange independent transitions are left out. */
  readonly reduces: boolean;
  /** A safe integer. */
  readonly seed: number;
  /** Ends the current order: delivers what is left, judges it, and counts it. The execution must be restored afterwards. */
  readonly endOrder: () => Promise<void>;
  /** Judges the current order as far as it goes, because it continues like an order that was run before. */
  readonly mergeOrder: (ordersBelow: number) => void;
  /** Counts a point, and reports progress. */
  readonly onPoint: (depth: number) => void;
  /** Whether the budget or the user ends the exploration. */
  readonly shouldStop: () => boolean;
  /** Number of transitions after which an order is given up. */
  readonly transitionsMax: number;
  /** Records that an order was given up. */
  readonly giveUp: () => void;
}

export interface Strategy {
  readonly name: string;
  /** @returns whether every order was covered */
  explore(exploration: Exploration): Promise<boolean>;
}
