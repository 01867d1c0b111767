import { describe, expect, it } from 'vitest';
import { FakeReplica, fakeTarget } from '../harness/testing/fake-replica.js';
import { begin, call, drain, file, finish, put, schedule } from '../harness/testing/schedules.js';
import { runSchedule } from './replay.js';

const inOrder = schedule(
  [begin('A'), put('A', 0), put('A', 1), finish('A')].flatMap((operation) => [call(operation), drain]),
  { files: [file(150)] },
);
const outOfOrder = schedule(
  [begin('A'), put('A', 1), put('A', 0), finish('A')].flatMap((operation) => [call(operation), drain]),
  { files: [file(150)] },
);

async function checkersOf(one: typeof inOrder, rules?: readonly string[]): Promise<readonly string[]> {
  const replica = new FakeReplica({ bug: 'hash-in-arrival-order' });
  const { verdict } = await runSchedule(
    one,
    { wasm: new Uint8Array(), target: fakeTarget, replica },
    { rules },
  );
  return verdict.kind === 'invalid' ? verdict.violations.map(({ checker }) => checker) : [];
}

describe('a schedule that the library runs', () => {
  it('is judged by every rule', async () => {
    expect(await checkersOf(outOfOrder)).toEqual(expect.arrayContaining(['upload-succeeds', 'outcome']));
  });

  it('is judged by the selected rules only', async () => {
    expect(await checkersOf(outOfOrder, ['facts'])).toEqual(['upload-succeeds']);
    expect(await checkersOf(outOfOrder, ['no-trap'])).toEqual([]);
  });

  it('is compared with its variants if a relation is selected', async () => {
    expect(await checkersOf(inOrder)).toEqual([]);
    expect(await checkersOf(inOrder, ['chunk-order'])).toEqual(['chunk-order']);
  });

  it('is refused if a rule is unknown', async () => {
    await expect(checkersOf(inOrder, ['chunk-ordre'])).rejects.toThrow(/^rules: unknown name "chunk-ordre"/);
  });
});
