/** What comes after the schedule: on a replica that is told the order of messages and on one that runs in rounds, and on the engine. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Schedule } from '../../model/schedule.js';
import type { Ability } from '../../replicas/replica.js';
import { createEmbeddedReplica } from '../../replicas/embedded/embedded-replica.js';
import { uploadTarget } from '../../targets/upload.js';
import { shrink } from '../../campaigns/campaign/campaign-shrink.js';
import { contextOf } from '../counterexamples/counterexample-context.js';
import { epilogueOperations } from './epilogue.js';
import { explainFailure } from '../counterexamples/explain-failure.js';
import type { History } from '../history/history.js';
import { judge } from '../judgement/judge.js';
import { FakeReplica, fakeTarget, type FakeReplicaOptions } from '../testing/fake-replica.js';
import { begin, call, file, finish, put, schedule } from '../testing/schedules.js';
import { ScheduleRunner } from './schedule-runner.js';

const ROUNDS: readonly Ability[] = ['snapshot', 'time'];
function benchOf(options: FakeReplicaOptions) {
  return new ScheduleRunner({
    replica: new FakeReplica(options),
    target: fakeTarget,
    wasm: new Uint8Array(),
  });
}

/** One paused with a gap, one nothing was sent of, one aborted, one finished, one with other bytes than its file's. */
const left: Schedule = schedule(
  [
    ...[begin('A'), put('A', 2), { op: 'pause', session: 'A' } as const].map((operation) => call(operation)),
    call(begin('B', 1), 1),
    ...[begin('C', 1), { op: 'abort', session: 'C' } as const].map((operation) => call(operation, 2)),
    ...[begin('D', 1), put('D', 0), finish('D')].map((operation) => call(operation, 3)),
    call(begin('E', 1), 4),
    call({ op: 'put', session: 'E', index: 0, data: { kind: 'flipped', at: 5 } }, 4),
  ],
  { files: [file(290), file(100)], epilogue: { chunksMax: 2 } },
);

/** `finish A: finished`, of what was asked after the schedule. */
function epilogueOf({ events }: History): string[] {
  const from = events.findIndex(({ type }) => type === 'epilogue');
  return events.slice(from).flatMap((event) => {
    if (event.type !== 'ok' && event.type !== 'fail') return [];
    const { operation, result } = event;
    const session = 'session' in operation ? operation.session : '';
    const answer =
      result.kind === 'status' ? result.state : result.kind === 'error' ? result.error : result.kind;
    return [`${operation.op} ${session}: ${answer}`];
  });
}

const WANTED = [
  ...[
    'status A: Paused',
    'resume A: done',
    'put A: done',
    'put A: done',
    'finish A: finished',
    'read A: blob',
  ],
  ...['status B: Initiated', 'put B: done', 'finish B: finished', 'read B: blob'],
  ...['status C: Cancelled', 'status D: Completed'],
  ...['status E: Uploading', 'finish E: ChecksumMismatch', 'abort E: done'],
];

