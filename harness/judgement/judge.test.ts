/** The judge against an independent implementation of the canister: silent on the right one, loud on each of its bugs. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Schedule, Step } from '../../model/schedule.js';
import type { History } from '../history/history.js';
import { judge } from './judge.js';
import { RULES, TARGET } from '../testing/history-builder.js';
import { type ReferenceBug, REFERENCE_BUGS } from '../testing/reference-bugs.js';
import { type RunReferenceOptions, CHUNK_SIZE_DEFAULT, runReference } from '../testing/run-reference.js';
import { scheduleArbitrary } from '../testing/schedule-arbitrary.js';
import type { Verdict } from '../evidence/verdict.js';

const RUNS = 200;
const SCHEDULES_PER_BUG_MAX = 1000;
const target = { ...TARGET, defaultChunkSize: CHUNK_SIZE_DEFAULT };
const only = new Set(RULES);

function verdictOf(schedule: Schedule, options: RunReferenceOptions): Verdict {
  return judge(runReference(schedule, options), schedule, target, { only });
}

describe('judge on the correct reference canister', () => {
  it.each([
    ['that reports the order of messages', { isOrdered: true }],
    ['that reports the order of messages and loses answers', { isOrdered: true, isLossy: true }],
    ['that chooses the order of messages itself', { isOrdered: false }],
  ])('finds no violation on a replica %s', (_title, options) => {
    const property = fc.property(scheduleArbitrary, (schedule) => {
      expect(verdictOf(schedule, options)).toEqual({ kind: 'valid' });
    });
    fc.assert(property, { numRuns: RUNS, seed: 20_240 });
  });

  it('finds no violation on a replica that chooses the order and loses answers, though some schedules exceed the budget', () => {
    let unknown = 0;
    const property = fc.property(scheduleArbitrary, (schedule) => {
      const verdict = verdictOf(schedule, { isOrdered: false, isLossy: true });
      if (verdict.kind === 'unknown') unknown++;
      expect(verdict.kind).not.toBe('invalid');
    });
    fc.assert(property, { numRuns: 150, seed: 20_240 });
    expect(unknown).toBeLessThan(4);
  });
});

/** The checker that must find a bug, besides `outcome`. */
const ALSO_CAUGHT_BY: Readonly<Partial<Record<ReferenceBug, string>>> = {
  'chunk-key-shared-by-name': 'upload-succeeds',
  'conflict-overwrites': 'idempotency',
  'gap-not-checked': 'completeness',
  'owner-not-checked': 'strangers-are-refused',
  'second-finish-makes-another-blob': 'idempotency',
  'expires-at-cleanup-only': 'expiry',
  'expires-an-instant-late': 'expiry',
  'expires-from-begin': 'expiry',
  'abort-of-completed': 'terminal-states',
  'hash-not-checked': 'stored-hash',
  'key-shared-by-callers': 'idempotency',
  'key-kept-after-abort': 'idempotency',
  'session-id-reused': 'idempotency',
  'upgrade-loses-last-chunk': 'survives-upgrade',
  'upgrade-leaves-finishing': 'survives-upgrade',
  'interruption-leaves-finishing': 'survives-upgrade',
  'resume-refused': 'liveness',
  'upgrade-loses-keys': 'survives-upgrade',
  'retrieval-lags-a-message': 'immediate-retrieval',
  'read-drops-last-byte': 'stored-hash',
  'list-shows-all': 'strangers-are-refused',
  'index-past-end-traps': 'no-trap',
};

