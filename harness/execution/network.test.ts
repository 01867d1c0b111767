/** Conditions of the network in runs on the engine: losses, outages, and several subnets. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import target from '../../examples/index-and-buckets/target.js';
import type { Schedule, Step } from '../../model/schedule.js';
import { createEmbeddedReplica } from '../../replicas/embedded/embedded-replica.js';
import type { History } from '../history/history.js';
import { FakeReplica, fakeTarget } from '../testing/fake-replica.js';
import { begin, call, drain, file, finish, schedule } from '../testing/schedules.js';
import { ScheduleRunner } from './schedule-runner.js';

const path = new URL('../../examples/index-and-buckets/wasm/index-and-buckets.wasm.gz', import.meta.url);
const wasm = new Uint8Array(readFileSync(path));
const replica = createEmbeddedReplica();
const runner = new ScheduleRunner({ replica, target, wasm });

function run(steps: readonly Step[], more: Partial<Schedule> = {}): Promise<History> {
  return runner.run(schedule(steps, { files: [file(0)], ...more }));
}

function answersOf({ events }: History): readonly string[] {
  return events.flatMap((event) => {
    if (event.type !== 'ok' && event.type !== 'fail') return [];
    const { result } = event;
    return [result.kind === 'error' ? `${result.error} ${result.text ?? ''}` : result.kind];
  });
}

function outage(condition: 'stopped' | 'frozen' | 'out of cycles', canister?: string): Step {
  return {
    do: 'outage',
    condition,
    ...(canister === undefined ? {} : { canister }),
  };
}

describe('an outage', () => {
  it.each([
    ['stopped', 'IC0508'],
    ['frozen', 'IC0207'],
    ['out of cycles', 'IC0207'],
  ] as const)('lets no call reach a canister that is %s', async (condition, code) => {
    const { events } = await run([
      outage(condition),
      call(begin('A')),
      { do: 'recover' },
      call(begin('B')),
      drain,
    ]);
    const failed = events.find((event) => event.type === 'fail');
    expect(failed?.result).toMatchObject({ kind: 'rejected', errorCode: code });
    expect(events.flatMap((event) => (event.type === 'ok' ? [event.operation.op] : []))).toEqual(['begin']);
  });

  it('of one bucket leaves the other one', async () => {
    const history = await run([outage('stopped', 'bucket/0'), call(begin('A')), drain]);
    expect(answersOf(history)).toEqual(['begun']);
    expect(history.events.map(({ type }) => type).filter((type) => type !== 'message')).toContain(
      'recovered',
    );
  });

  it('of both buckets is reported to the client', async () => {
    const history = await run([
      outage('frozen', 'bucket/0'),
      outage('frozen', 'bucket/1'),
      call(begin('A')),
      drain,
    ]);
    expect(answersOf(history)[0]).toMatch(/^Unavailable .*out of cycles/);
  });

  it('ends before the epilogue', async () => {
    const epilogue = { chunksMax: 4, readsFinished: true } as const;
    const history = await run([call(begin('A')), drain, outage('out of cycles')], { epilogue });
    expect(answersOf(history)).toEqual(['begun', 'status', 'finished', 'blob', 'files', 'usage']);
  });
});

describe('a loss', () => {
  it('of both answers to a commit leaves the outcome unknown, and a repeated finish finds out', async () => {
    const deliver: Step = { do: 'deliver', pick: 0 };
    const lose: Step = { do: 'lose', pick: 0 };
    const steps = [call(begin('A')), drain, call(finish('A')), deliver, lose, deliver, deliver, lose, drain];
    const history = await run([...steps, call(finish('A')), drain]);
    expect(answersOf(history)).toEqual(['begun', expect.stringMatching(/^OutcomeUnknown/), 'finished']);
    expect(history.events.filter(({ type }) => type === 'lost')).toHaveLength(2);
  });

  it('does nothing if no message may be lost', async () => {
    const history = await run([{ do: 'lose', pick: 0 }, call(begin('A')), drain]);
    expect(answersOf(history)).toEqual(['begun']);
  });
});

describe('canisters on subnets of their own', () => {
  it('have ids of different ranges, and upload a file', async () => {
    const steps = [call(begin('A')), drain, call(finish('A')), drain];
    const [together, apart] = [await run(steps), await run(steps, { subnets: 'apart' })];
    expect(answersOf(apart)).toEqual(answersOf(together));
    const bucketOf = ({ events }: History) =>
      events.flatMap((event) =>
        event.type === 'ok' && event.result.kind === 'begun' ? [event.result.sessionId] : [],
      );
    expect(bucketOf(apart)).not.toEqual(bucketOf(together));
  });

  it('do not change the runs after them', async () => {
    const steps = [call(begin('A')), drain];
    const before = await run(steps);
    await run(steps, { subnets: 'apart' });
    expect((await run(steps)).traceHash).toBe(before.traceHash);
  });
});

describe('a replica without conditions of the network', () => {
  it.each([
    ['it loses a message', [{ do: 'lose', pick: 0 }], {}],
    ['it has a canister that is frozen', [outage('frozen')], {}],
    ['its canisters are on several subnets', [], { subnets: 'apart' }],
  ] as const)('refuses a schedule because %s', async (what, steps, more) => {
    const other = new ScheduleRunner({ replica: new FakeReplica(), target: fakeTarget, wasm });
    await expect(other.run(schedule(steps, more))).rejects.toThrow(`schedule: ${what}`);
  });
});
