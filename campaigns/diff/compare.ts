/** Finds the first difference between two runs of the same schedule. */
import { canonicalJson } from '../../harness/history/canonical-json.js';
import type { History, HistoryEvent } from '../../harness/history/history.js';
import { judge } from '../../harness/judgement/judge.js';
import { resultText } from '../../model/explain.js';
import { describeOperation } from '../../model/operations.js';
import { viaOf, type Schedule } from '../../model/schedule.js';
import type { JudgedTarget } from '../../harness/judgement/applicable-rules.js';
import type { Observation } from './lockstep-replica.js';

/** The run on one replica. */
export interface SideRun {
  readonly history: History;
  readonly observations: readonly Observation[];
  /** Times of the rounds, in order. */
  readonly roundTimesNs: readonly bigint[];
  /** Stable memories of the canisters at the end; none if the replica cannot read them. */
  readonly stableMemories: readonly Uint8Array[];
}

export type Aspect =
  /** Only the time of the event differs. */
  | 'time'
  | 'outcome'
  | 'read'
  | 'upgrade'
  | 'log'
  | 'heap size'
  | 'stable size'
  | 'instructions'
  | 'stable memory'
  /** The events themselves differ, not only their content. Files keep this name. */
  | 'course';

export interface Difference {
  readonly aspect: Aspect;
  /** Index of the step; −1 during set-up, the number of steps at the end. */
  readonly step: number;
  /** The operation, or another description of the event. */
  readonly what: string;
  /** The operation without its arguments, or the kind of event. */
  readonly kind: string;
  /** The first field of the event that differs, for example `result.value.size`. */
  readonly field: string;
  /** Number of the call of the operation, from 0 on; undefined if the event belongs to no call. */
  readonly call: number | undefined;
  /** Number of rounds before the event on the first replica, the set-up included; undefined at the end. */
  readonly round: number | undefined;
  readonly a: string;
  readonly b: string;
  /** The model's expectation for this event. */
  readonly expected: string;
}

interface LocatedDifference extends Omit<Difference, 'expected' | 'round'> {
  /** Index of the event in the history. */
  readonly event: number | undefined;
  readonly timeNs: string | undefined;
}

/** Undefined if the runs are equal. */
export function firstDifference(
  schedule: Schedule,
  target: JudgedTarget,
  a: SideRun,
  b: SideRun,
): Difference | undefined {
  const differences = [inEvents(a, b), inObservations(a, b), inStableMemories(schedule, a, b)];
  const [first] = differences
    .filter((difference): difference is LocatedDifference => difference !== undefined)
    // The sort is stable: within a step, an event is more informative than a size.
    .sort((left, right) => left.step - right.step);
  if (first === undefined) return undefined;
  const { event, timeNs, ...difference } = first;
  const round = timeNs === undefined ? undefined : roundsUntil(a.roundTimesNs, BigInt(timeNs));
  return { ...difference, round, expected: expectation(schedule, target, a, b, event) };
}

function roundsUntil(timesNs: readonly bigint[], timeNs: bigint): number {
  return timesNs.filter((time) => time <= timeNs).length;
}

function inEvents(a: SideRun, b: SideRun): LocatedDifference | undefined {
  const length = Math.max(a.history.events.length, b.history.events.length);
  for (let event = 0; event < length; event++) {
    const left = a.history.events[event];
    const right = b.history.events[event];
    if (left !== undefined && right !== undefined && canonicalJson(left) === canonicalJson(right)) continue;
    const field = firstField(left, right);
    const isTime = field === 'timeNs';
    return {
      ...placeOf(left ?? right),
      aspect: isTime ? 'time' : aspectOf(left, right),
      field,
      a: isTime ? `${left?.timeNs} ns` : textOf(left),
      b: isTime ? `${right?.timeNs} ns` : textOf(right),
      event,
    };
  }
  return undefined;
}

type Place = Pick<LocatedDifference, 'step' | 'what' | 'kind' | 'call' | 'timeNs'>;

function placeOf(event: HistoryEvent | undefined): Place {
  return {
    step: event?.step ?? -1,
    what: event === undefined ? 'set-up' : describeEvent(event),
    kind: event === undefined ? 'set-up' : 'operation' in event ? event.operation.op : event.type,
    call: event !== undefined && 'call' in event ? event.call : undefined,
    timeNs: event?.timeNs,
  };
}

/** The fields that say least, so that they are named only if no other differs. */
const LEAST_TELLING = ['type', 'replyBytes', 'timeNs'];

/** Path of the most telling field in which two values differ. Empty if one of them is missing. */
function firstField(left: unknown, right: unknown): string {
  const rank = (field: string) => LEAST_TELLING.indexOf(field);
  const [first = ''] = [...fieldsThatDiffer(left, right, '')].sort((one, other) => rank(one) - rank(other));
  return first;
}

