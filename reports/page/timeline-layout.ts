/** Computes the place of each call on the swim-lane timeline: lanes side by side, time from top to bottom. Produces no markup. */
import type { FailureTimeline, FailureTimelineEvent } from '../documents/failure-timeline.js';

/** Something that happened in a row: to one call (a mark on its card), or to the canister (a band across all lanes). */
export interface Mark {
  readonly row: number;
  readonly text: string;
  readonly isWrong: boolean;
}

/** A call, from its submission to its answer. */
export interface Card {
  readonly call: number;
  readonly lane: number;
  /** Overlapping calls of one lane are in different tracks, side by side. */
  track: number;
  readonly operation: string;
  readonly firstRow: number;
  lastRow: number;
  kind: 'ok' | 'fail' | 'reject' | 'unknown' | 'skipped' | 'open';
  /** One or two words. */
  outcome: string;
  /** The complete answer. */
  answer: string;
  isWrong: boolean;
  /** Events of the call in later rows. */
  readonly marks: Mark[];
}

export interface Row {
  /** Index of the step in the schedule; the number of steps for the final drain. */
  readonly step: number;
  /** The step number is shown only in the first row of a step. */
  readonly isFirstOfStep: boolean;
  /** An event of no lane: time, an upgrade, a timer. */
  readonly band: Mark | undefined;
  /** The lane switch just before this row. */
  readonly switched: { readonly from: number; readonly to: number } | undefined;
}

export interface TimelineLayout {
  readonly rows: readonly Row[];
  readonly cards: readonly Card[];
  /** In ascending order, with the number of tracks that each lane needs. */
  readonly lanes: readonly { readonly lane: number; readonly tracks: number }[];
}

const KINDS = { ok: 'ok', fail: 'fail', info: 'unknown', skipped: 'skipped' } as const;

/** Index of the event to mark as wrong; null if there is none in this schedule, because the variant of a relation has the wrong answer. */
export function wrongEventOf({ firstWrong, comparison }: FailureTimeline): number | null {
  return comparison?.wrong === 'variant' ? null : firstWrong;
}

export function layOut(timeline: FailureTimeline): TimelineLayout {
  const { events } = timeline;
  const wrong = wrongEventOf(timeline);
  const rows: Row[] = [];
  const cards = new Map<number, Card>();
  /** The call of the last row. */
  let rowCall: number | undefined;
  let lane: number | undefined;
  const open = (event: FailureTimelineEvent, parts: Partial<Row> = {}): number => {
    const isFirstOfStep = rows.at(-1)?.step !== event.step;
    rows.push({ step: event.step, isFirstOfStep, band: undefined, switched: undefined, ...parts });
    rowCall = event.call ?? undefined;
    return rows.length - 1;
  };
  for (const event of events) {
    const isWrong = event.index === wrong;
    if (event.type === 'log') continue;
    if (event.lane !== null && event.call !== null && !cards.has(event.call)) {
      const switched = lane === undefined || lane === event.lane ? undefined : { from: lane, to: event.lane };
      lane = event.lane;
      cards.set(event.call, newCard(event, event.call, event.lane, open(event, { switched })));
    }
    const card = event.call === null ? undefined : cards.get(event.call);
    if (card === undefined) {
      open(event, { band: { row: rows.length, text: event.text, isWrong } });
      continue;
    }
    if (event.type === 'invoke') {
      card.isWrong ||= isWrong;
      continue;
    }
    const row = rowCall === card.call ? rows.length - 1 : open(event);
    addTo(card, event, row, isWrong);
  }
  for (const card of cards.values()) if (card.kind === 'open') card.lastRow = Math.max(0, rows.length - 1);
  return { rows, cards: [...cards.values()], lanes: assignTracks([...cards.values()]) };
}

function newCard(event: FailureTimelineEvent, call: number, lane: number, row: number): Card {
  const operation = event.operation ?? 'call';
  return {
    call,
    lane,
    track: 0,
    operation,
    firstRow: row,
    lastRow: row,
    marks: [],
    kind: 'open',
    outcome: 'no answer',
    answer: 'no answer was recorded',
    isWrong: false,
  };
}

function addTo(card: Card, event: FailureTimelineEvent, row: number, isWrong: boolean): void {
  card.lastRow = Math.max(card.lastRow, row);
  card.isWrong ||= isWrong;
  const isEnd = event.type in KINDS;
  // The foot of the card shows the answer, so that row needs no mark.
  const marked = card.marks.findIndex((mark) => mark.row === row);
  if (isEnd && marked >= 0) card.marks.splice(marked, 1);
  else if (!isEnd && row > card.firstRow && marked < 0) {
    card.marks.push({ row, text: event.type === 'message' ? 'continues' : 'executed', isWrong });
  }
  if (!isEnd) return;
  card.kind = event.isReject ? 'reject' : KINDS[event.type as keyof typeof KINDS];
  card.outcome = event.outcome ?? (event.type === 'skipped' ? 'skipped' : 'outcome unknown');
  card.answer = event.text;
}

/** Assigns to each card the first track of its lane that is free in its first row. */
function assignTracks(cards: readonly Card[]): TimelineLayout['lanes'] {
  const lanes = new Map<number, number[]>();
  for (const card of cards) {
    const lastRows = lanes.get(card.lane) ?? [];
    lanes.set(card.lane, lastRows);
    const free = lastRows.findIndex((lastRow) => lastRow < card.firstRow);
    card.track = free < 0 ? lastRows.length : free;
    lastRows[card.track] = card.lastRow;
  }
  return [...lanes]
    .map(([lane, tracks]) => ({ lane, tracks: tracks.length }))
    .sort((a, b) => a.lane - b.lane);
}
