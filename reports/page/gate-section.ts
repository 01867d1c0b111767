/** Section about a gate: what each part did, and what failed. */
import type { Change, GateReport } from '../documents/gate-report.js';
import {
  COMPARISON_TITLES,
  describeParts,
  describeSlower,
  describeUntested,
  describeViolations,
  formatPercentChange,
  UNTESTED_TITLE,
} from '../render/gate-wording.js';
import { formatNumber } from '../text/format-units.js';
import { clip } from '../text/visible-text.js';
import { collapsible, figureTable, propertyTable } from './figures.js';
import { html, type Html } from './html.js';

/** gate.json contains the others. */
const ROWS_SHOWN_MAX = 60;
const TEXT_CHARACTERS_MAX = 120;
/** A line names up to ten functions. */
const UNTESTED_CHARACTERS_MAX = 1_000;

export function gateSection(report: GateReport): Html {
  const parts = describeParts(report);
  const { comparison, only } = report;
  return html`<section aria-labelledby="gate">
    <h2 id="gate">Gate</h2>
    ${propertyTable(
      'Result of each part',
      only.map((part) => [part, parts[part]] as const),
    )}
    ${list('Failures', describeViolations(report), 'bad')}
    ${list(UNTESTED_TITLE, describeUntested(report), 'bad', UNTESTED_CHARACTERS_MAX)}
    ${changeTable(COMPARISON_TITLES.regressions, comparison.regressions)}
    ${list(COMPARISON_TITLES.gone, comparison.gone, 'bad')}
    ${changeTable(COMPARISON_TITLES.tolerated, comparison.tolerated)}
    ${changeTable(COMPARISON_TITLES.improvements, comparison.improvements)}
    ${list(COMPARISON_TITLES.added, comparison.added)}
    ${list(COMPARISON_TITLES.slower, comparison.slower.map(describeSlower))}
    ${list('Not run', report.notDone)} ${checkedDetails(report)}
  </section>`;
}

function list(
  title: string,
  items: readonly string[],
  tone = '',
  charactersMax = TEXT_CHARACTERS_MAX,
): Html | '' {
  if (items.length === 0) return '';
  const hidden = items.length - ROWS_SHOWN_MAX;
  return html`<h3>${title}</h3>
    <ul class="list ${tone}">
      ${items.slice(0, ROWS_SHOWN_MAX).map((item) => html`<li>${clip(item, charactersMax)}</li>`)}
      ${hidden > 0 ? html`<li>and ${hidden} more, in gate.json</li>` : ''}
    </ul>`;
}

function changeTable(title: string, changes: readonly Change[]): Html | '' {
  if (changes.length === 0) return '';
  const hidden = changes.length - ROWS_SHOWN_MAX;
  return html`<h3>${title}</h3>
    ${figureTable({
      caption: `${title}${hidden > 0 ? `; gate.json contains ${hidden} more` : ''}`,
      isTitled: hidden <= 0,
      header: ['scenario', 'counter', 'old', 'new', 'change'],
      rows: changes
        .slice(0, ROWS_SHOWN_MAX)
        .map((change) => [
          clip(change.scenario, TEXT_CHARACTERS_MAX),
          clip(change.counter, 60),
          formatNumber(change.old),
          formatNumber(change.new),
          formatPercentChange(change),
        ]),
    })}`;
}

function checkedDetails({ mutants, corpus }: GateReport): Html | '' {
  if (mutants.length + corpus.length === 0) return '';
  return collapsible('Mutants and corpus files', [
    mutants.length === 0
      ? ''
      : figureTable({
          caption: 'Mutants of the smoke set',
          header: ['mutant', 'verdict', 'schedules'],
          rows: mutants
            .slice(0, ROWS_SHOWN_MAX)
            .map(({ name, killed, runs }) => [
              clip(name, 80),
              killed ? 'killed' : html`<span class="bad">survived</span>`,
              formatNumber(runs),
            ]),
        }),
    corpus.length === 0
      ? ''
      : figureTable({
          caption: 'Corpus: counterexamples of earlier failures',
          header: ['file', 'result'],
          rows: corpus
            .slice(0, ROWS_SHOWN_MAX)
            .map(({ file, problem }) => [
              clip(file, TEXT_CHARACTERS_MAX),
              problem === null
                ? 'passed'
                : html`<span class="bad">${clip(problem, TEXT_CHARACTERS_MAX)}</span>`,
            ]),
        }),
  ]);
}
