/** A stop and a start in the middle of things: on the engine with the upload canister, and on a replica that runs in rounds. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Schedule } from '../../model/schedule.js';
import { createEmbeddedReplica } from '../../replicas/embedded/embedded-replica.js';
import { uploadTarget } from '../../targets/upload.js';
import type { History } from '../history/history.js';
import { judge } from '../judgement/judge.js';
import { FakeReplica, fakeTarget } from '../testing/fake-replica.js';
import { begin, call, file, finish, put, schedule } from '../testing/schedules.js';
import { ScheduleRunner } from './schedule-runner.js';

function moduleOf(name: string) {
  return Uint8Array.from(readFileSync(new URL(`../../canister/wasm/${name}.wasm`, import.meta.url)));
}

/** A finish of several messages is under way and a put waits when the canister is stopped. */
const interrupted: Schedule = schedule(
  [
    ...[begin('A'), put('A', 2), put('A', 1), put('A', 0), begin('B', 1)].map((one) => call(one)),
    call(finish('A')),
    call(put('B', 0), 1, true),
    { do: 'restart' },
    call({ op: 'status', session: 'A' }),
    call({ op: 'list', caller: 0 }),
  ],
  {
    files: [file(2_900), file(500)],
    limits: { chunkSize: 1_000, hashBytesPerCall: 64 },
    epilogue: { chunksMax: 5 },
  },
);

function answers({ events }: History): string[] {
  return events.flatMap((event) => {
    if (event.type === 'stopping' || event.type === 'restarted') return [event.type];
    if (event.type !== 'ok' && event.type !== 'fail') return [];
    const { operation, result } = event;
    const answer =
      result.kind === 'status'
        ? result.state
        : result.kind === 'error'
          ? result.error
          : result.kind === 'rejected'
            ? result.errorCode
            : result.kind;
    return [`${operation.op}: ${answer}`];
  });
}

async function onEngine(module = 'upload', fault?: string) {
  const replica = createEmbeddedReplica();
  const history = await new ScheduleRunner({
    replica,
    target: uploadTarget,
    wasm: moduleOf(module),
    fault,
  }).run(interrupted);
  await replica.dispose();
  return { history, verdict: judge(history, interrupted, uploadTarget) };
}

describe('a restart', () => {
  it('rejects calls that have not begun, cuts a finish short, and keeps sessions unchanged', async () => {
    const { history, verdict } = await onEngine();
    const seen = answers(history);
    const from = seen.indexOf('stopping');
    expect(seen.slice(from, from + 6)).toEqual([
      'stopping',
      ...['put: IC0509', 'finish: Internal'],
      'restarted',
      ...['status: Uploading', 'sessions'].map((text) => (text === 'sessions' ? 'list: sessions' : text)),
    ]);
    expect(verdict).toEqual({ kind: 'valid' });
    expect(seen.filter((text) => text === 'finish: finished')).toHaveLength(2);
  });

  it('has the same trace on every run', async () => {
    const [one, other] = [await onEngine(), await onEngine()];
    expect(one.history.traceHash).toBe(other.history.traceHash);
  });

  it('violates a rule of its own if it leaves a finish stuck', async () => {
    const { verdict } = await onEngine('upload-faults', 'finish-stuck-after-interruption');
    const violations = verdict.kind === 'invalid' ? verdict.violations : [];
    expect(violations.find(({ checker }) => checker === 'survives-upgrade')).toMatchObject({
      rule: 'sessions, chunks, blobs, keys and counters survive a restart at any point',
      seen: expect.stringMatching(/^status A: Finishing/) as string,
    });
  });

  it('works on a replica that runs in rounds', async () => {
    const replica = new FakeReplica({ abilities: ['snapshot', 'time', 'stop'] });
    const history = await new ScheduleRunner({ replica, target: fakeTarget, wasm: new Uint8Array() }).run(
      interrupted,
    );
    expect(answers(history)).toContain('restarted');
    expect(judge(history, interrupted, fakeTarget)).toEqual({ kind: 'valid' });
  });

  it('fails with one line on a replica that cannot stop canisters', async () => {
    const replica = new FakeReplica({ abilities: ['snapshot', 'time'] });
    const run = new ScheduleRunner({ replica, target: fakeTarget, wasm: new Uint8Array() }).run(interrupted);
    await expect(run).rejects.toThrow('schedule: it stops the canister, which replica fake does not support');
  });

  it('of a canister that never stops is a violation', async () => {
    const replica = new FakeReplica({ losesSteps: true });
    const runner = new ScheduleRunner({ replica, target: fakeTarget, wasm: new Uint8Array() });
    const one = schedule([call(begin('A')), { do: 'restart' }]);
    expect(judge(await runner.run(one), one, fakeTarget)).toEqual({ kind: 'valid' });
    const stuck = { ...one, steps: [...interrupted.steps.slice(0, 6), { do: 'restart' } as const] };
    const { files, limits } = interrupted;
    const history = await runner.run({ ...stuck, files, limits });
    const verdict = judge(history, { ...stuck, files, limits }, fakeTarget);
    expect(verdict.kind === 'invalid' && verdict.violations.map(({ seen }) => seen)).toContainEqual(
      expect.stringMatching(/^it does not stop/),
    );
  });
});

describe('the port of the embedded engine', () => {
  it('stops a canister once its open calls have ended, rejects calls in between, and starts it again', async () => {
    const replica = createEmbeddedReplica();
    const canister = await replica.createCanister();
    await replica.install({
      canister,
      mode: 'install',
      wasm: moduleOf('upload'),
      arg: uploadTarget.encodeInitArg({}),
    });
    const config = uploadTarget.encode({ op: 'config' });
    const query = () =>
      replica.query({ canister, method: config.method, arg: config.arg, caller: '2vxsx-fae' });
    expect((await query()).kind).toBe('reply');
    const stop = await replica.stop(canister);
    if (stop.kind !== 'accepted') throw new Error('not accepted');
    expect(await replica.poll(stop.id)).toMatchObject({ kind: 'reply' });
    expect(await query()).toMatchObject({ kind: 'reject', errorCode: 'IC0508' });
    const begun = uploadTarget.prepareCaller!('2vxsx-fae');
    const submission = await replica.submit({
      canister,
      method: begun.method,
      arg: begun.arg,
      caller: '2vxsx-fae',
    });
    expect(submission).toMatchObject({ kind: 'refused', reject: { errorCode: 'IC0508' } });
    expect(await replica.start(canister)).toMatchObject({ kind: 'reply' });
    expect((await query()).kind).toBe('reply');
  });
});
