/**
 * Calls that were in flight at once must get answers that some order of the same calls, one after another, gives too. The canister
 * itself answers in that order. A canister may refuse a call while another one on the same upload is in progress, so calls that were
 * rejected then are left out. So are reads during other calls. If there are too many orders to try them all, nothing is concluded.
 */
import { isWrite, type ShownParts } from '../../model/operations.js';
import type { Schedule, Step } from '../../model/schedule.js';
import { sessionOf, type CallRecord } from '../history/calls.js';
import { isOutcomeUnknown } from '../history/rejects.js';
import { shownParts } from '../evidence/shown-parts.js';
import type { JudgedTarget } from '../judgement/applicable-rules.js';
import { firstDifference, type Difference } from './compare.js';
import { effectOf, executionOf, isAccepted, type Execution } from './execution.js';
import { groupsOf } from './groups.js';
import { atMost, clustersOf, combinations, ordersOf, type Span } from './orders.js';
import { recordsOf, type Breach, type Relation } from './relation.js';
import { alone, laneOf } from './serialize.js';
import { rejectedBegins } from './rejected-begins.js';
import { callsText } from './words.js';

/** A write that must have its place in an order. */
interface Write extends Span {
  readonly record: CallRecord;
}

/** A group of dependent calls, some of which were in flight with other calls. */
interface Candidates {
  readonly calls: ReadonlySet<number>;
  /** The calls that were in flight at once, of this group and of others. */
  readonly concurrent: readonly CallRecord[];
  /** The orders to try: for each, the writes of the group. */
  readonly orders: readonly (readonly Write[])[];
}

/** Orders of one group, and so executions of one base. */
const ORDERS_MAX = 24;

export const serializability: Relation = {
  name: 'serializability',
  rule: 'concurrent calls get the answers of some order of the same calls, one after another',
  requires: 'that calls are atomic',
  isMet: ({ promises }) => promises.calls === 'atomic',
  needs: ['delivery-order'],
  base: 'as it is',
  async check(base, context) {
    if (!isDecidable(base) || hasOpenList(base, context.target)) return undefined;
    const groups = dependentCalls(base, context.target);
    const writes = writesOf(base, groups);
    const open = candidatesOf(writes, groups);
    const first = new Map<Candidates, Omit<Breach, 'words'>>();
    for (let round = 0; open.size > 0; round++) {
      const order = arrange(
        writes,
        [...open].map(({ orders }) => orders[round] ?? []),
      );
      const serial = serialOrder(base, order);
      const variant = executionOf(
        serial.schedule,
        await context.run(serial.schedule),
        context.target.defaultChunkSize,
      );
      for (const group of open) {
        const difference = differenceIn(group, base, variant, serial.counterparts);
        if (difference === undefined || isLimited(difference, { base, variant }, context.target)) {
          open.delete(group);
          continue;
        }
        const breach = first.get(group) ?? { difference, variant, counterparts: serial.counterparts };
        first.set(group, breach);
        if (round + 1 >= group.orders.length)
          return { ...breach, words: wordsOf(group, shownParts(base.schedule, context.target)) };
      }
    }
    return undefined;
  },
};

/** Whether the effect of every write is known, and nothing but calls happens while a write is in flight. */
function isDecidable(base: Execution): boolean {
  const writes = recordsOf(base).filter(({ operation }) => isWrite(operation.op));
  if (writes.some(hasUnknownEffect)) return false;
  const environment = base.history.events.filter(
    ({ type }) => type === 'advanced' || type === 'upgraded' || type === 'stopping' || type === 'restarted',
  );
  if (environment.some(({ index }) => writes.some((write) => write.invoked < index && index < endOf(write))))
    return false;
  // In another order, a label that is bound twice would mean another session.
  const bound = writes.flatMap(({ operation, outcome }) =>
    operation.op === 'begin' && outcome === 'ok' ? [operation.session] : [],
  );
  return new Set(bound).size === bound.length;
}

function hasUnknownEffect({ outcome, result }: CallRecord): boolean {
  return (
    outcome === 'info' || outcome === 'open' || result?.kind === 'undecodable' || isOutcomeUnknown(result)
  );
}

/**
 * Whether a finish that lists chunks was in flight together with a put of its upload. Its list was fixed when it was issued; in another
 * order it would be another list.
 */
function hasOpenList(base: Execution, { shape }: JudgedTarget): boolean {
  if (shape.finish !== 'list') return false;
  const records = recordsOf(base);
  const puts = records.filter(({ operation }) => operation.op === 'put');
  return records.some(
    (finish) =>
      finish.operation.op === 'finish' &&
      puts.some(
        (put) =>
          sessionOf(put) === sessionOf(finish) && put.invoked < endOf(finish) && finish.invoked < endOf(put),
      ),
  );
}

function endOf({ ended, invoked }: CallRecord): number {
  return ended ?? invoked;
}

/** The numbers of calls that may affect each other. */
function dependentCalls(base: Execution, target: JudgedTarget): readonly ReadonlySet<number>[] {
  if (target.promises.uploads !== 'independent') return [new Set(recordsOf(base).map(({ call }) => call))];
  return groupsOf(base, target).map(({ calls }) => new Set(calls));
}

