/** One finding: what was expected and seen, the timeline beside it, the schedule before and after shrinking, every event. */
import type { FailureTimeline, FailureTimelineEvent } from '../documents/failure-timeline.js';
import type { Finding } from '../documents/run-report.js';
import { clip } from '../text/visible-text.js';
import { html, htmlId, type Html } from './html.js';
import { legend, STEP_MARKS, stripPlot, type StripStep } from './plots.js';
import { layOut } from './timeline-layout.js';
import { renderTimeline } from './timeline.js';

/** Of any one text of a finding. */
const TEXT_MAX = 4_000;
const LOGS_SHOWN_MAX = 100;
const STEPS_SHOWN_MAX = 200;
const LANES_BESIDE_MAX = 4;

const CONFIRMED: Readonly<Record<NonNullable<Finding['confirmed']>, string>> = {
  same: 'fails there in the same way',
  different: 'fails there in another way',
  'not-reproduced': 'does not fail there',
};

export const findingId = (index: number) => htmlId('finding', index + 1);

export function findingSection(finding: Finding, index: number): Html {
  const { course } = finding;
  const id = findingId(index);
  return html`<section class="finding" aria-labelledby="${id}">
    <h2 id="${id}"><span class="number">${index + 1}</span> ${clip(finding.rule, TEXT_MAX)}</h2>
    <p class="meta">${metaWords(finding)}</p>
    <div class="beside${isCrowded(course) ? ' crowded' : ''}">
      <div class="facts">
        ${verdictPair(finding)} ${course === null ? '' : rejects(course)} ${replayBlock(finding)}
        ${course === null ? '' : [logs(course, index), sessions(course)]}
      </div>
      <div class="happened">
        <h3>What happened</h3>
        ${course === null ? stepList(finding) : timelineBlock(finding, course, index)}
      </div>
    </div>
    ${shrinking(finding, index)} ${course === null ? '' : everyEvent(course, finding)}
  </section>`;
}

/** More lanes than fit beside the facts: the timeline then has the whole width. */
function isCrowded(course: FailureTimeline | null): boolean {
  if (course === null) return false;
  return layOut(course).lanes.reduce((sum, { tracks }) => sum + tracks, 0) > LANES_BESIDE_MAX;
}

/** The same without its pictures: for the last of very many. */
export function findingInBrief(finding: Finding, index: number): Html {
  const id = findingId(index);
  return html`<section class="finding" aria-labelledby="${id}">
    <h2 id="${id}"><span class="number">${index + 1}</span> ${clip(finding.rule, 300)}</h2>
    <dl class="pair">
      <div class="expected">
        <dt>Expected</dt>
        <dd>${clip(finding.expected, 300)}</dd>
      </div>
      <div class="seen">
        <dt>Seen</dt>
        <dd>${clip(finding.seen, 300)}</dd>
      </div>
    </dl>
    <p class="meta">Its timeline is left out to keep this page small; it is in run.json.</p>
    ${replayBlock(finding)}
  </section>`;
}

function metaWords({ checker, runIndex, isMinimal, confirmed }: Finding): string {
  return [
    `checker ${clip(checker, 100)}`,
    `found in run ${runIndex}`,
    isMinimal ? 'no step can be left out' : 'perhaps not the shortest: shrinking was cut short',
    ...(confirmed === null ? [] : [`the confirming replica: ${CONFIRMED[confirmed]}`]),
  ].join(' · ');
}

function verdictPair({ expected, seen }: Finding): Html {
  return html`<dl class="pair">
    <div class="expected">
      <dt>Expected</dt>
      <dd>${clip(expected, TEXT_MAX)}</dd>
    </div>
    <div class="seen">
      <dt>Seen</dt>
      <dd>${clip(seen, TEXT_MAX)}</dd>
    </div>
  </dl>`;
}

function rejects({ events }: FailureTimeline): Html | '' {
  const rejected = events.filter(({ isReject }) => isReject);
  if (rejected.length === 0) return '';
  return html`<h3>Reject text</h3>
    ${rejected.slice(0, 5).map(
      ({ text, operation }) =>
        html`<pre class="reject"><b>${operation}</b>
${text}</pre>`,
    )}
    ${rejected.length > 5 ? html`<p class="meta">and ${rejected.length - 5} more, in the list of every event</p>` : ''}`;
}

