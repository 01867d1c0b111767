/** Section about one finding: the timeline beside what was expected and seen, the schedule before and after shrinking, and every event. */
import type { FailureTimeline, FailureTimelineEvent } from '../documents/failure-timeline.js';
import type { Finding } from '../documents/run-report.js';
import { CONFIRMED } from '../render/run-wording.js';
import { countOf, formatNumber } from '../text/format-units.js';
import { clip } from '../text/visible-text.js';
import { collapsible } from './figures.js';
import { html, htmlId, type Html } from './html.js';
import { comparisonBlock } from './comparison-block.js';
import { shrinkingBlock } from './shrinking-block.js';
import { layOut, wrongEventOf } from './timeline-layout.js';
import { renderTimeline } from './timeline.js';

/** Limit of each text of a finding. */
const TEXT_CHARACTERS_MAX = 4_000;
const REJECTS_SHOWN_MAX = 5;
const SIGNS_SHOWN_MAX = 8;
const LOGS_SHOWN_MAX = 100;
const STEPS_SHOWN_MAX = 200;
/** With more lanes, the timeline gets the whole width of the page. */
const LANES_BESIDE_MAX = 4;
/** A failure timeline never contains metrics events, and a history has fewer of them than this. */
const METRICS_EVENTS_MAX = 200;

export function findingId(index: number): string {
  return htmlId('finding', index + 1);
}

export function findingSection(finding: Finding, index: number): Html {
  const { course: timeline } = finding;
  return html`<section class="finding" aria-labelledby="${findingId(index)}">
    ${heading(finding, index)}
    <p class="meta">${describeOrigin(finding)}</p>
    ${fingerprint(finding)}
    <div class="beside${isCrowded(timeline) ? ' crowded' : ''}">
      <div class="facts">
        ${expectedAndSeen(finding)} ${timeline === null ? '' : rejects(timeline)} ${replayBlock(finding)}
        ${timeline === null ? '' : logs(timeline, index)}
      </div>
      <div class="happened">
        <h3>Timeline</h3>
        ${timeline === null ? stepList(finding) : timelineBlock(finding, timeline, index)}
      </div>
    </div>
    ${timeline?.comparison === undefined ? '' : comparisonBlock(timeline.comparison)}
    ${shrinkingBlock(finding, index)}
    ${timeline === null ? '' : [sessions(timeline), everyEvent(timeline, finding)]}
  </section>`;
}

/** A finding without its pictures, for the last ones of very many. */
export function findingInBrief(finding: Finding, index: number): Html {
  const brief = {
    ...finding,
    rule: clip(finding.rule, 300),
    expected: clip(finding.expected, 300),
    seen: clip(finding.seen, 300),
  };
  return html`<section class="finding" aria-labelledby="${findingId(index)}">
    ${heading(brief, index)} ${expectedAndSeen(brief)}
    <p class="meta">The timeline of this finding is omitted to keep the page small. It is in run.json.</p>
    ${replayBlock(brief)}
  </section>`;
}

function heading({ rule }: Finding, index: number): Html {
  return html`<p class="kicker">Finding ${index + 1}</p>
    <h2 id="${findingId(index)}">${clip(rule, TEXT_CHARACTERS_MAX)}</h2>`;
}

function fingerprint({ fingerprint: text, signs }: Finding): Html | '' {
  if (text === '') return '';
  const others = signs.filter((sign) => !text.includes(sign)).slice(0, SIGNS_SHOWN_MAX);
  return html`<p class="meta">Fingerprint: <code>${clip(text, TEXT_CHARACTERS_MAX)}</code></p>
    ${
      others.length === 0
        ? ''
        : html`<p class="meta">
            The same cause also shows as: ${others.map((sign) => clip(sign, 200)).join('; ')}
          </p>`
    }`;
}

function isCrowded(timeline: FailureTimeline | null): boolean {
  if (timeline === null) return false;
  return layOut(timeline).lanes.reduce((sum, { tracks }) => sum + tracks, 0) > LANES_BESIDE_MAX;
}

function describeOrigin({
  checker,
  runIndex,
  isMinimal,
  confirmed,
  stepsBefore,
  schedule,
  severity,
}: Finding): string {
  const steps = countOf(schedule.steps.length, 'step');
  return [
    severity,
    `checker ${clip(checker, 100)}`,
    `found in run ${formatNumber(runIndex)}`,
    `shrunk from ${formatNumber(stepsBefore)} to ${steps}`,
    isMinimal ? 'minimal: every step is needed' : 'not minimal: the time for shrinking ran out',
    ...(confirmed === null ? [] : [`confirming replica: ${CONFIRMED[confirmed]}`]),
  ].join(' · ');
}

function expectedAndSeen({ expected, seen }: Finding): Html {
  return html`<dl class="pair">
    <div class="expected">
      <dt>Expected</dt>
      <dd>${clip(expected, TEXT_CHARACTERS_MAX)}</dd>
    </div>
    <div class="seen">
      <dt>Seen</dt>
      <dd>${clip(seen, TEXT_CHARACTERS_MAX)}</dd>
    </div>
  </dl>`;
}

function rejects({ events }: FailureTimeline): Html | '' {
  const rejected = events.filter(({ isReject }) => isReject);
  if (rejected.length === 0) return '';
  const hidden = rejected.length - REJECTS_SHOWN_MAX;
  return html`<h3>Rejects</h3>
    ${rejected.slice(0, REJECTS_SHOWN_MAX).map(
      ({ text, operation }) =>
        html`<pre class="reject"><b>${operation}</b>
${text}</pre>`,
    )}
    ${hidden > 0 ? html`<p class="meta">and ${hidden} more, in the list of all events</p>` : ''}`;
}