/** The accepted writes, and the writes that were rejected while none that they depend on was in flight. */
function writesOf(base: Execution, groups: readonly ReadonlySet<number>[]): readonly Write[] {
  const all = recordsOf(base)
    .filter(({ operation }) => isWrite(operation.op))
    .toSorted((a, b) => effectOf(a) - effectOf(b))
    .map((record) => ({ record, call: record.call, invoked: record.invoked, ended: endOf(record) }));
  return all.filter((write) => {
    if (isAccepted(write.record)) return true;
    const group = groups.find((calls) => calls.has(write.call));
    return group !== undefined && !all.some((other) => group.has(other.call) && overlap(write, other));
  });
}

function candidatesOf(writes: readonly Write[], groups: readonly ReadonlySet<number>[]): Set<Candidates> {
  return new Set(
    groups.flatMap((calls): readonly Candidates[] => {
      const own = writes.filter(({ call }) => calls.has(call));
      const concurrent = writes.filter((write) => own.some((one) => overlap(one, write)));
      if (concurrent.length === 0) return [];
      const choices = clustersOf(own).map((cluster) => atMost(ordersOf(byEffect(cluster)), ORDERS_MAX));
      if (choices.some((one) => one === undefined)) return [];
      const known = choices.flatMap((one) => (one === undefined ? [] : [one]));
      const orders = atMost(combinations(known), ORDERS_MAX);
      if (orders === undefined) return [];
      const flat = orders.map((order) => order.flat());
      return [{ calls, concurrent: concurrent.map(({ record }) => record), orders: flat }];
    }),
  );
}

function overlap(a: Span, b: Span): boolean {
  return a.call !== b.call && a.invoked < b.ended && b.invoked < a.ended;
}

/** So that the first order is the one in which the calls took effect. */
function byEffect(cluster: readonly Write[]): readonly Write[] {
  return cluster.toSorted((a, b) => effectOf(a.record) - effectOf(b.record));
}

/** All writes, those of the given orders in these orders, at the places that they have together. */
function arrange(writes: readonly Write[], orders: readonly (readonly Write[])[]): readonly Write[] {
  const next = new Map(orders.flatMap((order) => order.map(({ call }) => [call, order.values()] as const)));
  const shared = new Map<readonly Write[], IterableIterator<Write>>();
  for (const order of orders) {
    const iterator = order.values();
    shared.set(order, iterator);
    for (const { call } of order) next.set(call, iterator);
  }
  return writes.map((write) => next.get(write.call)?.next().value ?? write);
}

interface SerialOrder {
  readonly schedule: Schedule;
  readonly counterparts: ReadonlyMap<number, number>;
}

/** The writes in this order, with the steps and reads that were between them while none was in flight. */
function serialOrder({ schedule, history, ...base }: Execution, writes: readonly Write[]): SerialOrder {
  const all = recordsOf({ schedule, history, ...base });
  const busy = all.filter(({ operation }) => isWrite(operation.op));
  const isQuiet = ({ invoked }: CallRecord) =>
    !busy.some((write) => write.invoked < invoked && invoked < endOf(write));
  const places = writes.map(({ invoked }) => invoked).sort((a, b) => a - b);
  const entries: { readonly at: number; readonly steps: readonly Step[]; readonly call?: number }[] = [];
  const add = (at: number, record: CallRecord) =>
    entries.push({
      at,
      steps: alone(laneOf(history.events[record.invoked]), record.operation),
      call: record.call,
    });
  writes.forEach(({ record }, index) => add(places[index] ?? 0, record));
  for (const record of all) if (!isWrite(record.operation.op) && isQuiet(record)) add(record.invoked, record);
  for (const event of history.events) {
    if (event.type !== 'advanced' && event.type !== 'upgraded' && event.type !== 'stopping') continue;
    const step = schedule.steps[event.step];
    if (step !== undefined) entries.push({ at: event.index, steps: [step, { do: 'drain' }] });
  }
  entries.sort((a, b) => a.at - b.at);
  const calls = entries.flatMap(({ call }) => call ?? []);
  const { epilogue: _, ...rest } = schedule;
  return {
    schedule: { ...rest, steps: entries.flatMap(({ steps }) => steps) },
    counterparts: new Map(calls.map((call, index) => [index, call])),
  };
}

function differenceIn(
  { calls }: Candidates,
  base: Execution,
  variant: Execution,
  counterparts: ReadonlyMap<number, number>,
): Difference | undefined {
  return firstDifference(base, variant, { counterparts, isCompared: ({ call }) => calls.has(call) });
}

/** Whether a limit may be the reason: in another order, another upload may be the one that exceeds it. */
function isLimited(
  { base, variant }: Difference,
  executions: { readonly base: Execution; readonly variant: Execution },
  { shape }: JudgedTarget,
): boolean {
  if (shape.begin === 'explicit') return base.operation.op === 'begin';
  return (
    rejectedBegins(executions.base, shape).includes(base) ||
    rejectedBegins(executions.variant, shape).includes(variant)
  );
}

function wordsOf({ concurrent, orders }: Candidates, shown: ShownParts): Breach['words'] {
  const inOrder = orders.length === 1 ? '' : `, in any of ${orders.length} orders`;
  return {
    right: 'variant',
    rightText: `with ${callsText(concurrent, shown)} one after another${inOrder}`,
    wrongText: 'with these calls in flight at once',
    cause: 'with calls in flight at once',
  };
}
