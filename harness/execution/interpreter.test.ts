import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { contentOf } from '../../model/content.js';
import type { Ability } from '../../replicas/replica.js';
import type { Operation, Schedule } from '../../model/schedule.js';
import type { Target } from '../../targets/target.js';
import type { History } from '../history/history.js';
import { CUT_SHORT, UNANSWERED } from './in-flight.js';
import { Interrupted } from './stop-signal.js';
import { FakeReplica, fakeTarget, type FakeReplicaOptions } from '../testing/fake-replica.js';
import { begin, call, drain, file, finish, put, read, schedule, wholeUpload } from '../testing/schedules.js';
import { ScheduleRunner } from './schedule-runner.js';

const wasm = new Uint8Array();
function runner(options: FakeReplicaOptions = {}) {
  return new ScheduleRunner({ replica: new FakeReplica(options), target: fakeTarget, wasm });
}
const run = (plan: Schedule, options: FakeReplicaOptions = {}) => runner(options).run(plan);

/** `invoke begin`, `ok put`, `message finish_step`, … */
function lines({ events }: History): string[] {
  return events.map((event) => {
    if ('operation' in event) return `${event.type} ${event.operation.op}`;
    if (event.type === 'message') return `message ${event.method}`;
    return event.type;
  });
}
const results = ({ events }: History) => events.flatMap((event) => ('result' in event ? [event.result] : []));
const ROUNDS: readonly Ability[] = ['snapshot', 'time'];

