import { describe, expect, it } from 'vitest';
import type { Schedule, Step } from '../../model/schedule.js';
import { uploadTarget } from '../../targets/upload.js';
import { describeOperation } from '../../model/operations.js';
import { begin, call, drain, file, finish, put, schedule } from '../testing/schedules.js';
import { runReference } from '../testing/run-reference.js';
import { executionOf, isSerial, type Execution } from './execution.js';
import { serialForm, serialSteps, type SerialTarget } from './serialize.js';

const target: SerialTarget = { ...uploadTarget, defaultChunkSize: 100 };

function executed(one: Schedule): Execution {
  return executionOf(one, runReference(one, { isOrdered: true }), 100);
}
function textsOf(steps: readonly Step[] = []): readonly string[] {
  return steps.flatMap((step) => {
    if (step.do === 'drain') return [];
    return [step.do === 'call' ? describeOperation(step.operation) : step.do];
  });
}

describe('the serial form of a schedule', () => {
  it('has the calls in the order in which they took effect', () => {
    const held = schedule([
      call(begin('A')),
      call(put('A', 0), 0, true),
      call(put('A', 1)),
      { do: 'deliver', pick: 0 },
      call(put('A', 2)),
    ]);
    expect(textsOf(serialSteps(executed(held))).slice(1)).toEqual(['put A[1]', 'put A[0]', 'put A[2]']);
  });

  it('ends each call before the next one', () => {
    const form = serialForm(
      executed(schedule([call(begin('A')), call(put('A', 0), 0, true), call(finish('A'))])),
      target,
    );
    expect(form?.steps.filter((step) => step.do === 'call' && step.hold === true)).toEqual([]);
    expect(isSerial(executed(form ?? schedule([])))).toBe(true);
  });

  it('keeps upgrades and pauses between the calls that they separate', () => {
    const steps = [
      call(begin('A')),
      { do: 'upgrade' } as const,
      call(put('A', 0)),
      { do: 'advance', seconds: 5 } as const,
    ];
    expect(textsOf(serialSteps(executed(schedule(steps))))).toEqual([
      'begin A (file 0, caller 0, key "key-A")',
      'upgrade',
      'put A[0]',
      'advance',
    ]);
  });

  it('completes every upload', () => {
    const form = serialForm(executed(schedule([call(begin('A')), call(put('A', 1))])), target);
    expect(textsOf(form?.steps).slice(2)).toEqual([
      'status A',
      'resume A',
      'put A[0]',
      'put A[1]',
      'put A[2]',
      'finish A',
      'read A',
    ]);
  });

  it('sends only the missing chunks, in order, where chunks are appended', () => {
    const appending = { ...target, shape: { ...target.shape, address: 'append' } } as const;
    const form = serialForm(executed(schedule([call(begin('A')), call(put('A', 0))])), appending);
    expect(textsOf(form?.steps).filter((text) => text.startsWith('put'))).toEqual([
      'put A[0]',
      'put A[1]',
      'put A[2]',
    ]);
  });

  it('omits operations that the target does not have', () => {
    const small = { ...target, operations: new Set(['begin', 'put', 'finish'] as const) };
    const form = serialForm(executed(schedule([call(begin('A'))])), small);
    expect(textsOf(form?.steps).slice(1)).toEqual(['put A[0]', 'put A[1]', 'put A[2]', 'finish A']);
  });

  it('reads a finished upload and leaves an aborted one as it is', () => {
    const steps = [
      call(begin('A')),
      ...[0, 1, 2].map((index) => call(put('A', index))),
      call(finish('A')),
      drain,
      call(begin('B')),
      call({ op: 'abort', session: 'B' }),
    ];
    const form = serialForm(executed(schedule(steps)), target);
    expect(textsOf(form?.steps).slice(7)).toEqual(['status A', 'read A', 'status B']);
  });

  it('does not exist for schedules with many bytes', () => {
    const large = schedule([call(begin('A')), ...[0, 1].map((index) => call(put('A', index)))], {
      files: [file(20_000_000, 1)],
      limits: { chunkSize: 10_000_000 },
    });
    expect(serialForm(executed(large), target)).toBeUndefined();
  });
});
