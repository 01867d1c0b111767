/** Section about `explore`: what was covered, and for each finding the choice that makes the difference. */
import type { ExploredFinding, ExploredWorkload, ExploreReport } from '../documents/explore-report.js';
import { choiceSentence, CONFIRMED_ORDER, exploreTried } from '../render/explore-markdown.js';
import { countOf, formatNumber, formatSeconds } from '../text/format-units.js';
import { clip } from '../text/visible-text.js';
import { collapsible, figureTable } from './figures.js';
import { html, type Html } from './html.js';

const TEXT_MAX = 400;
const STEPS_MAX = 60;
const WORKLOADS_MAX = 200;

export function exploreSection(report: ExploreReport): Html {
  const { findings, workloads, strategy, seed, seconds, executed } = report;
  const rate = seconds > 0 ? `${formatNumber(Math.round(executed / seconds))} orders per second` : '';
  return html`<section aria-labelledby="orders">
    <h2 id="orders">Message orders</h2>
    <p>${exploreTried(report)}.</p>
    <p class="meta">
      Strategy ${clip(strategy, 60)} · seed ${seed} · ${formatSeconds(seconds * 1000)}
      ${rate === '' ? '' : `· ${rate}`}
    </p>
    ${findings.map(findingBlock)} ${coverageTable(workloads)}
    ${workloads.length === 1 ? lanes(workloads) : ''}
  </section>`;
}

function coverageTable(workloads: readonly ExploredWorkload[]): Html {
  const shown = workloads.slice(0, WORKLOADS_MAX);
  const table = figureTable({
    caption: 'Coverage',
    header: [
      'workload',
      'orders',
      'run to the end',
      'distinct states',
      'messages',
      'complete',
      'failing orders',
    ],
    rows: shown.map((one) => [
      clip(one.name, 60),
      formatNumber(one.orders),
      formatNumber(one.executed),
      one.states === null ? '' : formatNumber(one.states),
      formatNumber(one.messages),
      one.complete ? 'yes' : 'no',
      formatNumber(one.failing),
    ]),
    isTitled: true,
  });
  const omitted = workloads.length - shown.length;
  const more =
    omitted === 0 ? '' : html`<p class="meta">${countOf(omitted, 'more workload')} in explore.json.</p>`;
  return html`${table}${more}`;
}

function lanes([workload]: readonly ExploredWorkload[]): Html | '' {
  if (workload === undefined) return '';
  return collapsible(
    'Lanes of the workload',
    html`<ul class="list">
      ${workload.lanes.map((steps, lane) => html`<li>lane ${lane}: ${clip(steps.join(', '), TEXT_MAX)}</li>`)}
    </ul>`,
  );
}

function findingBlock(finding: ExploredFinding, index: number): Html {
  const { rule, expected, seen, steps, replay, choice, workload, severity, confirmed } = finding;
  return html`<article class="finding">
    <p class="kicker">Order ${index + 1} that fails</p>
    <h3>${clip(rule, TEXT_MAX)}</h3>
    <p class="meta">${severity} · workload ${clip(workload, 60)} · ${clip(finding.fingerprint, TEXT_MAX)}</p>
    ${confirmed === null ? '' : html`<p class="meta">Confirming replica: ${CONFIRMED_ORDER[confirmed]}.</p>`}
    <dl class="pair">
      <div class="expected">
        <dt>Expected</dt>
        <dd>${clip(expected, TEXT_MAX)}</dd>
      </div>
      <div class="seen">
        <dt>Seen</dt>
        <dd>${clip(seen, TEXT_MAX)}</dd>
      </div>
    </dl>
    ${choice === null ? html`<p class="note">Every other order of these steps that was tried fails, too.</p>` : orderTree(choice)}
    ${collapsible(
      'The shortest failing schedule',
      html`<ol class="list">
        ${steps.slice(0, STEPS_MAX).map((step) => html`<li>${clip(step, TEXT_MAX)}</li>`)}
      </ol>`,
    )}
    ${replay === '' ? '' : html`<p>Replay: <code>${clip(replay, TEXT_MAX)}</code></p>`}
  </article>`;
}

/** The common start, and the two branches side by side. */
function orderTree(choice: NonNullable<ExploredFinding['choice']>): Html {
  const { before, failing, passing } = choice;
  const start = before.length + 1;
  return html`<h4>The choice that makes the difference</h4>
    <p>${clip(choiceSentence(choice), TEXT_MAX)}</p>
    <ol class="list">
      ${before.slice(-STEPS_MAX).map((words) => html`<li>${clip(words, TEXT_MAX)}</li>`)}
    </ol>
    <div class="branches">${branch('fails', failing, start)} ${branch('passes', passing, start)}</div>`;
}

function branch(outcome: 'fails' | 'passes', steps: readonly string[], start: number): Html {
  const isWrong = outcome === 'fails';
  return html`<div class="branch ${isWrong ? 'seen' : 'expected'}">
    <p class="kicker">
      ${isWrong ? html`<span aria-hidden="true">✕</span> fails` : html`<span aria-hidden="true">✓</span> passes`}
    </p>
    <ol class="list" start="${start}">
      ${steps
        .slice(0, STEPS_MAX)
        .map(
          (words, index) =>
            html`<li>
              ${index === 0 ? html`<strong>${clip(words, TEXT_MAX)}</strong>` : clip(words, TEXT_MAX)}
            </li>`,
        )}
    </ol>
  </div>`;
}
