/** Section about coverage: the shares, what was not reached and why, and a table of the functions that can be sorted. */
import type { CoveredFunction, CoveredModule, CoverageReport } from '../documents/coverage-report.js';
import {
  functionName,
  hasNames,
  methodText,
  REASON_TEXT,
  reasonCounts,
  reasonText,
  shareText,
} from '../render/coverage-wording.js';
import { countOf, formatNumber } from '../text/format-units.js';
import { clip } from '../text/visible-text.js';
import { collapsible, figureTable } from './figures.js';
import { html, htmlId, type Html } from './html.js';

/** coverage.json contains the others. */
const FUNCTIONS_SHOWN_MAX = 600;
const MODULES_SHOWN_MAX = 6;
const NAME_MAX = 120;
const REASON_MAX = 160;

export function coverageSection(report: CoverageReport): Html {
  const modules = report.modules.slice(0, MODULES_SHOWN_MAX);
  return html`<section aria-labelledby="coverage">
    <h2 id="coverage">Code coverage</h2>
    <p class="meta">
      ${countOf(report.runs, 'schedule')} · profile ${clip(report.profile, 60)} · seed ${report.seed}
    </p>
    ${figureTable({
      caption: 'Reached code',
      header: ['module', 'functions', 'basic blocks', 'branches'],
      rows: modules.map(({ name, functions, blocks, branches }) => [
        clip(name, NAME_MAX),
        shareText(functions),
        shareText(blocks),
        shareText(branches),
      ]),
      isTitled: true,
    })}
    ${modules.map(moduleBlock)}
  </section>`;
}

function moduleBlock(module: CoveredModule, index: number): Html {
  const { name, notCalled } = module;
  const counts = reasonCounts(module);
  const shown = mostTelling(module);
  const omitted = module.functionList.length - shown.length;
  const more =
    omitted === 0
      ? ''
      : html`<p class="note">coverage.json contains ${countOf(omitted, 'more function')}.</p>`;
  return html`<h3>${clip(name, NAME_MAX)}</h3>
    ${hasNames(module) ? '' : html`<p class="note">The module has no function names. A build that keeps its name section shows them.</p>`}
    <p>
      ${
        notCalled.length === 0
          ? 'Every method and system entry point ran.'
          : `Never ran: ${notCalled.map(methodText).join(', ')}.`
      }
    </p>
    ${
      counts.length === 0
        ? ''
        : html`<ul class="list">
            ${counts.map(([reason, functions]) => html`<li>not reached: ${countOf(functions, 'function')} ${REASON_TEXT[reason]}</li>`)}
          </ul>`
    }
    ${collapsible(`Functions of ${clip(name, NAME_MAX)}`, [functionTable(shown, index), more])}`;
}

/** Exported functions, then those with most basic blocks. In the order of the document. */
function mostTelling({ functionList }: CoveredModule): readonly CoveredFunction[] {
  if (functionList.length <= FUNCTIONS_SHOWN_MAX) return functionList;
  const weight = ({ exports, blocks }: CoveredFunction) => (exports.length > 0 ? Infinity : blocks.total);
  const kept = new Set(functionList.toSorted((a, b) => weight(b) - weight(a)).slice(0, FUNCTIONS_SHOWN_MAX));
  return functionList.filter((each) => kept.has(each));
}

interface Order {
  readonly title: string;
  readonly compare: (a: CoveredFunction, b: CoveredFunction) => number;
}

const unreachedBlocks = ({ blocks }: CoveredFunction) => blocks.total - blocks.reached;

/** The page has no scripts: a radio button selects which place of a row counts. The first order is that of the table. */
const ORDERS: readonly Order[] = [
  { title: 'exported first', compare: () => 0 },
  { title: 'blocks not reached', compare: (a, b) => unreachedBlocks(b) - unreachedBlocks(a) },
  { title: 'calls', compare: (a, b) => b.calls - a.calls },
  { title: 'name', compare: (a, b) => (functionName(a) < functionName(b) ? -1 : 1) },
];

function functionTable(functions: readonly CoveredFunction[], module: number): Html {
  const places = ORDERS.map(({ compare }) => {
    const sorted = functions.toSorted(compare);
    return new Map(sorted.map((each, place) => [each, place]));
  });
  const group = htmlId('order', module);
  return html`<div class="sortable">
    <fieldset>
      <legend>Sort by</legend>
      ${ORDERS.map(
        ({ title }, order) =>
          html`<label
            ><input
              type="radio"
              name="${group}"
              value="${order}"
              class="order-${order}"
              ${order === 0 ? html` checked` : ''}
            />
            ${title}</label
          >`,
      )}
    </fieldset>
    <div class="scroll" role="region" tabindex="0" aria-label="Functions">
      <table class="functions">
        <caption class="vh">
          Functions
        </caption>
        <thead>
          <tr>
            <th scope="col">function</th>
            <th scope="col" class="figure">calls</th>
            <th scope="col" class="figure">blocks</th>
            <th scope="col" class="figure">branches</th>
            <th scope="col">not reached because</th>
          </tr>
        </thead>
        <tbody>
          ${functions.map((each) => functionRow(each, places))}
        </tbody>
      </table>
    </div>
  </div>`;
}

function functionRow(
  covered: CoveredFunction,
  places: readonly ReadonlyMap<CoveredFunction, number>[],
): Html {
  const { exports, calls, blocks, branches } = covered;
  const style = places.map((byFunction, order) => `--o${order}:${byFunction.get(covered) ?? 0}`).join(';');
  const share = ({ reached, total }: CoveredModule['blocks']) =>
    total === 0 ? '–' : `${formatNumber(reached)}/${formatNumber(total)}`;
  return html`<tr style="${style}" ${calls > 0 ? '' : html` class="wrong"`}>
    <th scope="row">
      ${clip(exports.length > 0 ? exports.map(methodText).join(', ') : functionName(covered), NAME_MAX)}
    </th>
    <td class="n figure">${formatNumber(calls)}</td>
    <td class="n figure">${share(blocks)}</td>
    <td class="n figure">${share(branches)}</td>
    <td>${clip(reasonText(covered), REASON_MAX)}</td>
  </tr>`;
}
