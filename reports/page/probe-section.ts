/** Section about the experiments of `probe`: what was tried, what the canister does, and which promise that suggests. */
import { isContradiction, type ProbeExperiment, type ProbeReport } from '../documents/probe-report.js';
import { promiseText } from '../render/probe-markdown.js';
import { countOf } from '../text/format-units.js';
import { clip } from '../text/visible-text.js';
import { collapsible } from './figures.js';
import { html, type Html } from './html.js';

const TEXT_MAX = 400;
const EVIDENCE_LINES_MAX = 120;

export function probeSection(report: ProbeReport): Html {
  const observed = report.experiments.filter((experiment) => experiment.observed !== null);
  const others = report.experiments.filter((experiment) => experiment.observed === null);
  return html`<section aria-labelledby="probe">
    <h2 id="probe">Experiments</h2>
    <p class="meta">
      Each experiment is a few calls on a fresh canister. The table describes what the canister does; it does
      not judge by promises.
    </p>
    <div class="scroll" role="region" tabindex="0" aria-label="What was tried and observed">
      <table class="matrix">
        <caption class="vh">
          Experiments
        </caption>
        <thead>
          <tr>
            <th scope="col">experiment</th>
            <th scope="col">observed</th>
            <th scope="col">promise</th>
          </tr>
        </thead>
        <tbody>
          ${observed.map(experimentRow)}
        </tbody>
      </table>
    </div>
    ${others.length === 0 ? '' : collapsible(`${countOf(others.length, 'experiment')} with nothing to try`, reasons(others))}
    ${collapsible('Calls and answers', observed.map(evidenceBlock))}
  </section>`;
}

function experimentRow(experiment: ProbeExperiment): Html {
  const { name, tried, observed, dangerous } = experiment;
  return html`<tr${dangerous || isContradiction(experiment) ? html` class="wrong"` : ''}>
    <th scope="row">${clip(name, 60)}<span class="about">${clip(tried, TEXT_MAX)}</span></th>
    <td>
      ${dangerous ? html`<span class="bad"><span aria-hidden="true">✕</span> dangerous:</span> ` : ''}${clip(observed ?? '', TEXT_MAX)}
    </td>
    <td>${clip(promiseText(experiment), TEXT_MAX)}</td>
  </tr>`;
}

function reasons(experiments: readonly ProbeExperiment[]): Html {
  return html`<ul class="list">
    ${experiments.map(({ name, lacks }) => html`<li>${clip(name, 60)}: ${clip(lacks ?? '', TEXT_MAX)}</li>`)}
  </ul>`;
}

function evidenceBlock({ name, evidence }: ProbeExperiment): Html {
  const lines = evidence.slice(0, EVIDENCE_LINES_MAX);
  return html`<h3>${clip(name, 60)}</h3>
    <ol class="list">
      ${lines.map(({ call, answer }) => html`<li>${clip(call, TEXT_MAX)} → ${clip(answer, TEXT_MAX)}</li>`)}
    </ol>`;
}