function replayBlock({ replay, notSaved }: Finding): Html {
  if (replay !== '') {
    return html`<h3>Repeat it</h3>
      <pre class="command"><code>${clip(replay, TEXT_MAX)}</code></pre>`;
  }
  return html`<p class="meta">
    ${`It could not be saved${notSaved === null ? '' : `: ${clip(notSaved, 300)}`}.`}
  </p>`;
}

const stepWords = (step: number, stepsTotal: number) => (step >= stepsTotal ? 'end' : String(step + 1));

function logs({ events, ...course }: FailureTimeline, index: number): Html | '' {
  const records = events.filter(({ type }) => type === 'log');
  if (records.length === 0) return '';
  const id = htmlId('logs', index + 1);
  const isAfter = (event: FailureTimelineEvent) =>
    course.firstWrong !== null && event.index > course.firstWrong;
  return html`<h3 id="${id}">The canister's log</h3>
    <div class="log" role="region" aria-labelledby="${id}" tabindex="0">
      <ol role="list">
        ${records.slice(0, LOGS_SHOWN_MAX).map(
          (record) =>
            html`<li class="${isAfter(record) ? 'after' : ''}">
              <span class="log-step"><span class="vh">step </span>${record.step + 1}</span>
              <span class="log-text">${clip(record.text, 600)}</span>
            </li>`,
        )}
      </ol>
    </div>
    ${records.length > LOGS_SHOWN_MAX ? html`<p class="meta">and ${records.length - LOGS_SHOWN_MAX} more records</p>` : ''}`;
}

