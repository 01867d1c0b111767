import { expect, it } from 'vitest';
import type { Schedule } from '../../model/schedule.js';
import { contextSwitches, describeSchedule, operationCount } from './describe-schedule.js';

const schedule: Schedule = {
  version: 1,
  limits: {},
  callers: 2,
  files: [{ name: 'a', bytes: 3, content: { kind: 'zero' } }],
  steps: [
    {
      do: 'call',
      lane: 0,
      operation: { op: 'begin', session: 'A', file: 0, caller: 0, key: 'k', chunksOff: -1 },
    },
    {
      do: 'call',
      lane: 1,
      operation: { op: 'put', session: 'A', index: 2, data: { kind: 'flipped', at: 7 }, by: 1 },
      hold: true,
    },
    { do: 'advance', seconds: 60 },
    { do: 'call', lane: 1, operation: { op: 'finish', session: 'A', hash: 'short', lengthOff: 1 } },
    { do: 'call', lane: 0, operation: { op: 'read', session: 'A' } },
  ],
};

it('describes each step and its unusual arguments', () => {
  expect(describeSchedule(schedule)).toEqual([
    '1  lane 0: begin A (file "a" of 3 B, caller 0, key "k", chunks -1)',
    '2  lane 1: put A[2] with byte 7 flipped by caller 1 (held)',
    '3  let 60 s pass',
    '4  lane 1: finish A with hash short with length +1',
    '5  lane 0: read A',
  ]);
});

it('leaves out keys if the interface has none', () => {
  expect(describeSchedule(schedule, { keys: false })[0]).toBe(
    '1  lane 0: begin A (file "a" of 3 B, caller 0, chunks -1)',
  );
});

it('adds the index of a file if another file has the same name', () => {
  const files = [...schedule.files, { name: 'a', bytes: 5, content: { kind: 'zero' } } as const];
  expect(describeSchedule({ ...schedule, files })[0]).toContain('(file 0, "a" of 3 B, ');
});

it('shortens a long name', () => {
  const files = [{ name: 'x'.repeat(100), bytes: 3, content: { kind: 'zero' } } as const];
  expect(describeSchedule({ ...schedule, files })[0]).toContain(`(file "${'x'.repeat(60)}…" of 3 B, `);
});

it('counts calls and changes of lane', () => {
  expect(operationCount(schedule)).toBe(4);
  expect(contextSwitches(schedule)).toBe(2);
});
