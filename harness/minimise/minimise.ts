/**
 * Shrinks a failing Schedule. It works on the Schedule itself, with the interpreter as its judge, so that it needs no generator and
 * shrinks what a user wrote by hand as well as what was drawn.
 *
 * Joint changes come first (a whole session, a chunk with every put of it), then ddmin over the steps, then what is left is made plain:
 * fewer callers, nothing held, lanes one after the other, small files of zeros, right data, default limits. Rounds go on until
 * one changes nothing. If what is left then still breaks some other rule without one of its steps, that is the plainer failure, and
 * the search goes on with it; so in the end removing any one step makes the schedule pass.
 */
import type { Schedule } from '../../model/schedule.js';
import { canonicalJson } from '../history/canonical-json.js';
import { Interrupted } from '../execution/stop-signal.js';
import { largerChunks, shrinkChunkSize } from './chunk-passes.js';
import { dropHttp } from './interface-passes.js';
import { dropEpilogue, dropLimits, dropOlderLayout } from './limits-passes.js';
import { renumber, mergeCallers, mergeLanes, plainData, simplerFiles, fewerChunks } from './data-passes.js';
import { gatherSessions, groupLanes } from './order-passes.js';
import { dropOneStep, dropSessions, dropSteps, mergeAdvances, mergeSessions, unhold } from './step-passes.js';

export interface MinimiseOptions {
  readonly schedule: Schedule;
  /** Whether a candidate fails in the same way. Deterministic; may throw Interrupted to end the search. */
  readonly fails: (candidate: Schedule) => Promise<boolean>;
  /** Whether it fails in any way; after a yes, `fails` means that way. Without it only the first way counts. */
  readonly failsAnyhow?: (candidate: Schedule) => Promise<boolean>;
  /** How many candidates may be executed. */
  readonly executionsMax?: number;
  /** Looked at before each execution: the best so far is the result. */
  readonly shouldStop?: () => boolean;
  /** Told of every candidate that was taken. */
  readonly onBetter?: (schedule: Schedule, executions: number) => void;
}

export interface Minimised {
  readonly schedule: Schedule;
  readonly executions: number;
  /** No single step can be left out. False if the budget ended before that was known. */
  readonly isMinimal: boolean;
}

export const EXECUTIONS_MAX_DEFAULT = 5_000;

/** What passes work with. */
export interface Search {
  /** The smallest failing schedule so far. */
  readonly best: Schedule;
  /** Takes the candidate as the best if it fails; true if so. */
  attempt(candidate: Schedule): Promise<boolean>;
}

export type Pass = (search: Search) => Promise<void>;

const PASSES: readonly Pass[] = [
  dropEpilogue,
  dropOlderLayout,
  dropSessions,
  dropSteps,
  dropHttp,
  fewerChunks,
  largerChunks,
  mergeAdvances,
  mergeSessions,
  unhold,
  mergeCallers,
  gatherSessions,
  groupLanes,
  simplerFiles,
  plainData,
  dropLimits,
  shrinkChunkSize,
  mergeLanes,
  renumber,
];

class BudgetEnded extends Error {}

export async function minimise(options: MinimiseOptions): Promise<Minimised> {
  const { executionsMax = EXECUTIONS_MAX_DEFAULT } = options;
  let tried = new Set([canonicalJson(options.schedule)]);
  let best = options.schedule;
  let executions = 0;
  const searchBy = (fails: MinimiseOptions['fails']): Search => ({
    get best() {
      return best;
    },
    async attempt(candidate) {
      const text = canonicalJson(candidate);
      if (tried.has(text)) return false;
      if (executions >= executionsMax || options.shouldStop?.() === true) throw new BudgetEnded();
      tried.add(text);
      executions++;
      if (!(await fails(candidate))) return false;
      best = candidate;
      options.onBetter?.(candidate, executions);
      return true;
    },
  });
  try {
    await runPasses(searchBy(options.fails), PASSES);
    const { failsAnyhow } = options;
    for (let isPlainer = failsAnyhow !== undefined; isPlainer;) {
      // What did not fail in the one way may fail in the other.
      tried = new Set();
      isPlainer = await dropOneStep(searchBy(failsAnyhow!));
      tried = new Set();
      if (isPlainer) await runPasses(searchBy(options.fails), PASSES);
    }
    return { schedule: best, executions, isMinimal: true };
  } catch (error) {
    if (!(error instanceof BudgetEnded || error instanceof Interrupted)) throw error;
    return { schedule: best, executions, isMinimal: false };
  }
}

/** Rounds of all passes, until one changes nothing. */
async function runPasses(search: Search, passes: readonly Pass[]): Promise<void> {
  for (let before: Schedule | undefined; before !== search.best;) {
    before = search.best;
    for (const pass of passes) await pass(search);
  }
}
