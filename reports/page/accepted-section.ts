/** Section about deviations that the author of the canister accepts: they occurred, or they no longer occur. */
import type { AcceptedFinding, RunReport } from '../documents/run-report.js';
import { clip } from '../text/visible-text.js';
import { html, type Html } from './html.js';

/** `undefined` if the run has no accepted deviations. */
export function acceptedSection({ accepted, acceptedNotSeen }: RunReport): Html | undefined {
  if (accepted.length === 0 && acceptedNotSeen.length === 0) return undefined;
  return html`<section aria-labelledby="accepted">
    <h2 id="accepted">Accepted deviations</h2>
    ${accepted.length === 0 ? '' : [html`<p class="meta">They occurred and do not fail the run.</p>`, table(accepted)]}
    ${acceptedNotSeen.map(
      ({ fingerprint }) =>
        html`<p class="note">
          No longer occurs, remove it from the accepted deviations: <code>${clip(fingerprint, 400)}</code>
        </p>`,
    )}
  </section>`;
}

function table(accepted: readonly AcceptedFinding[]): Html {
  return html`<div class="scroll" role="region" tabindex="0" aria-label="Accepted deviations">
    <table>
      <thead>
        <tr>
          <th scope="col">fingerprint</th>
          <th scope="col">reason</th>
          <th scope="col">seen</th>
          <th scope="col">replay</th>
        </tr>
      </thead>
      <tbody>
        ${accepted.map(
          ({ fingerprint, reason, seen, replay }) =>
            html`<tr>
              <th scope="row">${clip(fingerprint, 400)}</th>
              <td>${clip(reason, 400)}</td>
              <td>${clip(seen, 400)}</td>
              <td><code>${clip(replay, 400)}</code></td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
