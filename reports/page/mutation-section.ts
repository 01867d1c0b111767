/** Section about the mutants of a module: the survivors by function, and a score per function. */
import type { MutationReport, MutationResult } from '../documents/mutation-report.js';
import { mutationTried, scoreText, statesText } from '../render/mutation-wording.js';
import { countOf, formatNumber } from '../text/format-units.js';
import { clip } from '../text/visible-text.js';
import { collapsible, figureTable } from './figures.js';
import { html, type Html } from './html.js';

/** mutation.json contains the others. */
const MUTANTS_SHOWN_MAX = 150;
const FUNCTIONS_SHOWN_MAX = 200;
const NAME_MAX = 100;
const TEXT_MAX = 200;

export function mutationSection(report: MutationReport): Html {
  const { mutants, states, functions } = report;
  const survived = mutants.filter(({ state }) => state === 'Survived');
  const suspected = mutants.filter(({ state }) => state === 'Suspected');
  const killed = mutants.filter(({ state }) => state === 'Killed' || state === 'Timeout');
  return html`<section aria-labelledby="mutation">
    <h2 id="mutation">Mutants of the module</h2>
    <p>${mutationTried(report)}.</p>
    <p class="meta">${statesText(states)}</p>
    ${survived.length === 0 ? html`<p>No mutant survived with an observable difference.</p>` : mutantTable('Survivors', survived)}
    ${functionTable(functions)}
    ${
      suspected.length === 0
        ? ''
        : collapsible(
            `${countOf(suspected.length, 'mutant')} without an observable difference`,
            mutantTable('Suspected to be equivalent', suspected),
          )
    }
    ${
      killed.length === 0
        ? ''
        : collapsible(countOf(killed.length, 'killed mutant'), mutantTable('Killed mutants', killed, true))
    }
  </section>`;
}

/** By function, in the order of the functions with most mutants. */
function mutantTable(caption: string, mutants: readonly MutationResult[], isKilled = false): Html {
  const counts = new Map<number, number>();
  for (const { functionIndex } of mutants) counts.set(functionIndex, (counts.get(functionIndex) ?? 0) + 1);
  const countOfFunction = ({ functionIndex }: MutationResult) => counts.get(functionIndex) ?? 0;
  const sorted = mutants.toSorted(
    (a, b) =>
      countOfFunction(b) - countOfFunction(a) || a.functionIndex - b.functionIndex || a.offset - b.offset,
  );
  const shown = sorted.slice(0, MUTANTS_SHOWN_MAX);
  const omitted = sorted.length - shown.length;
  return html`${figureTable({
    caption,
    header: ['function', 'change', 'place', 'schedules', ...(isKilled ? ['killed by'] : [])],
    rows: shown.map(({ function: name, change, offset, location, runs, killedBy }) => [
      clip(name, NAME_MAX),
      clip(change, TEXT_MAX),
      html`<code>${location === null ? `0x${offset.toString(16)}` : clip(location, NAME_MAX)}</code>`,
      formatNumber(runs),
      ...(isKilled ? [clip(killedBy ?? '', TEXT_MAX)] : []),
    ]),
  })}
  ${omitted === 0 ? '' : html`<p class="note">mutation.json contains ${countOf(omitted, 'more mutant')}.</p>`}`;
}

function functionTable(functions: MutationReport['functions']): Html {
  const shown = functions.slice(0, FUNCTIONS_SHOWN_MAX);
  const omitted = functions.length - shown.length;
  return collapsible(
    'Score of each function',
    html`${figureTable({
      caption: 'Score of each function',
      header: ['function', 'score', 'killed', 'timed out', 'survived', 'suspected', 'not reached'],
      rows: shown.map(({ name, score, states }) => [
        clip(name, NAME_MAX),
        score === null ? '–' : scoreText(score),
        formatNumber(states.Killed),
        formatNumber(states.Timeout),
        formatNumber(states.Survived),
        formatNumber(states.Suspected),
        formatNumber(states.NoCoverage),
      ]),
      isTitled: true,
    })}
    ${omitted === 0 ? '' : html`<p class="note">mutation.json contains ${countOf(omitted, 'more function')}.</p>`}`,
  );
}