function replayBlock({ replay, notSaved }: Finding): Html {
  if (replay !== '') {
    return html`<h3>Replay</h3>
      <pre class="command"><code>${clip(replay, TEXT_CHARACTERS_MAX)}</code></pre>`;
  }
  return html`<p class="meta">
    ${`The counterexample could not be saved${notSaved === null ? '' : `: ${clip(notSaved, 300)}`}.`}
  </p>`;
}

function logs({ events, firstWrong }: FailureTimeline, index: number): Html | '' {
  const records = events.filter(({ type }) => type === 'log');
  if (records.length === 0) return '';
  const id = htmlId('logs', index + 1);
  const hidden = records.length - LOGS_SHOWN_MAX;
  const isAfter = (event: FailureTimelineEvent) => firstWrong !== null && event.index > firstWrong;
  return html`<h3 id="${id}">Canister log</h3>
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
    ${hidden > 0 ? html`<p class="meta">and ${countOf(hidden, 'more record')}</p>` : ''}`;
}

function timelineBlock(finding: Finding, timeline: FailureTimeline, index: number): Html {
  return html`${notesOn(timeline).map((note) => html`<p class="note">${note}</p>`)}
    ${renderTimeline(timeline, {
      label: `Timeline of finding ${index + 1}: lanes side by side, time from top to bottom`,
      stepsTotal: finding.schedule.steps.length,
    })}
    <p class="meta">
      Time runs from top to bottom; the numbers are steps. A card is a call, from its submission to its
      answer. An arrow is a switch between lanes.
    </p>`;
}

function notesOn({ firstWrong, events, eventsTotal, isFailing, isSameTrace }: FailureTimeline): string[] {
  if (!isFailing) return ['The schedule did not fail again when this timeline was recorded.'];
  const omitted = eventsTotal - events.length > METRICS_EVENTS_MAX;
  return [
    ...(isSameTrace ? [] : ['This timeline is of another run of the same schedule; its events may differ.']),
    ...(firstWrong === null ? ['No single event is wrong; the history as a whole violates the rule.'] : []),
    ...(omitted ? ['Events far from the first wrong event are omitted.'] : []),
  ];
}

function stepList({ steps }: Finding): Html {
  const hidden = steps.length - STEPS_SHOWN_MAX;
  return html`<p class="note">No timeline was recorded. These are the steps of the schedule.</p>
    <pre class="steps" tabindex="0" role="region" aria-label="Steps">
${steps
        .slice(0, STEPS_SHOWN_MAX)
        .map((step) => `${clip(step, 300)}\n`)}${hidden > 0 ? `… and ${hidden} more` : ''}</pre>`;
}

// ---- details ----

function sessions({ sessions: rows, firstWrong }: FailureTimeline): Html | '' {
  if (rows.length === 0) return '';
  const when = firstWrong === null ? 'at the end' : 'just before the first wrong event';
  return collapsible(
    `Sessions ${when}`,
    html`<div class="scroll" role="region" tabindex="0" aria-label="Sessions ${when}">
      <table>
        <caption>
          Sessions ${when}, according to the model
        </caption>
        <thead>
          <tr>
            <th scope="col">session</th>
            <th scope="col">state</th>
            <th scope="col">chunks</th>
            <th scope="col">bytes</th>
            <th scope="col">missing chunks</th>
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            (row) =>
              html`<tr>
                <th scope="row">${row.labels.map((name) => clip(name, 40)).join(', ') || '?'}</th>
                <td>${clip(row.state, 40)}</td>
                <td class="n">${row.chunksReceived}/${row.chunksExpected}</td>
                <td class="n">${row.bytesReceived}/${row.bytes}</td>
                <td>${row.missing === 'nothing' ? '–' : clip(row.missing, 80)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`,
  );
}

function everyEvent(timeline: FailureTimeline, { schedule }: Finding): Html {
  const { events } = timeline;
  const wrong = wrongEventOf(timeline);
  const stepsTotal = schedule.steps.length;
  return collapsible(
    `All ${countOf(events.length, 'event')}`,
    html`<div class="scroll" role="region" tabindex="0" aria-label="All events">
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
            <th scope="col">details</th>
            <th scope="col">instructions</th>
          </tr>
        </thead>
        <tbody>
          ${events.map((event) => eventRow(event, { isWrong: event.index === wrong, stepsTotal }))}
        </tbody>
      </table>
    </div>`,
  );
}

function eventRow(
  event: FailureTimelineEvent,
  { isWrong, stepsTotal }: { readonly isWrong: boolean; readonly stepsTotal: number },
): Html {
  return html`<tr class="${isWrong ? 'wrong' : ''}">
    <td class="n">${event.step >= stepsTotal ? 'end' : event.step + 1}</td>
    <td class="n">${event.lane}</td>
    <td>
      ${event.isReject ? 'reject' : event.type}${isWrong ? html` <strong class="flag">first wrong event</strong>` : ''}
    </td>
    <td>${clip(event.operation ?? '', 300)}</td>
    <td>${clip(event.text, 600)}</td>
    <td class="n">${event.instructions?.toLocaleString('en')}</td>
  </tr>`;
}
