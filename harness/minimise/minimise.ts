/**
 * Shrinks a failing schedule. It edits the schedule itself and executes every candidate, so it needs no generator and shrinks
 * hand-written schedules as well as generated ones.
 *
 * Passes propose candidates. A candidate becomes the best schedule if it is simpler than the best so far (`isSimpler`) and fails in
 * the same way. Joint changes come first (a whole session, a chunk with every put of it), then ddmin over the steps, then what is
 * left is made plain. Rounds of all passes repeat until a round accepts nothing. If the result then breaks some other rule without
 * one of its steps, that failure is simpler, and the search continues with it. Therefore removing any one step of the final schedule
 * makes it pass.
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
import { dropEpilogue, dropLimits, dropOlderLayout } from './setup-passes.js';
import { dropOneStep, dropSessions, dropSteps, mergeAdvances, mergeSessions } from './step-passes.js';

export interface MinimiseOptions {
  readonly schedule: Schedule;
  /** Whether a candidate fails in the same way. Deterministic; may throw `Interrupted` to end the search. */
  readonly fails: (candidate: Schedule) => Promise<boolean>;
  /**
   * Whether a candidate fails in any way. After it returns true, `fails` must mean that way of failing. Default: only the first way
   * counts.
   */
  readonly failsAnyhow?: (candidate: Schedule) => Promise<boolean>;
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
    await runPasses(search.failingBy(options.fails));
    const { failsAnyhow } = options;
    if (failsAnyhow !== undefined)
      while (await dropOneStep(search.failingBy(failsAnyhow)))
        await runPasses(search.failingBy(options.fails));
    return { schedule: search.best, executions: search.executions, isMinimal: true };
  } catch (error) {
    if (!(error instanceof BudgetExhausted || error instanceof Interrupted)) throw error;
    return { schedule: search.best, executions: search.executions, isMinimal: false };
  }
}

/** Runs rounds of all passes until a round accepts nothing. */
async function runPasses(search: Search): Promise<void> {
  for (let before: Schedule | undefined; before !== search.best;) {
    before = search.best;
    for (const pass of PASSES) await pass(search);
  }
}

class BudgetExhausted extends Error {}

/** The best schedule so far, and the budget that the searches for a better one share. */
class BudgetedSearch {
  best: Schedule;
  executions = 0;
  readonly #options: MinimiseOptions;

  constructor(options: MinimiseOptions) {
    this.#options = options;
    this.best = options.schedule;
  }

  /** A search that accepts what fails by one predicate. It executes no candidate twice. */
  failingBy(fails: MinimiseOptions['fails']): Search {
    const tried = new Set<string>();
    const best = (): Schedule => this.best;
    return {
      get best() {
        return best();
      },
      attempt: async (candidate) => {
        if (!isSimpler(candidate, this.best)) return false;
        const text = canonicalJson(candidate);
        if (tried.has(text)) return false;
        this.#spendExecution();
        tried.add(text);
        if (!(await fails(candidate))) return false;
        this.best = candidate;
        this.#options.onBetter?.(candidate, this.executions);
        return true;
      },
    };
  }

  #spendExecution(): void {
    const { executionsMax = EXECUTIONS_MAX_DEFAULT, shouldStop } = this.#options;
    if (this.executions >= executionsMax || shouldStop?.() === true) throw new BudgetExhausted();
    this.executions++;
  }
}
