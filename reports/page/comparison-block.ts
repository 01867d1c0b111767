/** Both executions of a broken relation, side by side up to the first answer that differs. */
import type { FailureTimeline } from '../documents/failure-timeline.js';
import { clip } from '../text/visible-text.js';
import { html, type Html } from './html.js';

type Comparison = NonNullable<FailureTimeline['comparison']>;

const TEXT_CHARACTERS_MAX = 600;

export function comparisonBlock({ base, variant, calls }: Comparison): Html {
  return html`<h3>Both executions</h3>
    <div class="scroll" role="region" tabindex="0" aria-label="Both executions">
      <table>
        <caption>
          The calls of both executions and their answers, up to the first answer that differs
        </caption>
        <thead>
          <tr>
            <th scope="col">this schedule: ${clip(base, TEXT_CHARACTERS_MAX)}</th>
            <th scope="col">the variant: ${clip(variant, TEXT_CHARACTERS_MAX)}</th>
          </tr>
        </thead>
        <tbody>
          ${calls.map((call, place) => row(call, place === calls.length - 1))}
        </tbody>
      </table>
    </div>`;
}

function row({ base, variant }: Comparison['calls'][number], isLast: boolean): Html {
  return html`<tr class="${isLast ? 'wrong' : ''}">
    <td>${clip(base ?? '–', TEXT_CHARACTERS_MAX)}</td>
    <td>
      ${clip(variant ?? '–', TEXT_CHARACTERS_MAX)}${isLast ? html` <strong class="flag">first difference</strong>` : ''}
    </td>
  </tr>`;
}
