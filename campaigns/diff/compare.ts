/** The first thing in which two runs of one schedule differ. */
import { describeOperation } from '../../model/operations.js';
import { canonicalJson } from '../../harness/history/canonical-json.js';
import type { History, HistoryEvent } from '../../harness/history/history.js';
import { judge } from '../../harness/judgement/judge.js';
import { resultText } from '../../model/explain.js';
import type { Schedule } from '../../model/schedule.js';
import type { Target } from '../../targets/target.js';
import type { Observation } from './lockstep-replica.js';

/** One side's run. */
export interface SideRun {
  readonly history: History;
  readonly observations: readonly Observation[];
  /** At the end; undefined where a side cannot tell. */
  readonly stableMemory: Uint8Array | undefined;
}

export type Aspect =
  | 'outcome'
  | 'read'
  | 'upgrade'
  | 'log'
  | 'heap size'
  | 'stable size'
  | 'instructions'
  | 'stable memory'
  /** One side tells more than the other. */
  | 'course';

export interface Difference {
  readonly aspect: Aspect;
  /** Index of the schedule's step; −1 for set-up, the number of steps for the end. */
  readonly step: number;
  /** The operation, or what else the step is. */
  readonly what: string;
  readonly a: string;
  readonly b: string;
  /** What the model expects there. */
  readonly expected: string;
}

interface Place {
  readonly aspect: Aspect;
  readonly step: number;
  readonly what: string;
  readonly a: string;
  readonly b: string;
  /** Position in the History, for the judgement. */
  readonly event: number | undefined;
}

/** Undefined if there is none. */
export function firstDifference(
  schedule: Schedule,
  target: Pick<Target, 'rules' | 'defaultChunkSize'>,
  a: SideRun,
  b: SideRun,
): Difference | undefined {
  const places = [inEvents(a, b), inObservations(a, b), inStableMemory(schedule, a, b)];
  const [first] = places
    .filter((place): place is Place => place !== undefined)
    // Sorting is stable: in one step an answer tells more than a size.
    .sort((left, right) => left.step - right.step);
  if (first === undefined) return undefined;
  const { event, ...place } = first;
  return { ...place, expected: expectation(schedule, target, a, b, event) };
}

function inEvents(a: SideRun, b: SideRun): Place | undefined {
  const length = Math.max(a.history.events.length, b.history.events.length);
  for (let event = 0; event < length; event++) {
    const left = a.history.events[event];
    const right = b.history.events[event];
    if (left !== undefined && right !== undefined && canonicalJson(left) === canonicalJson(right)) continue;
    const at = left ?? right!;
    return {
      aspect: aspectOf(left, right),
      step: at.step,
      what: whatIs(at),
      a: textOf(left),
      b: textOf(right),
      event,
    };
  }
  return undefined;
}

function aspectOf(left: HistoryEvent | undefined, right: HistoryEvent | undefined): Aspect {
  const isEnd = (event: HistoryEvent | undefined) => event?.type === 'ok' || event?.type === 'fail';
  if (isEnd(left) && isEnd(right)) {
    return (left as { operation: { op: string } }).operation.op === 'read' ? 'read' : 'outcome';
  }
  if (left?.type !== right?.type) return 'course';
  if (left?.type === 'upgraded' || left?.type === 'restarted') return 'upgrade';
  if (left?.type === 'log') return 'log';
  if (left?.type === 'metrics' && right?.type === 'metrics') {
    if (left.heapBytes !== right.heapBytes) return 'heap size';
    if (left.stableBytes !== right.stableBytes) return 'stable size';
  }
  return 'course';
}

function whatIs(event: HistoryEvent): string {
  if ('operation' in event) return describeOperation(event.operation);
  return event.type === 'metrics' ? `metrics ${event.at}` : event.type;
}

function textOf(event: HistoryEvent | undefined): string {
  if (event === undefined) return 'nothing more';
  switch (event.type) {
    case 'ok':
    case 'fail':
      return resultText(event.result);
    case 'info':
      return `unknown: ${event.reason}`;
    case 'skipped':
      return `skipped: ${event.reason}`;
    case 'upgraded':
      return event.failure ?? 'upgraded';
    case 'restarted':
      return event.failure ?? 'restarted';
    case 'log':
      return event.text;
    case 'metrics':
      return `heap ${event.heapBytes} B, stable memory ${event.stableBytes} B`;
    default:
      return event.type;
  }
}

function inObservations(a: SideRun, b: SideRun): Place | undefined {
  for (const [position, left] of a.observations.entries()) {
    const right = b.observations[position];
    // Where the courses part, the events say so.
    if (right === undefined || right.timeNs !== left.timeNs) return undefined;
    const found = sizes(left, right);
    if (found === undefined) continue;
    const event = a.history.events.find(({ timeNs }) => BigInt(timeNs) >= BigInt(left.timeNs));
    const at = event ?? a.history.events.at(-1);
    return {
      ...found,
      step: at?.step ?? -1,
      what: at === undefined ? 'set-up' : whatIs(at),
      event: undefined,
    };
  }
  return undefined;
}

function sizes(left: Observation, right: Observation): Pick<Place, 'aspect' | 'a' | 'b'> | undefined {
  const fields = [
    ['heap size', left.heapBytes, right.heapBytes, ' B'],
    ['stable size', left.stableBytes, right.stableBytes, ' B'],
    ['instructions', left.instructions, right.instructions, ' instructions so far'],
  ] as const;
  const found = fields.find(([, one, other]) => one !== undefined && other !== undefined && one !== other);
  if (found === undefined) return undefined;
  const [aspect, one, other, unit] = found;
  return { aspect, a: `${one}${unit}`, b: `${other}${unit}` };
}

const SHOWN_BYTES = 16;

function inStableMemory({ steps }: Schedule, a: SideRun, b: SideRun): Place | undefined {
  const [left, right] = [a.stableMemory, b.stableMemory];
  if (left === undefined || right === undefined || Buffer.compare(left, right) === 0) return undefined;
  const length = Math.min(left.length, right.length);
  let at = 0;
  while (at < length && left[at] === right[at]) at++;
  const show = (bytes: Uint8Array) =>
    `${bytes.length} B, from ${at} on ${Buffer.from(bytes.subarray(at, at + SHOWN_BYTES)).toString('hex')}`;
  const place = { step: steps.length, what: 'the end', event: undefined };
  return { ...place, aspect: 'stable memory', a: show(left), b: show(right) };
}

/** What the model says about the two, and what it expects where one of them is wrong. */
function expectation(
  schedule: Schedule,
  target: Pick<Target, 'rules' | 'defaultChunkSize'>,
  a: SideRun,
  b: SideRun,
  event: number | undefined,
): string {
  const [left, right] = [a, b].map(({ history }) => {
    const verdict = judge(history, schedule, target);
    if (verdict.kind !== 'invalid') return undefined;
    const here = verdict.violations.filter((violation) => violation.event === event);
    // The rule that says most about the answer.
    return here.find(({ checker }) => checker === 'outcome') ?? here[0] ?? verdict.violations[0];
  });
  if (left === undefined && right === undefined) return 'the model allows both';
  if (left !== undefined && right !== undefined) return `${left.expected} (neither is as specified)`;
  return `${(left ?? right)!.expected} (${left === undefined ? 'a' : 'b'} is as specified)`;
}