describe('judge on a reference canister with a bug', () => {
  // Chunks have to be large for these, or sessions many; the checkers' own tests have such schedules.
  const NEED_MORE: ReadonlySet<ReferenceBug> = new Set([
    'chunks-stay-in-heap',
    'reads-whole-without-limit',
    'takes-oversize-messages',
    'finish-hashes-a-block-a-message',
    'stable-kept-on-abort',
    'heap-leaks-with-sessions',
  ]);
  const drawn = REFERENCE_BUGS.filter((bug) => !NEED_MORE.has(bug));
  const schedules = fc.sample(scheduleArbitrary, { numRuns: SCHEDULES_PER_BUG_MAX, seed: 7 });

  it.each(drawn)('finds %s', (bug) => {
    const wanted = ALSO_CAUGHT_BY[bug] ?? 'outcome';
    const isCaught = schedules.some((schedule) => {
      const verdict = verdictOf(schedule, { bug, isOrdered: true });
      return verdict.kind === 'invalid' && verdict.violations.some(({ checker }) => checker === wanted);
    });
    expect(isCaught).toBe(true);
  });

  it('finds chunks-stay-in-heap', () => {
    const schedule = uploadOf(9_000_000, 1_800_000);
    expect(verdictOf(schedule, { isOrdered: true })).toEqual({ kind: 'valid' });
    expect(verdictOf(schedule, { isOrdered: true, bug: 'chunks-stay-in-heap' })).toMatchObject({
      kind: 'invalid',
      violations: [{ checker: 'heap-growth' }],
    });
  });
});

describe('judge', () => {
  it('judges only the selected rules', () => {
    const schedule = uploadOf(250, 100);
    const history = runReference(schedule, { isOrdered: true, bug: 'read-drops-last-byte' });
    const promising = (...rules: typeof RULES): Verdict =>
      judge(history, schedule, target, { only: new Set<string>(rules) });
    expect(promising('stored-hash').kind).toBe('invalid');
    expect(promising('completeness', 'strangers-are-refused', 'idempotency').kind).toBe('valid');
  });

  it('does not judge a rule whose promise the target does not make', () => {
    const schedule = uploadOf(250, 100);
    const history = runReference(schedule, { isOrdered: true, bug: 'read-drops-last-byte' });
    const { specification: _, ...promises } = target.promises;
    const judged = (promised: typeof promises): Verdict =>
      judge(history, schedule, { ...target, promises: promised }, { only: new Set(['outcome']) });
    expect(judged(target.promises).kind).toBe('invalid');
    expect(judged(promises).kind).toBe('valid');
  });

  it('reaches the same verdict for the same history', () => {
    const schedule = uploadOf(250, 100);
    const history = runReference(schedule, { isOrdered: true, bug: 'read-drops-last-byte' });
    expect(judge(history, schedule, target, { only })).toEqual(judge(history, schedule, target, { only }));
  });

  it('returns unknown, with the reason, if the search exceeds its budget', () => {
    const held = uploadOf(800, 100).steps.map((step, at): Step =>
      at === 0 || step.do !== 'call' ? step : { ...step, hold: true },
    );
    const schedule = { ...uploadOf(800, 100), steps: held };
    const history = runReference(schedule, { isOrdered: false });
    expect(judge(history, schedule, target, { only })).toEqual({ kind: 'valid' });
    expect(judge(history, schedule, target, { only, exploredMax: 10 })).toEqual({
      kind: 'unknown',
      reason: 'more than 10 linearizations are possible for the calls in flight',
    });
  });

  it('accepts an empty history', () => {
    const history: History = { target: '', replica: '', events: [], traceHash: '' };
    expect(judge(history, uploadOf(1, 1), target)).toEqual({ kind: 'valid' });
  });
});

function uploadOf(bytes: number, chunkSize: number): Schedule {
  const count = Math.ceil(bytes / chunkSize);
  const puts = [...Array(count).keys()].map(
    (index) => ({ op: 'put', session: 'A', index, data: { kind: 'right' } }) as const,
  );
  const operations = [
    { op: 'begin', session: 'A', file: 0, caller: 0, key: 'k' },
    ...puts,
    { op: 'finish', session: 'A', hash: 'right', lengthOff: 0 },
    { op: 'read', session: 'A' },
  ] as const;
  return {
    version: 1,
    limits: { chunkSize },
    callers: 1,
    files: [{ name: 'a.bin', bytes, content: { kind: 'random', seed: 1 } }],
    steps: operations.map((operation): Step => ({ do: 'call', lane: 0, operation })),
  };
}
