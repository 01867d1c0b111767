/**
 * Explores the orders of a workload: a strategy chooses orders, the execution runs them on the canister, and the rules judge each. The
 * result states what was covered.
 */
import { fingerprintOf } from '../harness/evidence/fingerprint.js';
import type { Verdict } from '../harness/evidence/verdict.js';
import type { ScheduleRunner } from '../harness/execution/schedule-runner.js';
import { Interrupted, type StopSignal } from '../harness/execution/stop-signal.js';
import type { History } from '../harness/history/history.js';
import type { RuleSelection } from '../harness/judgement/applicable-rules.js';
import { judge, readerOption } from '../harness/judgement/judge.js';
import { isSimpler } from '../harness/minimise/is-simpler.js';
import type { Schedule } from '../model/schedule.js';
import { Execution } from './execution.js';
import type { Exploration, Strategy } from './strategy.js';
import { VisitedStates } from './visited-states.js';
import type { Workload } from './workload.js';

export interface ExploreOptions {
  readonly runner: ScheduleRunner;
  readonly workload: Workload;
  readonly strategy: Strategy;
  /** A safe integer. */
  readonly seed: number;
  /** Whether orders that only exchange independent transitions are left out. Default: true. */
  readonly reduces?: boolean;
  /** Whether visited states are recognised. Default: true. */
  readonly recognisesStates?: boolean;
  /** Bound of the memory for visited states, in bytes. Default: 1 GiB. */
  readonly memoryBytes?: number;
  /** Number of orders to run to their ends. Default: no bound. */
  readonly ordersMax?: number;
  /** Number of transitions after which an order is given up. Default: 10,000. */
  readonly transitionsMax?: number;
  /** The rules to judge, of those that apply to the target; default: all. */
  readonly rules?: RuleSelection | undefined;
  readonly signal?: StopSignal | undefined;
  /** Asked at every point: whether the budget has ended. */
  readonly isOver?: () => boolean;
  readonly onProgress?: (coverage: Coverage) => void;
  /** Called after every order that was run to its end. */
  readonly onOrder?: (order: JudgedOrder) => void;
}

export interface JudgedOrder {
  readonly schedule: Schedule;
  readonly history: History;
  readonly verdict: Verdict;
}

/** What was covered. */
export interface Coverage {
  /** Orders that were run to their ends or that continue like one that was. */
  readonly orders: number;
  /** Orders that were run to their ends. */
  readonly executed: number;
  /** Different states in which something was left to choose. Without recognition of states: points. */
  readonly states: number;
  /** Transitions of the longest order. */
  readonly messages: number;
  /** Orders that were given up, because they are too long or return to a state above. */
  readonly givenUp: number;
  /** Executed or merged orders in which a rule was broken. */
  readonly failing: number;
  /** Orders whose verdict is unknown. */
  readonly unknown: number;
  /** Transitions of the order that is running. */
  readonly depth: number;
}

/** An order that breaks a rule: the simplest one with its fingerprint. */
export interface FailingOrder extends JudgedOrder {
  readonly fingerprint: string;
}

export interface ExploreResult extends Coverage {
  /** Whether every order was covered. */
  readonly isComplete: boolean;
  readonly isInterrupted: boolean;
  /** Distinct failures, in the order in which they were found. */
  readonly failures: readonly FailingOrder[];
}

const MEMORY_BYTES_DEFAULT = 1 << 30;
const TRANSITIONS_MAX_DEFAULT = 10_000;

/** @throws InputError if the replica cannot explore, or the canister cannot be set up */
export async function explore(options: ExploreOptions): Promise<ExploreResult> {
  const { runner, workload, signal } = options;
  return new Explorer(options, await Execution.start(runner, workload, signal)).run();
}

class Explorer {
  readonly #options: ExploreOptions;
  readonly #execution: Execution;
  readonly #visited: VisitedStates | undefined;
  readonly #failures = new Map<string, FailingOrder>();
  #orders = 0;
  #executed = 0;
  #points = 0;
  #messages = 0;
  #givenUp = 0;
  #failing = 0;
  #unknown = 0;
  #depth = 0;
  #isInterrupted = false;

  constructor(options: ExploreOptions, execution: Execution) {
    this.#options = options;
    this.#execution = execution;
    const { recognisesStates = true, memoryBytes = MEMORY_BYTES_DEFAULT } = options;
    this.#visited = recognisesStates ? new VisitedStates(memoryBytes) : undefined;
  }

  async run(): Promise<ExploreResult> {
    const { strategy, seed, reduces = true, transitionsMax = TRANSITIONS_MAX_DEFAULT } = this.#options;
    const exploration: Exploration = {
      execution: this.#execution,
      visited: this.#visited,
      reduces,
      seed,
      transitionsMax,
      endOrder: () => this.#endOrder(),
      mergeOrder: (ordersBelow) => this.#mergeOrder(ordersBelow),
      onPoint: (depth) => this.#onPoint(depth),
      shouldStop: () => this.#shouldStop(),
      giveUp: () => {
        this.#givenUp++;
      },
    };
    let isComplete = false;
    try {
      isComplete = await strategy.explore(exploration);
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error;
    }
    this.#isInterrupted = this.#options.signal?.aborted === true;
    return {
      ...this.#coverage(),
      isComplete: isComplete && !this.#isInterrupted,
      isInterrupted: this.#isInterrupted,
      failures: [...this.#failures.values()],
    };
  }

  #shouldStop(): boolean {
    const { signal, isOver, ordersMax = Infinity } = this.#options;
    return signal?.aborted === true || this.#executed >= ordersMax || isOver?.() === true;
  }

  #onPoint(depth: number): void {
    this.#points++;
    this.#depth = depth;
    this.#messages = Math.max(this.#messages, depth);
    this.#options.onProgress?.(this.#coverage());
  }

  async #endOrder(): Promise<void> {
    const { schedule } = this.#execution;
    const history = await this.#execution.end();
    this.#orders++;
    this.#executed++;
    this.#judge(schedule, history);
  }

  /** What follows was judged before. What came before was not. */
  #mergeOrder(ordersBelow: number): void {
    this.#orders += ordersBelow;
    this.#judge(this.#execution.schedule, this.#execution.history());
  }

  #judge(schedule: Schedule, history: History): void {
    const { runner, rules: only, onOrder } = this.#options;
    const verdict = judge(history, schedule, runner.target, { ...readerOption(runner), only });
    if (verdict.kind === 'unknown') this.#unknown++;
    onOrder?.({ schedule, history, verdict });
    if (verdict.kind !== 'invalid') return;
    this.#failing++;
    for (const violation of verdict.violations) {
      const fingerprint = fingerprintOf(violation);
      const known = this.#failures.get(fingerprint);
      if (known !== undefined && !isSimpler(schedule, known.schedule)) continue;
      this.#failures.set(fingerprint, { schedule, history, verdict, fingerprint });
    }
  }

  #coverage(): Coverage {
    return {
      orders: this.#orders,
      executed: this.#executed,
      states: this.#visited?.count ?? this.#points,
      messages: this.#messages,
      givenUp: this.#givenUp,
      failing: this.#failing,
      unknown: this.#unknown,
      depth: this.#depth,
    };
  }
}
