/** The schedule of a finding before and after shrinking: sizes, pictures, and the original steps. */
import type { Finding } from '../documents/run-report.js';
import { countOf } from '../text/format-units.js';
import { clip } from '../text/visible-text.js';
import { collapsible } from './figures.js';
import { html, htmlId, type Html } from './html.js';
import { legend, STEP_MARKS, stripPlot, type StripStep } from './plots.js';

const STEPS_SHOWN_MAX = 200;

/** Empty if the schedule was not shrunk. */
export function shrinkingBlock(finding: Finding, index: number): Html | '' {
  const { original, schedule } = finding;
  if (original === null) return '';
  const shrunk: StripStep[] = schedule.steps.map((step) =>
    step.do === 'call' ? { lane: step.lane, kind: step.operation.op } : { lane: null, kind: step.do },
  );
  const stepsMax = Math.max(original.steps.length, shrunk.length);
  const strip = (name: string, steps: readonly StripStep[]) =>
    html`<figure>
      <figcaption>${name}</figcaption>
      ${stripPlot(steps, {
        id: htmlId('strip', index + 1, name),
        label: `${name} shrinking: ${countOf(steps.length, 'step')} in ${countOf(lanesOf(steps), 'lane')}`,
        stepsMax,
      })}
    </figure>`;
  return html`<h3>Before and after shrinking</h3>
    <div class="shrinking">
      ${sizeTable(finding, shrunk)} ${strip('Before', original.steps)} ${strip('After', shrunk)}
      ${legend(STEP_MARKS.map(({ name, color, symbol }) => ({ name, color, shape: symbol })))}
    </div>
    ${collapsible(`The ${countOf(original.stepsTotal, 'step')} before shrinking`, stepList(original))}`;
}

function lanesOf(steps: readonly { readonly lane: number | null }[]): number {
  return new Set(steps.flatMap(({ lane }) => lane ?? [])).size;
}

function sizeTable(
  { original, operations, contextSwitches }: Finding,
  shrunk: readonly StripStep[],
): Html | '' {
  if (original === null) return '';
  const rows = [
    ['steps', original.stepsTotal, shrunk.length],
    ['operations', original.operations, operations],
    ['lanes', lanesOf(original.steps), lanesOf(shrunk)],
    ['lane switches', original.contextSwitches, contextSwitches],
  ] as const;
  return html`<table>
    <caption class="vh">
      Size of the schedule before and after shrinking
    </caption>
    <thead>
      <tr>
        <td></td>
        <th scope="col">before</th>
        <th scope="col">after</th>
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        ([name, before, after]) =>
          html`<tr>
            <th scope="row">${name}</th>
            <td class="n">${before}</td>
            <td class="n">${after}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

function stepList({ steps, stepsTotal }: NonNullable<Finding['original']>): Html {
  const hidden = stepsTotal - Math.min(steps.length, STEPS_SHOWN_MAX);
  return html`<ol class="steps">
      ${steps.slice(0, STEPS_SHOWN_MAX).map(({ words }) => html`<li>${clip(words, 300)}</li>`)}
    </ol>
    ${hidden > 0 ? html`<p class="meta">and ${hidden} more</p>` : ''}`;
}
