/** The swim-lane timeline of a finding: a list laid out as a grid, so that a screen reader reads the events in order. */
import type { FailureTimeline } from '../documents/failure-timeline.js';
import { clip } from '../text/visible-text.js';
import { html, Html } from './html.js';
import { layOut, type Card, type Row, type TimelineLayout } from './timeline-layout.js';

const OUTCOMES: Readonly<Record<Card['kind'], string>> = {
  ok: '✓',
  fail: '✕',
  reject: '⊘',
  unknown: '?',
  skipped: '–',
  open: '…',
};

/** Grid lines. Grid row 1 contains the lane names; each timeline row has a thin grid row for the lane switch before it. */
const switchLine = (row: number) => 2 + 2 * row;
const rowLine = (row: number) => 3 + 2 * row;

export function renderTimeline(
  timeline: FailureTimeline,
  { label, stepsTotal }: { readonly label: string; readonly stepsTotal: number },
): Html {
  const layout = layOut(timeline);
  const columns = columnsOf(layout);
  const columnsTotal = layout.lanes.reduce((sum, { tracks }) => sum + tracks, 0);
  const stepName = (step: number) => (step >= stepsTotal ? 'end' : step < 0 ? 'start' : String(step + 1));
  const items = layout.rows.map((row, index) => rowItems(layout, row, { index, columns, stepName }));
  return html`<div class="lanes" role="region" tabindex="0" aria-label="${label}">
    <ol class="timeline" role="list" style="--tracks: ${Math.max(1, columnsTotal)}">
      ${layout.lanes.map(
        ({ lane, tracks }) =>
          html`<li
              class="lane-name"
              aria-hidden="true"
              style="grid-area: 1 / ${columns(lane, 0)} / 2 / span ${tracks}"
            >
              lane ${lane}
            </li>
            <li
              class="lane-background"
              aria-hidden="true"
              style="grid-area: 2 / ${columns(lane, 0)} / ${rowLine(layout.rows.length)} / span ${tracks}"
            ></li>`,
      )}
      ${items}
    </ol>
  </div>`;
}

type ColumnOf = (lane: number, track: number) => number;

function columnsOf({ lanes }: TimelineLayout): ColumnOf {
  const first = new Map<number, number>();
  let next = 2;
  for (const { lane, tracks } of lanes) {
    first.set(lane, next);
    next += tracks;
  }
  return (lane, track) => (first.get(lane) ?? 2) + track;
}

interface Place {
  readonly index: number;
  readonly columns: ColumnOf;
  readonly stepName: (step: number) => string;
}

function rowItems({ cards }: TimelineLayout, row: Row, place: Place): Html[] {
  const { index, columns, stepName } = place;
  const items = [
    ...(row.switched === undefined ? [] : [switchItem(row.switched, place)]),
    html`<li class="step" aria-hidden="true" style="grid-area: ${rowLine(index)} / 1">
      ${row.isFirstOfStep ? stepName(row.step) : ''}
    </li>`,
    ...cards.filter(({ firstRow }) => firstRow === index).map((card) => cardItem(card, row, place)),
    ...cards
      .filter(({ firstRow, lastRow }) => lastRow === index && firstRow < lastRow)
      .map((card) => footItem(card, row, place)),
    ...(row.band === undefined ? [] : [bandItem(row, place)]),
  ];
  for (const card of cards) {
    for (const mark of card.marks.filter((candidate) => candidate.row === index)) {
      const area = `${rowLine(index)} / ${columns(card.lane, card.track)}`;
      items.push(
        html`<li class="mark${mark.isWrong ? ' wrong' : ''}" style="grid-area: ${area}">
          <span class="vh">${`Step ${stepName(row.step)}, lane ${card.lane}: ${shortOf(card)} `}</span
          >${mark.text}
        </li>`,
      );
    }
  }
  return items;
}

/** An arrow from the previous lane to the next one. */
function switchItem({ from, to }: { from: number; to: number }, { index, columns }: Place): Html {
  const [left, right] = [
    Math.min(columns(from, 0), columns(to, 0)),
    Math.max(columns(from, 0), columns(to, 0)),
  ];
  const span = right - left + 1;
  const direction = columns(to, 0) > columns(from, 0) ? 'rightwards' : 'leftwards';
  return html`<li
    class="switch ${direction}"
    aria-hidden="true"
    style="grid-area: ${switchLine(index)} / ${left} / auto / span ${span}; --span: ${span}"
  ></li>`;
}

function cardItem(card: Card, row: Row, place: Place): Html {
  const { columns, stepName } = place;
  const column = columns(card.lane, card.track);
  const area = `${rowLine(card.firstRow)} / ${column} / ${rowLine(card.lastRow) + 1} / ${column + 1}`;
  const switched = row.switched === undefined ? '' : `, switched from lane ${row.switched.from}`;
  const detail = card.operation.slice(shortOf(card).length).trim();
  return html`<li class="card ${classesOf(card)}" style="grid-area: ${area}">
    <span class="vh">${`Step ${stepName(row.step)}, lane ${card.lane}${switched}: `}</span>
    <span class="operation">${shortOf(card)}</span>
    ${detail === '' ? '' : html`<span class="detail">${clip(detail, 80)}</span>`}
    ${card.lastRow === card.firstRow ? outcomeOf(card) : ''}
  </li>`;
}

/** The answer of a call that spans several rows, in the row in which it arrived. */
function footItem(card: Card, row: Row, { index, columns, stepName }: Place): Html {
  const area = `${rowLine(index)} / ${columns(card.lane, card.track)}`;
  return html`<li class="foot ${classesOf(card)}" style="grid-area: ${area}">
    <span class="vh">${`Step ${stepName(row.step)}, lane ${card.lane}: answer to ${shortOf(card)}: `}</span>
    ${outcomeOf(card)}
  </li>`;
}

const classesOf = ({ kind, isWrong }: Card) => `${kind}${isWrong ? ' wrong' : ''}`;

function outcomeOf({ kind, outcome, isWrong }: Card): Html {
  // A long error name may break between its words.
  const words = clip(outcome, 60).split(/(?<=[a-z])(?=[A-Z])/);
  return html`<span class="outcome"
      ><span aria-hidden="true">${OUTCOMES[kind]}</span>
      ${words.map((word, i) => [i > 0 && new Html('<wbr>'), word])}</span
    >
    ${isWrong ? html`<strong class="flag">first wrong event</strong>` : ''}`;
}

/** Shortens `begin A (file 0, caller 1, key "k")` to `begin A`. */
function shortOf({ operation }: Card): string {
  const end = operation.indexOf(' (');
  return clip(end < 0 ? operation : operation.slice(0, end), 60);
}

function bandItem({ band, step }: Row, { index, stepName }: Place): Html {
  const isWrong = band?.isWrong === true;
  return html`<li class="band${isWrong ? ' wrong' : ''}" style="grid-area: ${rowLine(index)} / 2 / auto / -1">
    <span class="vh">Step ${stepName(step)}: </span>${clip(band?.text ?? '', 160)}
    ${isWrong ? html`<strong class="flag">first wrong event</strong>` : ''}
  </li>`;
}
