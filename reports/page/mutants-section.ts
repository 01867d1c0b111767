/** Section about mutants: the kill matrix, and how fast the mutants are killed. */
import { at } from '../../harness/at.js';
import { checkersOf, type MutantResult, type MutantsReport } from '../documents/mutants-report.js';
import { countOf, formatNumber } from '../text/format-units.js';
import { clip } from '../text/visible-text.js';
import { cumulativePlot } from './axis-plots.js';
import { collapsible } from './figures.js';
import { html, type Html } from './html.js';

/** mutants.json contains the others. */
const MUTANTS_SHOWN_MAX = 100;
const CHECKERS_SHOWN_MAX = 16;
const MISSED_SHOWN_MAX = 50;
/** A larger matrix is collapsed. */
const MATRIX_ROWS_OPEN_MAX = 15;
const NAME_MAX = 60;

export function mutantsSection(report: MutantsReport): Html {
  const mutants = report.mutants.slice(0, MUTANTS_SHOWN_MAX);
  const hidden = report.mutants.length - mutants.length;
  return html`<section aria-labelledby="mutants">
    <h2 id="mutants">Mutants</h2>
    <p class="meta">${describeCampaigns(report)}</p>
    ${
      report.totals.canaryKilled === false
        ? html`<p class="note">
            The canary survived, so the campaign itself is broken. Do not trust the figures below.
          </p>`
        : ''
    }
    ${missedList(mutants)} ${mutants.length === 0 ? '' : [killRate(mutants), matrixBlock(mutants)]}
    ${hidden > 0 ? html`<p class="note">mutants.json contains ${countOf(hidden, 'more mutant')}.</p>` : ''}
  </section>`;
}

function describeCampaigns({ seeds, profile, totals, budgetMsPerMutant }: MutantsReport): string {
  return [
    `${countOf(seeds.length, 'campaign')} per mutant, profile ${clip(profile, 60)}`,
    `${totals.kills} of ${countOf(totals.campaigns, 'campaign')} killed the mutant`,
    ...(budgetMsPerMutant === null ? [] : [`time limit ${budgetMsPerMutant / 1_000} s per campaign`]),
    ...(totals.exampleSuiteKilled === null
      ? []
      : [`the example-based suite kills ${totals.exampleSuiteKilled} of ${totals.mutants}`]),
  ].join(' · ');
}

// ---- the matrix ----

function matrixBlock(mutants: readonly MutantResult[]): Html {
  return mutants.length > MATRIX_ROWS_OPEN_MAX
    ? collapsible(`Kill matrix of ${mutants.length} mutants`, matrix(mutants))
    : matrix(mutants);
}

function matrix(mutants: readonly MutantResult[]): Html {
  const checkers = checkersOf(mutants).slice(0, CHECKERS_SHOWN_MAX);
  const hasExamples = mutants.some(({ exampleSuite }) => exampleSuite !== null);
  return html`<div class="scroll" role="region" tabindex="0" aria-label="Kill matrix">
    <table class="matrix">
      <caption>
        A number counts the kills that a checker reports; + means that the checker also rejects a run that
        another checker reports. Other figures are medians over the kills.
      </caption>
      <thead>
        <tr>
          <th scope="col">mutant</th>
          <th scope="col">verdict</th>
          ${checkers.map((checker) => html`<th scope="col" class="checker">${clip(checker, NAME_MAX)}</th>`)}
          <th scope="col">schedules</th>
          <th scope="col">operations</th>
          <th scope="col">switches</th>
          ${hasExamples ? html`<th scope="col">examples</th>` : ''}
        </tr>
      </thead>
      <tbody>
        ${mutants.map((mutant) => matrixRow(mutant, checkers, hasExamples))}
      </tbody>
    </table>
  </div>`;
}

function matrixRow(mutant: MutantResult, checkers: readonly string[], hasExamples: boolean): Html {
  const { name, description, verdict, seeds, seedsKilled, exampleSuite } = mutant;
  return html`<tr${verdict === 'killed' ? '' : html` class="wrong"`}>
    <th scope="row">${clip(name, NAME_MAX)}<span class="about">${clip(description, 120)}</span></th>
    <td class="n">
      ${verdictMark(verdict)}${seeds > 1 || seedsKilled !== seeds ? html` <span class="range">${seedsKilled}/${seeds}</span>` : ''}
    </td>
    ${checkers.map((checker) => {
      const kills = mutant.checkers[checker];
      return kills === undefined
        ? html`<td class="cell">${mutant.alsoBy?.[checker] === undefined ? '' : '+'}</td>`
        : html`<td class="cell kills" style="--share: ${Math.round((100 * kills) / Math.max(1, seeds))}%">
            ${kills}
          </td>`;
    })}
    <td class="n">${formatNumber(mutant.runs)}</td>
    <td class="n">${formatNumber(mutant.operations)}</td>
    <td class="n">${formatNumber(mutant.contextSwitches)}</td>
    ${hasExamples ? html`<td class="n">${exampleSuite === null ? '–' : exampleSuite.verdict}</td>` : ''}
  </tr>`;
}

function verdictMark(verdict: MutantResult['verdict']): Html {
  return verdict === 'killed'
    ? html`<span class="good"><span aria-hidden="true">✓</span> killed</span>`
    : html`<span class="bad"><span aria-hidden="true">✕</span> survived</span>`;
}

// ---- time to kill ----

function killRate(mutants: readonly MutantResult[]): Html | '' {
  const killed = mutants.filter(({ seedsKilled }) => seedsKilled > 0).toSorted((a, b) => a.runs - b.runs);
  if (killed.length === 0) return '';
  const quantile = (share: number) => at(killed, Math.ceil(share * killed.length) - 1);
  const last = quantile(1);
  const summary = `50 % of the killed mutants need at most ${countOf(quantile(0.5).runs, 'schedule')}, 90 % at most ${formatNumber(quantile(0.9).runs)}, the last one (${clip(last.name, NAME_MAX)}) ${formatNumber(last.runs)}`;
  return html`<figure class="alone">
    <figcaption>Killed mutants by number of schedules<span class="range">${summary}</span></figcaption>
    ${cumulativePlot(
      killed.map(({ runs }) => runs),
      {
        id: 'plot-mutants',
        label: `${killed.length} of ${mutants.length} mutants killed: ${summary}; the matrix contains the figures`,
        xName: 'schedules (median over the seeds)',
        of: mutants.length,
      },
    )}
  </figure>`;
}

function missedList(mutants: readonly MutantResult[]): Html | '' {
  const missed = mutants
    .flatMap(({ name, missed }) => missed.map((each) => ({ name, ...each })))
    .slice(0, MISSED_SHOWN_MAX);
  if (missed.length === 0) return '';
  return html`<h3>Missed mutants</h3>
    <ul class="list bad">
      ${missed.map(
        ({ name, seed, refutation }) =>
          html`<li>
            ${clip(name, NAME_MAX)}, seed
            ${seed}${refutation === null ? '' : `: the finding does not count: ${clip(refutation, 200)}`}
          </li>`,
      )}
    </ul>`;
}