function sessions({ sessions: views, firstWrong }: FailureTimeline): Html | '' {
  if (views.length === 0) return '';
  const when = firstWrong === null ? 'at the end' : 'just before the first wrong event';
  return html`<div class="scroll" role="region" tabindex="0" aria-label="Sessions ${when}">
    <table>
      <caption>
        Sessions as they should be ${when}
      </caption>
      <thead>
        <tr>
          <th scope="col">session</th>
          <th scope="col">state</th>
          <th scope="col">chunks</th>
          <th scope="col">bytes</th>
          <th scope="col">missing</th>
        </tr>
      </thead>
      <tbody>
        ${views.map(
          (view) =>
            html`<tr>
              <th scope="row">${view.labels.map((name) => clip(name, 40)).join(', ') || '?'}</th>
              <td>${clip(view.state, 40)}</td>
              <td class="n">${view.chunksReceived}/${view.chunksExpected}</td>
              <td class="n">${view.bytesReceived}/${view.bytes}</td>
              <td>${view.missing === 'nothing' ? '–' : clip(view.missing, 80)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function timelineBlock(finding: Finding, course: FailureTimeline, index: number): Html {
  const { firstWrong, events, eventsTotal, isFailing, isSameTrace } = course;
  const hidden = eventsTotal - events.filter(({ type }) => type !== 'metrics').length;
  const notes = [
    ...(isFailing
      ? []
      : ['When it was run once more for this page, it did not fail: the replica chose another order.']),
    ...(isFailing && !isSameTrace
      ? ['This is another run of the same schedule; not every event is the same.']
      : []),
    ...(isFailing && firstWrong === null ? ['No single event is wrong: only the whole shows it.'] : []),
    ...(hidden > 200 ? ['Events far from the first wrong one are left out.'] : []),
  ];
  return html`${notes.map((note) => html`<p class="note">${note}</p>`)}
    ${renderTimeline(course, {
      label: `Timeline of finding ${index + 1}: lanes side by side, time downwards`,
      stepsTotal: finding.schedule.steps.length,
    })}
    <p class="meta">
      Time runs downwards. A card is a call, from when it is issued to its answer; an arrow is a switch of
      lanes.
    </p>`;
}

function stepList({ steps }: Finding): Html {
  const hidden = steps.length - STEPS_SHOWN_MAX;
  return html`<p class="note">Its events were not recorded; these are its steps.</p>
    <pre class="steps" tabindex="0" role="region" aria-label="Steps">
${steps
        .slice(0, STEPS_SHOWN_MAX)
        .map((step) => `${clip(step, 300)}\n`)}${hidden > 0 ? `… and ${hidden} more` : ''}</pre>`;
}

// ---- shrinking ----

function shrinking(finding: Finding, index: number): Html | '' {
  const { original, schedule, operations, contextSwitches } = finding;
  if (original === null) return '';
  const after: StripStep[] = schedule.steps.map((step) =>
    step.do === 'call' ? { lane: step.lane, kind: step.operation.op } : { lane: null, kind: step.do },
  );
  const lanesOf = (steps: readonly { readonly lane: number | null }[]) =>
    new Set(steps.flatMap(({ lane }) => lane ?? [])).size;
  const stepsMax = Math.max(original.steps.length, after.length);
  const rows = [
    ['steps', original.stepsTotal, after.length],
    ['calls', original.operations, operations],
    ['lanes', lanesOf(original.steps), lanesOf(after)],
    ['switches of lane', original.contextSwitches, contextSwitches],
  ] as const;
  const strip = (name: string, steps: readonly StripStep[]) =>
    html`<figure>
      <figcaption>${name}</figcaption>
      ${stripPlot(steps, {
        id: htmlId('strip', index + 1, name),
        label: `${name} shrinking: ${steps.length} steps in ${lanesOf(steps)} lanes`,
        stepsMax,
      })}
    </figure>`;
  return html`<h3>Before and after shrinking</h3>
    <div class="shrinking">
      <table>
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
            ([name, before, now]) =>
              html`<tr>
                <th scope="row">${name}</th>
                <td class="n">${before}</td>
                <td class="n">${now}</td>
              </tr>`,
          )}
        </tbody>
      </table>
      ${strip('Before', original.steps)} ${strip('After', after)}
      ${legend(STEP_MARKS.map(({ name, color, symbol }) => ({ name, color, shape: symbol })))}
    </div>
    <details>
      <summary>The ${original.stepsTotal} steps before shrinking</summary>
      <ol class="steps">
        ${original.steps.slice(0, STEPS_SHOWN_MAX).map(({ words }) => html`<li>${clip(words, 300)}</li>`)}
      </ol>
      ${original.stepsTotal > STEPS_SHOWN_MAX ? html`<p class="meta">and ${original.stepsTotal - STEPS_SHOWN_MAX} more</p>` : ''}
    </details>`;
}

// ---- every event ----

function everyEvent({ events, firstWrong }: FailureTimeline, { schedule }: Finding): Html {
  return html`<details>
    <summary>Every event as a table</summary>
    <div class="scroll" role="region" tabindex="0" aria-label="Every event">
      <table>
        <caption>
          Events of the history in order; instructions are those of the executed message
        </caption>
        <thead>
          <tr>
            <th scope="col">step</th>
            <th scope="col">lane</th>
            <th scope="col">event</th>
            <th scope="col">operation</th>
            <th scope="col">what it says</th>
            <th scope="col">instructions</th>
          </tr>
        </thead>
        <tbody>
          ${events.map((event) => eventRow(event, { isWrong: event.index === firstWrong, stepsTotal: schedule.steps.length }))}
        </tbody>
      </table>
    </div>
  </details>`;
}

function eventRow(
  event: FailureTimelineEvent,
  { isWrong, stepsTotal }: { isWrong: boolean; stepsTotal: number },
): Html {
  return html`<tr class="${isWrong ? 'wrong' : ''}">
    <td class="n">${stepWords(event.step, stepsTotal)}</td>
    <td class="n">${event.lane}</td>
    <td>
      ${event.isReject ? 'reject' : event.type}${isWrong ? html` <strong class="flag">first wrong event</strong>` : ''}
    </td>
    <td>${clip(event.operation ?? '', 300)}</td>
    <td>${clip(event.text, 600)}</td>
    <td class="n">${event.instructions?.toLocaleString('en')}</td>
  </tr>`;
}
