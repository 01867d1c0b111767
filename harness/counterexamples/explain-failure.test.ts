/** A failure in words, on the engine with a seeded fault: two finishes under way share one slot for the expected hash. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { createEmbeddedReplica } from '../../replicas/embedded/embedded-replica.js';
import { uploadTarget } from '../../targets/upload.js';
import { describeCounterexample } from './describe-schedule.js';
import { explainFailure } from './explain-failure.js';
import type { History } from '../history/history.js';
import { judge } from '../judgement/judge.js';
import { pointBefore } from './point-in-history.js';
import { begin, call, file, finish, put, schedule } from '../testing/schedules.js';
import type { Violation } from '../evidence/verdict.js';
import { ScheduleRunner } from '../execution/schedule-runner.js';

const wasm = Uint8Array.from(
  readFileSync(new URL('../../canister/wasm/upload-faults.wasm', import.meta.url)),
);
const twoFinishes = schedule(
  [
    ...[begin('A'), put('A', 0), finish('A')].map((operation) => call(operation)),
    ...[begin('B', 1), put('B', 0), finish('B')].map((operation) => call(operation, 1)),
  ],
  { files: [file(250, 1, 'a'), file(251, 2, 'b')], limits: { chunkSize: 256, hashBytesPerCall: 64 } },
);

let history: History;
let violation: Violation;
beforeAll(async () => {
  const fault = 'shared-finish-slot';
  const runner = new ScheduleRunner({ replica: createEmbeddedReplica(), target: uploadTarget, wasm, fault });
  history = await runner.run(twoFinishes);
  const verdict = judge(history, twoFinishes, uploadTarget);
  if (verdict.kind !== 'invalid') throw new Error('the fault was not found');
  [violation] = verdict.violations;
});

describe('the explanation of a failure', () => {
  it('lists the calls of each lane and marks the first wrong event', () => {
    const { lanes, environment, firstWrong } = explainFailure(history, violation, twoFinishes, uploadTarget);
    expect(lanes.map(({ lane, lines }) => [lane, lines.length])).toEqual([
      [0, 3],
      [1, 3],
    ]);
    expect(lanes[0]!.lines[1]).toBe('in step 2: put A[0]: Ok');
    expect(lanes[0]!.lines[2]).toMatch(
      /^in step 3, answered after the last step: finish A: ChecksumMismatch .* <- the first wrong event$/,
    );
    expect(lanes.flatMap(({ lines }) => lines).filter((line) => line.includes('<-'))).toHaveLength(1);
    expect(environment).toEqual([]);
    expect(firstWrong).toMatch(/^event \d+, after the last step: finish A: ChecksumMismatch/);
  });

  it('contains the log and the sessions before the failure', () => {
    const { context } = explainFailure(history, violation, twoFinishes, uploadTarget);
    expect(context.sessions.map(({ labels, state }) => [...labels, state])).toEqual([
      ['A', 'Finishing'],
      ['B', 'Finishing'],
    ]);
    expect(context.logs.map(({ text }) => text.split(' ')[0])).toContain('FINISH_HASH_BAD');
    expect(context.rejects).toEqual([]);
  });

  it('names the steps that begin while calls are in flight', () => {
    const { context } = explainFailure(history, violation, twoFinishes, uploadTarget);
    const lines = describeCounterexample({ schedule: twoFinishes, context });
    expect(lines.slice(2)).toEqual([
      '3  lane 0: finish A',
      expect.stringMatching(/^4 {2}lane 1: begin B \(.*\), while step 3 is in flight$/),
      '5  lane 1: put B[0], while step 3 is in flight',
      '6  lane 1: finish B, while step 3 is in flight',
    ]);
  });

  it('marks nothing in a run without a failure', () => {
    const { lanes, firstWrong } = explainFailure(history, undefined, twoFinishes, uploadTarget);
    expect(firstWrong).toBeUndefined();
    expect(lanes.flatMap(({ lines }) => lines).filter((line) => line.includes('<-'))).toEqual([]);
  });
});

describe('the point before a step', () => {
  const before = (step: number) => pointBefore(history, step, twoFinishes, uploadTarget);

  it('is empty at the start', () => {
    expect(before(0)).toMatchObject({ sessions: [], inFlight: [], logs: [] });
  });

  it('contains the sessions and the calls in flight', () => {
    expect(before(2)).toMatchObject({
      sessions: [{ labels: ['A'], state: 'Uploading', missing: 'nothing' }],
    });
    expect(before(2).inFlight).toEqual([]);
    const { sessions, inFlight, logs } = before(4);
    expect(sessions.map(({ state }) => state)).toEqual(['Finishing', 'Initiated']);
    expect(inFlight).toEqual([{ lane: 0, operation: 'finish A', phase: 'running' }]);
    expect(logs.at(-1)).toMatch(/^BEGIN_OK sid=2/);
    expect(before(6).inFlight.map(({ operation }) => operation)).toEqual(['finish A', 'finish B']);
  });
});
