import { describe, expect, it } from 'vitest';
import type { Operation } from '../../model/operations.js';
import type { Schedule } from '../../model/schedule.js';
import { answering, type Answers } from '../testing/answering.js';
import {
  FILES,
  HistoryBuilder,
  LIMITS,
  begin,
  begun,
  begunA,
  done,
  failed,
  finish,
  finished,
  on,
  put,
  status,
  targetOf,
} from '../testing/history-builder.js';
import { call, schedule } from '../testing/schedules.js';
import { executionOf } from './execution.js';
import { serializability } from './serializability.js';

const ATOMIC = targetOf({}, { calls: 'atomic' });

/** Checks the relation on a history of these operations, on a canister that gives these answers one after another. */
async function checked(
  built: HistoryBuilder,
  operations: readonly Operation[],
  answers: Answers,
  target = ATOMIC,
) {
  const steps = operations.map((operation) => call(operation));
  const base = executionOf(schedule(steps, { limits: LIMITS, files: FILES }), built.history, 100);
  const orders: (readonly Operation[])[] = [];
  const run = async (serial: Schedule) => {
    orders.push(serial.steps.flatMap((step) => (step.do === 'call' ? [step.operation] : [])));
    return answering(serial, answers);
  };
  return { breach: await serializability.check(base, { target, run }), orders };
}

/** A begin, then a put and a finish in flight at once; the put is delivered first. The finish returns this file. */
function concurrent(file: number): HistoryBuilder {
  const built = begunA();
  const [first, second] = [built.start(put('A', 0)), built.start(finish('A'))];
  return built.deliver(first).deliver(second).end(first, done).end(second, finished(1, file));
}
const OPERATIONS = [begin('A'), put('A', 0), finish('A')];

/** The finish returns file 0 if it comes after a put, and else file 1. */
const byOrder: Answers = ({ op }, earlier) => {
  if (op === 'begin') return begun('1');
  if (op === 'put') return done;
  return finished(1, earlier.some((operation) => operation.op === 'put') ? 0 : 1);
};
/** The finish returns file 2 in any order. */
const byNoOrder: Answers = (operation) =>
  operation.op === 'finish' ? finished(1, 2) : byOrder(operation, []);

