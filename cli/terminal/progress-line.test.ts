import pc from 'picocolors';
import { expect, it } from 'vitest';
import { progressLine } from './progress-line.js';

const operations = {
  ...{ put: 23_456, begin: 5_678, finish: 4_567, read: 3_456, cleanup: 1_234, listMemories: 567 },
  ...{ readMemory: 456, deleteMemory: 345, status: 234 },
};
const progress = { runs: 1_999, elapsedMs: 60_000, schedulesPerSecond: 166, operations, findings: 1 };
const goal = { runsMax: 2_000, budgetMs: undefined, colors: pc.createColors(false) };

it('the progress line shows rate, findings, and time left, and fits 80 columns', () => {
  const line = progressLine(
    { ...progress, shrinking: undefined } as Parameters<typeof progressLine>[0],
    goal,
  );
  expect(line).toBe('1999 of 2000 schedules | 166/s | 1 found | 1 s left | put 23456 begin 5678 …');
  expect(line.length).toBeLessThanOrEqual(80);
});