function fieldsThatDiffer(left: unknown, right: unknown, path: string): readonly string[] {
  if (!isObject(left) || !isObject(right)) return canonicalJson(left) === canonicalJson(right) ? [] : [path];
  const names = [...new Set([...Object.keys(left), ...Object.keys(right)])].sort();
  return names.flatMap((name) =>
    fieldsThatDiffer(left[name], right[name], path === '' ? name : `${path}.${name}`),
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function aspectOf(left: HistoryEvent | undefined, right: HistoryEvent | undefined): Aspect {
  if (left === undefined || right === undefined) return 'course';
  if (isResult(left) && isResult(right)) return left.operation.op === 'read' ? 'read' : 'outcome';
  if (left.type !== right.type) return 'course';
  if (left.type === 'upgraded' || left.type === 'restarted') return 'upgrade';
  if (left.type === 'log') return 'log';
  if (left.type === 'metrics' && right.type === 'metrics') {
    if (left.heapBytes !== right.heapBytes) return 'heap size';
    if (left.stableBytes !== right.stableBytes) return 'stable size';
  }
  return 'course';
}

function isResult(event: HistoryEvent): event is Extract<HistoryEvent, { readonly type: 'ok' | 'fail' }> {
  return event.type === 'ok' || event.type === 'fail';
}

function describeEvent(event: HistoryEvent): string {
  if ('operation' in event) return describeOperation(event.operation);
  return event.type === 'metrics' ? `metrics ${event.at}` : event.type;
}

function textOf(event: HistoryEvent | undefined): string {
  if (event === undefined) return 'no more events';
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

function inObservations(a: SideRun, b: SideRun): LocatedDifference | undefined {
  for (const [position, left] of a.observations.entries()) {
    const right = b.observations[position];
    // From here on the events differ, and `inEvents` reports that.
    if (right?.timeNs !== left.timeNs) return undefined;
    const found = sizes(left, right);
    if (found === undefined) continue;
    const event = a.history.events.find(({ timeNs }) => BigInt(timeNs) >= BigInt(left.timeNs));
    const at = event ?? a.history.events.at(-1);
    return { ...placeOf(at), ...found, field: found.aspect, event: undefined };
  }
  return undefined;
}

function sizes(
  left: Observation,
  right: Observation,
): Pick<LocatedDifference, 'aspect' | 'a' | 'b'> | undefined {
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

function inStableMemories({ steps }: Schedule, a: SideRun, b: SideRun): LocatedDifference | undefined {
  // An upload over HTTP stores random bytes, which depend on the number of rounds before.
  if (steps.some((step) => step.do === 'call' && viaOf(step.operation) !== undefined)) return undefined;
  for (const [canister, left] of a.stableMemories.entries()) {
    const right = b.stableMemories[canister];
    if (right === undefined || Buffer.compare(left, right) === 0) continue;
    return inStableMemory(steps.length, canister, left, right);
  }
  return undefined;
}

function inStableMemory(
  step: number,
  canister: number,
  left: Uint8Array,
  right: Uint8Array,
): LocatedDifference {
  const length = Math.min(left.length, right.length);
  let at = 0;
  while (at < length && left[at] === right[at]) at++;
  const show = (bytes: Uint8Array) =>
    `${bytes.length} B, from offset ${at}: ${Buffer.from(bytes.subarray(at, at + SHOWN_BYTES)).toString('hex')}`;
  return {
    aspect: 'stable memory',
    step,
    what: 'the end',
    kind: 'the end',
    field: `stable memory of canister ${canister + 1}`,
    call: undefined,
    a: show(left),
    b: show(right),
    event: undefined,
    timeNs: undefined,
  };
}

/** The model's judgement of both runs, and its expectation if one of them is wrong. */
function expectation(
  schedule: Schedule,
  target: JudgedTarget,
  a: SideRun,
  b: SideRun,
  event: number | undefined,
): string {
  const [left, right] = [a, b].map(({ history }) => {
    const verdict = judge(history, schedule, target);
    if (verdict.kind !== 'invalid') return undefined;
    const here = verdict.violations.filter((violation) => violation.event === event);
    // The checker `outcome` explains a wrong result best.
    return here.find(({ checker }) => checker === 'outcome') ?? here[0] ?? verdict.violations[0];
  });
  if (left === undefined) {
    return right === undefined ? 'the model allows both' : `${right.expected} (a meets the specification)`;
  }
  return `${left.expected} (${right === undefined ? 'b meets' : 'neither meets'} the specification)`;
}
