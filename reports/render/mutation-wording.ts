/** The results of `mutate` in words. */
import {
  MUTANT_STATES,
  type MutantState,
  type MutantStates,
  type MutationReport,
  type MutationResult,
} from '../documents/mutation-report.js';
import { countOf, formatNumber } from '../text/format-units.js';

export const STATE_TEXT: Readonly<Record<MutantState, string>> = {
  Survived: 'survived',
  Suspected: 'suspected to be equivalent',
  NoCoverage: 'not reached',
  Timeout: 'timed out',
  Killed: 'killed',
  Equivalent: 'equivalent',
};

/** `71.4 %`, or `no score`. */
export function scoreText(score: number | null): string {
  return score === null ? 'no score' : `${score.toFixed(1)} %`;
}

export function mutationHeadline({ score, interrupted, mutants }: MutationReport): string {
  const end = interrupted ? ' (interrupted)' : '';
  if (mutants.length === 0) return `no mutant was run${end}`;
  return `mutation score ${scoreText(score)}${end}`;
}

/** `19 killed, 2 survived, …`, without states that do not occur. */
export function statesText(states: MutantStates): string {
  const present = MUTANT_STATES.toReversed().filter((state) => states[state] > 0);
  return present.map((state) => `${formatNumber(states[state])} ${STATE_TEXT[state]}`).join(', ');
}

/** What the score rests on, in one sentence without a period. */
export function mutationTried(report: MutationReport): string {
  const { mutants, candidates, candidatesReached, functionsReached, runs, scoreOfReached } = report;
  return (
    `${formatNumber(mutants.length)} of ${countOf(candidates, 'mutant')} in the ${countOf(functionsReached, 'function')} that ` +
    `${countOf(runs, 'schedule')} reach (${formatNumber(candidatesReached)} of them in reached code); ` +
    `score of the reached code ${scoreText(scoreOfReached)}`
  );
}

/** Mutants with a state that the user should look at, in the order of the report: those that differ first. */
export function survivors({ mutants }: MutationReport): readonly MutationResult[] {
  return mutants.filter(({ state }) => state === 'Survived');
}