describe('the interpreter', () => {
  it('runs an upload whose finish takes several messages and reads it back', async () => {
    const history = await run(schedule(wholeUpload));
    expect(lines(history)).toEqual([
      'metrics',
      ...['invoke begin', 'delivered begin', 'ok begin'],
      ...[0, 1, 2].flatMap(() => ['invoke put', 'delivered put', 'ok put']),
      ...['invoke finish', 'delivered finish', 'message finish_step', 'ok finish', 'metrics'],
      ...['invoke read', 'ok read'],
      'metrics',
    ]);
    const content = contentOf(file(290));
    const sha256 = createHash('sha256').update(content.slice(0, 290)).digest('hex');
    expect(results(history).at(-1)).toEqual({ kind: 'blob', size: '290', sha256 });
    expect(history.events.map(({ index }) => index)).toEqual(history.events.map((_, index) => index));
  });

  it('records the step of each event', async () => {
    const history = await run(schedule(wholeUpload));
    const finished = history.events.find((event) => event.type === 'ok' && event.operation.op === 'finish');
    expect(finished?.step).toBe(5);
    expect(history.events[0]?.step).toBe(-1);
    expect(history.events.at(-1)?.step).toBe(wholeUpload.length);
  });

  it('holds calls and delivers them in the order of the schedule', async () => {
    const steps = [
      call(begin('A')),
      call(put('A', 0), 0, true),
      call(put('A', 1), 1, true),
      { do: 'deliver', pick: 1 } as const,
    ];
    const history = await run(schedule(steps));
    const puts = history.events.flatMap((event) =>
      event.type === 'delivered' && event.operation.op === 'put' ? [[event.operation.index, event.step]] : [],
    );
    // The second at its `deliver` step, the first at the end.
    expect(puts).toEqual([
      [1, 3],
      [0, 4],
    ]);
  });

  it('ignores a deliver step if nothing is in flight', async () => {
    expect(lines(await run(schedule([{ do: 'deliver', pick: 3 }])))).toEqual(['metrics', 'metrics']);
  });

  it('skips operations that cannot be issued and records the reason', async () => {
    const history = await run(
      schedule([call(put('A', 0)), call(begin('A')), call(read('A')), call({ op: 'abort', session: 'B' })]),
    );
    const skipped = history.events.flatMap((event) => (event.type === 'skipped' ? [event.reason] : []));
    expect(skipped).toEqual([
      'session A was not begun',
      'no finish of session A has answered a blob',
      'session B was not begun',
    ]);
  });

  it('sends wrong data, wrong hashes, and calls by strangers', async () => {
    const steps = [
      call(begin('A')),
      call({ op: 'put', session: 'A', index: 0, data: { kind: 'short' } }),
      call({ ...put('A', 0), by: 1 } as never),
      ...[0, 1, 2].map((index) => call(put('A', index))),
      call({ op: 'put', session: 'A', index: 1, data: { kind: 'flipped', at: 3 } }),
      call({ op: 'finish', session: 'A', hash: 'flipped', lengthOff: 0 }),
      drain,
      call({ op: 'finish', session: 'A', hash: 'right', lengthOff: 1 }),
    ];
    const errors = results(await run(schedule(steps, { callers: 2 }))).flatMap((result) =>
      result.kind === 'error' ? [result.error] : [],
    );
    expect(errors).toEqual([
      'InvalidArgument',
      'Unauthorized',
      'Conflict',
      'ChecksumMismatch',
      'InvalidArgument',
    ]);
  });

  it('tries the chunks of a file whose metadata is refused to a stranger', async () => {
    const guarded = (files: readonly string[]): Target => ({
      ...fakeTarget,
      decode: (request, outcome, answered) =>
        files.includes(request.op)
          ? { kind: 'error', error: 'Unauthorized' }
          : fakeTarget.decode(request, outcome, answered),
    });
    const byStranger: Operation = { op: 'read', session: 'A', by: 1 };
    const answerOf = async (target: Target, operation: Operation) => {
      const replica = new FakeReplica({ bug: 'owner-not-checked' });
      const steps = [...wholeUpload.slice(0, -1), call(operation)];
      return results(
        await new ScheduleRunner({ replica, target, wasm }).run(schedule(steps, { callers: 2 })),
      ).at(-1);
    };
    const sha256 = Buffer.from(contentOf(file(290)).sha256()).toString('hex');
    const bytes = { kind: 'blob', size: '290', sha256, metaRefused: true };
    const refusal = { kind: 'error', error: 'Unauthorized' };
    const { shape, promises } = fakeTarget;
    const byRange: Target = { ...guarded(['readMeta']), shape: { ...shape, read: 'range' } };
    const free = { ...promises, access: { ...promises.access, read: 'anyone' } } as const;
    expect(await answerOf(guarded(['readMeta']), byStranger)).toEqual(bytes);
    expect(await answerOf(byRange, byStranger)).toEqual(bytes);
    expect(await answerOf(guarded(['readMeta', 'readChunk']), byStranger)).toEqual(refusal);
    expect(await answerOf({ ...guarded(['readMeta']), promises: free }, byStranger)).toEqual(refusal);
    expect(await answerOf(guarded(['readMeta']), read('A'))).toEqual(refusal);
  });

  it('records an unknown outcome for a call that an upgrade cuts short', async () => {
    const steps = [
      ...wholeUpload.slice(0, 5),
      { do: 'upgrade' } as const,
      drain,
      call(finish('A')),
      drain,
      call(read('A')),
    ];
    const history = await run(schedule(steps));
    const info = history.events.find((event) => event.type === 'info');
    expect(info?.type === 'info' && info.reason).toContain(CUT_SHORT);
    expect(results(history).at(-1)).toMatchObject({ kind: 'blob', size: '290' });
    const metrics = history.events.flatMap((event) => (event.type === 'metrics' ? [event.at] : []));
    expect(metrics).toEqual(['start', 'before upgrade', 'after upgrade', 'after finish', 'end']);
  });

  it('records a call that never returns', async () => {
    for (const abilities of [undefined, ROUNDS]) {
      const history = await run(schedule(wholeUpload), { losesSteps: true, ...(abilities && { abilities }) });
      const info = history.events.flatMap((event) => (event.type === 'info' ? [event.reason] : []));
      expect(info).toEqual([expect.stringContaining(UNANSWERED)]);
    }
  });

  it('advances the time of the replica and of the events', async () => {
    const history = await run(
      schedule([call(begin('A')), { do: 'advance', seconds: 86_400 }, call({ op: 'status', session: 'A' })]),
    );
    expect(results(history).at(-1)).toMatchObject({ kind: 'status', state: 'Failed' });
    const [before, after] = [history.events[0]!, history.events.at(-1)!].map(({ timeNs }) => BigInt(timeNs));
    expect(after! - before!).toBeGreaterThanOrEqual(86_400_000_000_000n);
  });

  it('delivers held calls together in one round if the replica chooses the order', async () => {
    const steps = [
      call(begin('A')),
      call(put('A', 0), 0, true),
      call(put('A', 1), 1, true),
      call(put('A', 2)),
    ];
    const history = await run(schedule(steps), { abilities: ROUNDS });
    expect(lines(history).slice(2)).toEqual([
      'invoke put',
      'invoke put',
      'invoke put',
      'ok put',
      'ok put',
      'ok put',
    ]);
  });

  it('stops between steps on a stop signal', async () => {
    await expect(runner().run(schedule(wholeUpload), { aborted: true })).rejects.toThrow(Interrupted);
  });
});

describe('the schedule runner', () => {
  it('gives the same trace for the same schedule, regardless of earlier runs', async () => {
    const one = schedule(wholeUpload);
    const other = schedule(wholeUpload.slice(0, 3), { limits: { chunkSize: 64 } });
    const shared = runner();
    const first = (await shared.run(one)).traceHash;
    await shared.run(other);
    expect((await shared.run(one)).traceHash).toBe(first);
    expect((await runner().run(one)).traceHash).toBe(first);
    const alone = (await runner().run(other)).traceHash;
    expect((await shared.run(other)).traceHash).toBe(alone);
    expect(alone).not.toBe(first);
  });

  it('uses a new canister for each schedule on a replica without snapshots', async () => {
    const shared = runner({ abilities: ['delivery-order', 'time'] });
    for (let i = 0; i < 2; i++)
      expect(results(await shared.run(schedule(wholeUpload))).at(-1)).toMatchObject({ kind: 'blob' });
  });

  it('reports in one line that the canister cannot be installed', async () => {
    const replica = new FakeReplica();
    replica.install = async () => ({
      kind: 'reject',
      code: 5,
      errorCode: 'IC0503',
      text: 'trapped\nat: somewhere',
    });
    const broken = new ScheduleRunner({ replica, target: fakeTarget, wasm });
    await expect(broken.run(schedule([]))).rejects.toThrow(
      /^the canister cannot be installed: IC0503 trapped$/,
    );
  });
});