describe('the serializability of concurrent calls', () => {
  it('tries the order in which the calls took effect first', async () => {
    const { breach, orders } = await checked(concurrent(0), OPERATIONS, byOrder);
    expect(breach).toBeUndefined();
    expect(orders).toEqual([OPERATIONS]);
  });

  it('accepts the answers of another order', async () => {
    const { breach, orders } = await checked(concurrent(1), OPERATIONS, byOrder);
    expect(breach).toBeUndefined();
    expect(orders).toEqual([OPERATIONS, [begin('A'), finish('A'), put('A', 0)]]);
  });

  it('reports answers of no order, with those of the first one', async () => {
    const { breach, orders } = await checked(concurrent(0), OPERATIONS, byNoOrder);
    expect(orders).toHaveLength(2);
    expect(breach).toMatchObject({
      difference: {
        base: { operation: finish('A') },
        variant: { operation: finish('A'), call: 2 },
        baseKind: 'finished with one size',
      },
      words: {
        right: 'variant',
        rightText: 'with put A[0], finish A one after another, in any of 2 orders',
        wrongText: 'with these calls in flight at once',
        cause: 'with calls in flight at once',
      },
    });
    expect(breach?.variant.schedule.steps.length).toBeGreaterThan(0);
    expect([...(breach?.counterparts ?? [])]).toEqual([
      [0, 0],
      [1, 1],
      [2, 2],
    ]);
  });

  it('tries all six orders of three calls before it reports', async () => {
    const built = begunA();
    const calls = [put('A', 0), put('A', 1), finish('A')].map((operation) => built.start(operation));
    for (const one of calls) built.deliver(one);
    for (const [index, one] of calls.entries()) built.end(one, index === 2 ? finished(1) : done);
    const { breach, orders } = await checked(
      built,
      [begin('A'), put('A', 0), put('A', 1), finish('A')],
      byNoOrder,
    );
    expect(breach?.words.rightText).toContain('in any of 6 orders');
    expect(new Set(orders.map((order) => JSON.stringify(order)))).toHaveProperty('size', 6);
  });

  it('judges nothing if no calls are in flight at once', async () => {
    const serial = begunA().call(put('A', 0), done).call(finish('A'), finished(1));
    const { breach, orders } = await checked(serial, OPERATIONS, byNoOrder);
    expect(breach).toBeUndefined();
    expect(orders).toEqual([]);
  });

  it('judges nothing if the effect of a write is unknown, and judges beside a read whose answer is lost', async () => {
    const lost = (operation: Operation) => {
      const built = concurrent(0);
      return checked(built.lose(built.start(operation)), [...OPERATIONS, operation], (one, earlier) =>
        one.op === 'status' ? status('Uploading', 0) : byNoOrder(one, earlier),
      );
    };
    expect((await lost(put('A', 1))).breach).toBeUndefined();
    expect((await lost(on('status', 'A'))).breach).toBeDefined();
  });

  it('judges nothing if time passes while a write is in flight', async () => {
    const built = begunA();
    const [first, second] = [built.start(put('A', 0)), built.start(finish('A'))];
    built.deliver(first).advance(10).deliver(second).end(first, done).end(second, finished(1));
    expect((await checked(built, OPERATIONS, byNoOrder)).breach).toBeUndefined();
  });

  it('accepts that another begin reaches a limit in another order', async () => {
    const built = new HistoryBuilder();
    const operations = [begin('A'), begin('B', { key: 'A' })];
    const calls = operations.map((operation) => built.start(operation));
    for (const one of calls) built.deliver(one);
    for (const [index, one] of calls.entries()) built.end(one, begun(String(index)));
    const { breach, orders } = await checked(built, operations, () => begun('1'));
    expect(orders).toHaveLength(1);
    expect(breach).toBeUndefined();
  });

  it('accepts that a put begins no upload in another order, and reports a later put that is rejected', async () => {
    const byPut = targetOf({ session: 'key', begin: 'implied' }, { calls: 'atomic' });
    const operations = [begin('A'), put('A', 0), put('A', 1)];
    const rejecting = (place: number) => {
      const built = new HistoryBuilder().call(begin('A'), begun('A'));
      const calls = [put('A', 0), put('A', 1)].map((operation) => built.start(operation));
      for (const one of calls) built.deliver(one);
      for (const one of calls) built.end(one, done);
      const answers: Answers = ({ op }, earlier) => {
        if (op === 'begin') return begun('A');
        return earlier.length === place ? failed('ResourceExhausted') : done;
      };
      return checked(built, operations, answers, byPut);
    };
    expect((await rejecting(1)).breach).toBeUndefined();
    expect((await rejecting(2)).breach?.difference).toMatchObject({ variantKind: 'ResourceExhausted' });
  });

  it('judges each upload by its own orders', async () => {
    const built = begunA().call(begin('B'), begun('2'));
    const inFlight = [put('A', 0), finish('A'), put('B', 0), finish('B')];
    const calls = inFlight.map((operation) => built.start(operation));
    for (const one of calls) built.deliver(one);
    const answers = [done, finished(1, 1), done, finished(2, 0)];
    for (const [index, one] of calls.entries()) built.end(one, answers[index] ?? done);
    const { breach } = await checked(built, [begin('A'), begin('B'), ...inFlight], (operation, earlier) => {
      if (operation.op === 'begin') return begun(operation.session === 'A' ? '1' : '2');
      if (operation.op === 'put') return done;
      // Upload A gets the answers of another order, and upload B of none.
      if ('session' in operation && operation.session === 'B') return finished(2, 2);
      return finished(1, earlier.some((one) => one.op === 'put' && one.session === 'A') ? 0 : 1);
    });
    expect(breach?.difference.base.operation).toEqual(finish('B'));
  });
});
