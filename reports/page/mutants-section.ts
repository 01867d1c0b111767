/** The kill matrix: which seeded fault was caught by which checker, after how many schedules. */
import { checkersOf, type MutantResult, type MutantsReport } from '../documents/mutants-report.js';
import { clip } from '../text/visible-text.js';
import { cumulativePlot } from './axis-plots.js';
import { html, type Html } from './html.js';
import { formatNumber } from './figures.js';

/** More have no room on the page; they are in mutants.json. */
const MUTANTS_SHOWN_MAX = 100;
const CHECKERS_SHOWN_MAX = 16;
const MISSED_SHOWN_MAX = 50;
const NAME_MAX = 60;

export function mutantsSection(report: MutantsReport): Html {
  const mutants = report.mutants.slice(0, MUTANTS_SHOWN_MAX);
  const hidden = report.mutants.length - mutants.length;
  return html`<section aria-labelledby="mutants">
    <h2 id="mutants">Mutants</h2>
    <p class="meta">${words(report)}</p>
    ${
      report.totals.canaryKilled === false
        ? html`<p class="note">
            The canary survived: something is wrong with the campaign itself; trust no figure here.
          </p>`
        : ''
    }
    ${missedList(mutants)} ${mutants.length === 0 ? '' : [matrix(mutants), untilFound(mutants)]}
    ${hidden > 0 ? html`<p class="note">${hidden} more mutants are in mutants.json.</p>` : ''}
  </section>`;
}

function words({ seeds, profile, totals, budgetMsPerMutant }: MutantsReport): string {
  return [
    `Each seeded fault was hunted by ${seeds.length === 1 ? 'one campaign' : `${seeds.length} campaigns`} of profile ${clip(profile, 60)}`,
    `${totals.kills} of ${totals.campaigns} campaigns found theirs`,
    ...(budgetMsPerMutant === null ? [] : [`at most ${budgetMsPerMutant / 1_000} s each`]),
    ...(totals.exampleSuiteKilled === null
      ? []
      : [`the example-based suite kills ${totals.exampleSuiteKilled} of ${totals.mutants}`]),
  ].join(' · ');
}

// ---- the matrix ----

function matrix(mutants: readonly MutantResult[]): Html {
  const checkers = checkersOf(mutants).slice(0, CHECKERS_SHOWN_MAX);
  const hasExamples = mutants.some(({ exampleSuite }) => exampleSuite !== null);
  return html`<div class="scroll" role="region" tabindex="0" aria-label="Matrix of mutants and checkers">
    <table class="matrix">
      <caption>
        Kills by mutant and checker; medians over the kills. A number: that checker told so many. +: it
        objects to a run that another told.
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
      ${fate(verdict)}${seeds > 1 || seedsKilled !== seeds ? html` <span class="range">${seedsKilled}/${seeds}</span>` : ''}
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
    ${hasExamples ? html`<td class="n">${exampleSuite === null ? '–' : fate(exampleSuite.verdict)}</td>` : ''}
  </tr>`;
}

function fate(verdict: MutantResult['verdict']): Html {
  return verdict === 'killed'
    ? html`<span class="good"><span aria-hidden="true">✓</span> killed</span>`
    : html`<span class="bad"><span aria-hidden="true">✕</span> survived</span>`;
}

// ---- how fast ----

function untilFound(mutants: readonly MutantResult[]): Html | '' {
  const found = mutants.filter(({ seedsKilled }) => seedsKilled > 0).toSorted((a, b) => a.runs - b.runs);
  if (found.length === 0) return '';
  const at = (share: number) => found[Math.ceil(share * found.length) - 1]!;
  const most = at(1);
  const words = `half of those found by schedule ${formatNumber(at(0.5).runs)}, nine in ten by ${formatNumber(at(0.9).runs)}, the last (${clip(most.name, NAME_MAX)}) by ${formatNumber(most.runs)}`;
  return html`<figure class="alone">
    <figcaption>Mutants found, by schedules run<span class="range">${words}</span></figcaption>
    ${cumulativePlot(
      found.map(({ runs }) => runs),
      {
        id: 'plot-mutants',
        label: `${found.length} of ${mutants.length} mutants found: ${words}; the figures are in the matrix`,
        xName: 'schedules, median over the seeds',
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
  return html`<h3>Not found</h3>
    <ul class="list bad">
      ${missed.map(
        ({ name, seed, refutation }) =>
          html`<li>
            ${clip(name, NAME_MAX)}, seed
            ${seed}${refutation === null ? '' : `: what was found does not count: ${clip(refutation, 200)}`}
          </li>`,
      )}
    </ul>`;
}
