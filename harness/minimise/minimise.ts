/**
 * Shrinks a failing Schedule. It works on the Schedule itself, with the interpreter as its judge, so that it needs no generator and
 * shrinks what a user wrote by hand as well as what was drawn.
 *
 * Joint changes come first (a whole session, a chunk with every put of it), then ddmin over the steps, then what is left is made plain:
 * fewer callers, nothing held, lanes one after the other, small files of zeros, right data, default limits. Rounds go on until
 * one changes nothing; then removing any one step makes the schedule pass.
 */
import type { Schedule } from '../../model/schedule.js';
import { canonicalJson } from '../canonical-json.js';
import { Interrupted } from '../stop-signal.js';
import { dropLimits, shrinkChunkSize } from './limits-passes.js';
import { renumber, mergeCallers, mergeLanes, plainData, simplerFiles, fewerChunks } from './data-passes.js';
import { dropSessions, dropSteps, mergeSessions, groupLanes, unhold } from './step-passes.js';

export interface MinimiseOptions {
  readonly schedule: Schedule;
  /** Whether a candidate fails in the same way. Deterministic; may throw Interrupted to end the search. */
  readonly fails: (candidate: Schedule) => Promise<boolean>;
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
  dropSessions,
  dropSteps,
  fewerChunks,
  mergeSessions,
  unhold,
  mergeCallers,
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
  const tried = new Set([canonicalJson(options.schedule)]);
  let best = options.schedule;
  let executions = 0;
  const search: Search = {
    get best() {
      return best;
    },
    async attempt(candidate) {
      const text = canonicalJson(candidate);
      if (tried.has(text)) return false;
      if (executions >= executionsMax || options.shouldStop?.() === true) throw new BudgetEnded();
      tried.add(text);
      executions++;
      if (!(await options.fails(candidate))) return false;
      best = candidate;
      options.onBetter?.(candidate, executions);
      return true;
    },
  };
  try {
    for (let before: Schedule | undefined; before !== best;) {
      before = best;
      for (const pass of PASSES) await pass(search);
    }
    return { schedule: best, executions, isMinimal: true };
  } catch (error) {
    if (!(error instanceof BudgetEnded || error instanceof Interrupted)) throw error;
    return { schedule: best, executions, isMinimal: false };
  }
}
