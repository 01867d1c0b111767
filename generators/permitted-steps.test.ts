/** The schedules of canisters that promise little: they have the calls that the rules permit, and no others. */
import { describe, expect, it } from 'vitest';
import { OPERATION_NAMES } from '../model/operations.js';
import type { Operation, Schedule } from '../model/schedule.js';
import type { CallRules } from './call-rules.js';
import { PROFILES } from './profile.js';
import { scheduleFor } from './schedule-for.js';
import type { Abilities } from './schedule.js';

/** A canister that promises nothing: it begins, puts in order, and finishes. */
const NOTHING: CallRules = {
  session: 'server',
  order: 'unknown',
  appends: false,
  repeatedPut: false,
  otherPut: false,
  wrongPut: false,
  corruptPut: false,
  incompleteFinish: false,
  wrongHash: false,
  repeatedFinish: false,
  repeatedBegin: false,
  abort: false,
  strangers: new Set(),
  guests: new Set(),
  overwrites: false,
  sharedKeys: false,
  sharedNames: false,
  keysByCaller: true,
  impliedBegin: false,
  impliedFinish: false,
  manyChunks: false,
  anyChunkSize: false,
  finishLists: false,
};

const RUNS = 400;

function schedules(rules: Partial<CallRules>, abilities: Partial<Abilities> = {}): readonly Schedule[] {
  const all: Abilities = {
    operations: new Set(OPERATION_NAMES),
    defaultChunkSize: 16,
    time: true,
    upgrade: true,
    capsules: false,
    sessionScenarios: true,
    rules: { ...NOTHING, ...rules },
    ...abilities,
  };
  return Array.from({ length: RUNS }, (_, run) => scheduleFor(PROFILES.default, 7, run, all));
}

function operations(drawn: readonly Schedule[]): readonly Operation[] {
  return drawn.flatMap(({ steps }) => steps.flatMap((step) => (step.do === 'call' ? [step.operation] : [])));
}

function puts(drawn: readonly Schedule[]): readonly Extract<Operation, { op: 'put' }>[] {
  return operations(drawn).flatMap((operation) => (operation.op === 'put' ? [operation] : []));
}

/** Whether the puts of every session come in ascending order, each once. */
function isAscending(schedule: Schedule): boolean {
  const next = new Map<string, number>();
  return puts([schedule]).every(({ session, index }) => {
    const expected = next.get(session) ?? 0;
    next.set(session, expected + 1);
    return index === expected;
  });
}

describe('a canister that promises nothing', () => {
  const drawn = schedules({});

  it('gets right bytes in ascending order, each once, and never while another put waits', () => {
    expect(puts(drawn).every(({ data }) => data.kind === 'right')).toBe(true);
    expect(drawn.every(isAscending)).toBe(true);
    const held = drawn.flatMap(({ steps }) =>
      steps.filter((step) => step.do === 'call' && step.hold === true && step.operation.op === 'put'),
    );
    expect(held).toEqual([]);
  });

  it('gets one right finish for each session, and no abort and no stranger', () => {
    const all = operations(drawn);
    expect(all.some(({ op }) => op === 'abort')).toBe(false);
    expect(all.some((operation) => 'by' in operation)).toBe(false);
    const finishes = drawn.map((schedule) => {
      const sessions = operations([schedule]).flatMap((one) => (one.op === 'finish' ? [one.session] : []));
      return sessions.length - new Set(sessions).size;
    });
    expect(Math.max(...finishes)).toBe(0);
    const wrong = all.filter((one) => one.op === 'finish' && (one.hash !== 'right' || one.lengthOff !== 0));
    expect(wrong).toEqual([]);
  });

  it('is asked to read every finished file again at the end', () => {
    expect(drawn.every(({ epilogue }) => epilogue?.readsFinished === true)).toBe(true);
  });
});

describe('a promise', () => {
  it('of any order brings puts out of order', () => {
    expect(schedules({ order: 'any', incompleteFinish: true }).some((one) => !isAscending(one))).toBe(true);
  });

  it('of ascending order brings some puts out of order, which are rejected, but most sessions in order', () => {
    const drawn = schedules({ order: 'ascending' });
    const inOrder = drawn.filter(isAscending).length;
    expect(inOrder).toBeGreaterThan(RUNS / 3);
    expect(inOrder).toBeLessThan(RUNS);
  });

  it('to append keeps puts in order, whatever else is promised', () => {
    const drawn = schedules({ order: 'any', appends: true, repeatedPut: true, otherPut: true });
    expect(drawn.every(isAscending)).toBe(true);
  });

  it.each([
    ['repeated puts', { repeatedPut: true }, (all: readonly Schedule[]) => !all.every(isAscending)],
    [
      'puts of a wrong length',
      { wrongPut: true },
      (all: readonly Schedule[]) => puts(all).some(({ data }) => data.kind === 'long'),
    ],
    [
      'finishes with a wrong hash',
      { wrongHash: true },
      (all: readonly Schedule[]) =>
        operations(all).some((one) => one.op === 'finish' && one.hash !== 'right'),
    ],
    [
      'aborts',
      { abort: true },
      (all: readonly Schedule[]) => operations(all).some(({ op }) => op === 'abort'),
    ],
    [
      'other chunk sizes',
      { anyChunkSize: true },
      (all: readonly Schedule[]) =>
        operations(all).some((one) => one.op === 'begin' && one.chunkSize !== undefined),
    ],
  ] as const)('of %s brings them', (_, promised, has) => {
    expect(has(schedules(promised))).toBe(true);
    expect(has(schedules({}))).toBe(false);
  });

  it('about strangers brings the operations that they are refused, and no others', () => {
    const drawn = operations(schedules({ strangers: new Set(['abort', 'read']) }));
    const tried = drawn.flatMap((one) => ('by' in one ? [one.op] : []));
    expect(new Set(tried)).toEqual(new Set(['abort', 'read']));
  });
});

describe('a shape', () => {
  it('without calls that begin or finish sends an empty file as one empty chunk', () => {
    const shape = { impliedBegin: true, impliedFinish: true };
    const emptyPuts = (rules: Partial<CallRules>): number =>
      schedules(rules).flatMap((schedule) =>
        puts([schedule]).filter(({ session }) => {
          const begun = operations([schedule]).find((one) => one.op === 'begin' && one.session === session);
          return begun?.op === 'begin' && schedule.files[begun.file]?.bytes === 0;
        }),
      ).length;
    expect(emptyPuts(shape)).toBeGreaterThan(0);
    expect(emptyPuts({})).toBe(0);
  });

  it('with several canisters upgrades each of them', () => {
    const drawn = schedules({}, { canisters: ['bucket/0', 'bucket/1'] });
    const names = drawn.flatMap(({ steps }) =>
      steps.flatMap((step) => (step.do === 'upgrade' ? [step.canister ?? 'main'] : [])),
    );
    expect(new Set(names)).toEqual(new Set(['main', 'bucket/0', 'bucket/1']));
  });
});