describe('the epilogue', () => {
  it.each([
    ['told the order of messages', {}],
    ['run in rounds', { abilities: ROUNDS }],
  ])('finishes what may be finished on a replica that is %s', async (_title, options) => {
    const history = await benchOf(options).run(left);
    expect(epilogueOf(history)).toEqual(WANTED);
    expect(judge(history, left, fakeTarget)).toEqual({ kind: 'valid' });
    expect((await benchOf(options).run(left)).traceHash).toBe(history.traceHash);
  });

  it('finishes uploads of the upload canister on the embedded engine', async () => {
    const wasm = Uint8Array.from(readFileSync(new URL('../../canister/wasm/upload.wasm', import.meta.url)));
    const replica = createEmbeddedReplica();
    const history = await new ScheduleRunner({ replica, target: uploadTarget, wasm }).run(left);
    expect(epilogueOf(history)).toEqual(WANTED);
    expect(judge(history, left, uploadTarget)).toEqual({ kind: 'valid' });
    await replica.dispose();
  });

  it('only queries the status of a session that lacks too many chunks', async () => {
    const history = await benchOf({}).run({ ...left, epilogue: { chunksMax: 0 } });
    expect(epilogueOf(history)).toEqual([
      ...['status A: Paused', 'status B: Initiated', 'status C: Cancelled', 'status D: Completed'],
      ...['status E: Uploading', 'finish E: ChecksumMismatch', 'abort E: done'],
    ]);
  });

  it('only queries the status of a session whose hash takes too many messages', async () => {
    const long = schedule([call(begin('A', 1))], {
      files: [file(10), file(64_064)],
      limits: { chunkSize: 100_000, hashBytesPerCall: 64 },
      epilogue: { chunksMax: 2 },
    });
    expect(epilogueOf(await benchOf({}).run(long))).toEqual(['status A: Initiated']);
    const shorter = { ...long, files: [file(10), file(64_000)] };
    expect(epilogueOf(await benchOf({}).run(shorter))).toContain('finish A: finished');
  });

  it('is absent if the schedule has none', async () => {
    const { epilogue: _, ...plain } = left;
    const { events } = await benchOf({}).run(plain);
    expect(events.some(({ type }) => type === 'epilogue')).toBe(false);
  });

  it('sends no more chunks than the file has, even if the status reports more as missing', () => {
    const session = {
      label: 'A',
      lane: 0,
      chunks: 3,
      chunkSize: 1,
      hashSteps: 0,
      acknowledged: new Set<number>(),
      isFinished: false,
      isAborted: false,
    };
    const by = { hasStatus: true, inOrder: false, finishes: true, audits: [] };
    const calls = epilogueOperations([session], { chunksMax: 10 }, by);
    calls.next();
    const status = {
      kind: 'status',
      state: 'Uploading',
      bytesReceived: '0',
      chunksReceived: 0,
      chunkSize: '1',
    } as const;
    const issued = [calls.next({ ...status, missing: [{ start: 1, end: 4_000_000_000 }] })];
    while (issued.at(-1)?.done !== true) issued.push(calls.next({ kind: 'done' }));
    const operations = issued.flatMap(({ value }) => (value ? [value.operation.op] : []));
    expect(operations).toEqual(['put', 'put', 'finish', 'abort']);
  });
});

describe('a counterexample of the epilogue', () => {
  it('keeps the epilogue while it shrinks, and describes the calls of the epilogue', async () => {
    const runner = benchOf({ bug: 'resume-refused' });
    const history = await runner.run(left);
    const verdict = judge(history, left, fakeTarget);
    if (verdict.kind !== 'invalid') throw new Error('the bug was not found');
    const [violation] = verdict.violations;
    expect(violation.checker).toBe('liveness');
    const found = { schedule: left, history, violation, violations: verdict.violations };
    const shrunk = await shrink(found, { runner });
    expect(shrunk).toMatchObject({ isMinimal: true, schedule: { epilogue: { chunksMax: 2 } } });
    const operations = shrunk.schedule.steps.map((step) =>
      step.do === 'call' ? step.operation.op : step.do,
    );
    expect(operations).toEqual(['begin', 'put', 'pause']);
    const context = contextOf(shrunk.history, shrunk.violation, shrunk.schedule, fakeTarget);
    expect(context.epilogue?.at(-1)).toMatch(/^after the schedule: resume A: InvalidState/);
    const told = explainFailure(shrunk.history, shrunk.violation, shrunk.schedule, fakeTarget);
    const marked = told.lanes[0]?.lines.find((line) => line.includes('<-'));
    expect(marked).toMatch(/^after the schedule: resume A: .*<- the first wrong event$/);
    expect(told.firstWrong).toMatch(/^event \d+, after the schedule: resume A/);
  });

  it('loses the epilogue if the steps alone show the failure', async () => {
    const runner = benchOf({ bug: 'put-while-paused' });
    const steps = [...left.steps.slice(0, 3), call(put('A', 0))];
    const one = { ...left, steps };
    const history = await runner.run(one);
    const verdict = judge(history, one, fakeTarget);
    if (verdict.kind !== 'invalid') throw new Error('the bug was not found');
    const found = {
      schedule: one,
      history,
      violation: verdict.violations[0],
      violations: verdict.violations,
    };
    const shrunk = await shrink(found, { runner });
    expect(shrunk.schedule.epilogue).toBeUndefined();
  });
});
