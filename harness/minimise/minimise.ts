/**
 * Shrinks a failing schedule. It edits the schedule itself and executes every candidate, so it needs no generator and shrinks
 * hand-written schedules as well as generated ones.
 *
 * Passes propose candidates. A candidate becomes the best schedule if it is simpler than the best so far (`isSimpler`) and fails in
 * the same way. Joint changes come first (a whole session, a chunk with every put of it), then ddmin over the steps, then what is
 * left is made plain. Rounds of all passes repeat until a round accepts nothing. Therefore the final schedule no longer fails in this
 * way if any one of its steps is removed. It may still fail in another way: that is another finding.
 */
import type { Schedule } from '../../model/schedule.js';
import { Interrupted } from '../execution/stop-signal.js';
import { canonicalJson } from '../history/canonical-json.js';
import { mergeCallers } from './caller-passes.js';
import { fewerChunks, largerChunks, shrinkChunkSize } from './chunk-passes.js';
import { simplifyData } from './data-passes.js';
import { releaseHeldCalls } from './delivery-passes.js';
import { simplifyFiles } from './file-passes.js';
import { avoidHttp } from './http-passes.js';
import { isSimpler } from './is-simpler.js';
import { useCanonicalLanes, useCanonicalNames } from './name-passes.js';
import { gatherSessions, groupOperations } from './order-passes.js';
import type { Pass, Search } from './search.js';
import { dropEpilogue, dropLimits, dropOlderLayout, dropSubnets } from './setup-passes.js';
import { dropSessions, dropSteps, mergeAdvances, mergeSessions } from './step-passes.js';

export interface MinimiseOptions {
  readonly schedule: Schedule;
  /** Whether a candidate fails in the same way. Deterministic; may throw `Interrupted` to end the search. */
  readonly fails: (candidate: Schedule) => Promise<boolean>;
  /** Number of candidates that may be executed. Default: `EXECUTIONS_MAX_DEFAULT`. */
  readonly executionsMax?: number;
  /** Called before each execution; true ends the search with the best schedule so far. */
  readonly shouldStop?: () => boolean;
  /** Called with every accepted candidate and the number of executions so far. */
  readonly onBetter?: (schedule: Schedule, executions: number) => void;
}

export interface Minimised {
  readonly schedule: Schedule;
  /** Number of candidates that were executed. */
  readonly executions: number;
  /** Whether the search came to its end, so that no single step can be removed. False if the budget ended first. */
  readonly isMinimal: boolean;
}

export const EXECUTIONS_MAX_DEFAULT = 5_000;

const PASSES: readonly Pass[] = [
  dropEpilogue,
  dropOlderLayout,
  dropSubnets,
  dropSessions,
  dropSteps,
  avoidHttp,
  fewerChunks,
  largerChunks,
  mergeAdvances,
  mergeSessions,
  releaseHeldCalls,
  mergeCallers,
  gatherSessions,
  groupOperations,
  simplifyFiles,
  simplifyData,
  dropLimits,
  shrinkChunkSize,
  useCanonicalLanes,
  useCanonicalNames,
];

export async function minimise(options: MinimiseOptions): Promise<Minimised> {
  const search = new BudgetedSearch(options);
  try {
    for (let before: Schedule | undefined; before !== search.best;) {
      before = search.best;
      for (const pass of PASSES) await pass(search);
    }
    return { schedule: search.best, executions: search.executions, isMinimal: true };
  } catch (error) {
    if (!(error instanceof BudgetExhausted || error instanceof Interrupted)) throw error;
    return { schedule: search.best, executions: search.executions, isMinimal: false };
  }
}

class BudgetExhausted extends Error {}

/** The best schedule so far, and the budget of the search. It executes no candidate twice. */
class BudgetedSearch implements Search {
  best: Schedule;
  executions = 0;
  readonly #options: MinimiseOptions;
  readonly #tried = new Set<string>();

  constructor(options: MinimiseOptions) {
    this.#options = options;
    this.best = options.schedule;
  }

  async attempt(candidate: Schedule): Promise<boolean> {
    if (!isSimpler(candidate, this.best)) return false;
    const text = canonicalJson(candidate);
    if (this.#tried.has(text)) return false;
    this.#spendExecution();
    this.#tried.add(text);
    if (!(await this.#options.fails(candidate))) return false;
    this.best = candidate;
    this.#options.onBetter?.(candidate, this.executions);
    return true;
  }

  #spendExecution(): void {
    const { executionsMax = EXECUTIONS_MAX_DEFAULT, shouldStop } = this.#options;
    if (this.executions >= executionsMax || shouldStop?.() === true) throw new BudgetExhausted();
    this.executions++;
  }
}
