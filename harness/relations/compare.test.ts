import { describe, expect, it } from 'vitest';
import type { Result } from '../../model/result.js';
import {
  begin,
  begun,
  begunA,
  blob,
  done,
  failed,
  finish,
  finished,
  HistoryBuilder,
  counted,
  list,
  memory,
  on,
  onMemory,
  original,
  put,
  remembered,
  stats,
  status,
} from '../testing/history-builder.js';
import { executed } from '../testing/executed.js';
import { firstDifference, type CompareOptions, type Difference } from './compare.js';

/** Compares two histories with the same calls. */
function compared(
  base: HistoryBuilder,
  variant: HistoryBuilder,
  options: Partial<CompareOptions> = {},
): Difference | undefined {
  const [one, other] = [executed(base), executed(variant)];
  const counterparts = new Map([...one.calls.keys()].map((call) => [call, call]));
  return firstDifference(one, other, { counterparts, ...options });
}
function kinds(difference: Difference | undefined) {
  return difference && [difference.baseKind, difference.variantKind];
}
const sessions = (...sessionIds: readonly string[]) => ({ kind: 'sessions', sessionIds }) as const;

describe('comparison of two executions', () => {
  it('accepts other ids of sessions, blobs, and memories', () => {
    const base = begunA().call(finish('A'), finished(1));
    const variant = new HistoryBuilder().call(begin('A'), begun('7')).call(finish('A'), finished(8));
    expect(compared(base, variant)).toBeUndefined();
  });

  it('rejects another kind of answer', () => {
    const base = begunA().call(put('A', 0), done);
    const variant = begunA().call(put('A', 0), failed('InvalidState'));
    expect(compared(base, variant)).toMatchObject({
      base: { call: 1 },
      baseKind: 'done',
      variantKind: 'InvalidState',
    });
  });

  it('accepts that another put finishes the upload, if that is irrelevant', () => {
    const base = begunA().call(put('A', 0), done).call(put('A', 1), finished(1));
    const variant = begunA().call(put('A', 0), finished(1)).call(put('A', 1), done);
    expect(kinds(compared(base, variant))).toEqual(['done', 'finished']);
    expect(compared(base, variant, { anyPutFinishes: true })).toBeUndefined();
    const refused = begunA().call(put('A', 0), done).call(put('A', 1), failed('ChecksumMismatch'));
    expect(kinds(compared(base, refused, { anyPutFinishes: true }))).toEqual([
      'finished',
      'ChecksumMismatch',
    ]);
  });

  it('accepts another text of an error, and rejects another kind of error', () => {
    const base = begunA().call(put('A', 0), failed('Conflict', 'one'));
    expect(compared(base, begunA().call(put('A', 0), failed('Conflict', 'other')))).toBeUndefined();
    const variant = begunA().call(put('A', 0), failed('InvalidState'));
    expect(kinds(compared(base, variant))).toEqual(['Conflict', 'InvalidState']);
  });

  it('rejects a new session where the other execution returns the same one again', () => {
    const base = begunA().call(begin('A'), begun('1'));
    const variant = begunA().call(begin('A'), begun('2'));
    expect(kinds(compared(base, variant))).toEqual(['begun with one session', 'begun with another session']);
  });

  it('rejects a second blob where the other execution returns the same one again', () => {
    const base = begunA().call(finish('A'), finished(1)).call(finish('A'), finished(1));
    const variant = begunA().call(finish('A'), finished(1)).call(finish('A'), finished(2));
    expect(kinds(compared(base, variant))).toEqual(['finished with one blob', 'finished with another blob']);
  });

  it('accepts that an id of an ended session is used again', () => {
    const base = begunA().call(on('abort', 'A'), done).call(begin('B'), begun('1'));
    const variant = begunA().call(on('abort', 'A'), done).call(begin('B'), begun('2'));
    expect(compared(base, variant)).toBeUndefined();
  });

  it('compares lists as sets of renamed ids, without ids of calls that are not shared', () => {
    const base = begunA()
      .call(begin('B'), begun('2'))
      .call(list(), sessions('1', '2', '99'));
    const variant = new HistoryBuilder()
      .call(begin('A'), begun('5'))
      .call(begin('B'), begun('4'))
      .call(list(), sessions('4', '5'));
    expect(compared(base, variant)).toBeUndefined();
    const shorter = begunA().call(begin('B'), begun('2')).call(list(), sessions('1'));
    expect(kinds(compared(base, shorter))).toEqual(['sessions with one list', 'sessions with another list']);
  });

  it('rejects other contents', () => {
    const base = begunA().call(finish('A'), finished(1)).call(on('read', 'A'), blob());
    const variant = begunA()
      .call(finish('A'), finished(1))
      .call(on('read', 'A'), blob(0, '00'.repeat(32)));
    expect(kinds(compared(base, variant))).toEqual(['blob with one content', 'blob with another content']);
  });

  it('rejects another status, except for parts that are not compared', () => {
    const base = begunA().call(on('status', 'A'), status('Uploading', 0));
    const variant = begunA().call(on('status', 'A'), status('Uploading', 1));
    expect(compared(base, variant)).toMatchObject({ baseKind: 'status Uploading with one missing chunks' });
    expect(compared(base, variant, { ignoredParts: new Set(['missing chunks']) })).toBeUndefined();
  });

  it('rejects a call that is never answered', () => {
    const base = begunA().call(put('A', 0), done);
    const variant = begunA();
    variant.start(put('A', 0));
    expect(kinds(compared(base, variant))).toEqual(['done', 'no answer']);
  });

  it('ignores a call that was not issued in one of the executions', () => {
    expect(compared(begunA().call(put('A', 0), done), begunA())).toBeUndefined();
  });

  it('ignores answers that are not compared', () => {
    const base = begunA().call(put('A', 0), done);
    const variant = begunA().call(put('A', 0), failed('Conflict'));
    expect(
      compared(base, variant, { isCompared: ({ operation }) => operation.op !== 'put' }),
    ).toBeUndefined();
  });

  it('compares ids by the caller and key of a begin, and by the upload of a finish', () => {
    const repeated = begin('B', { key: 'A' });
    const again = begunA().call(repeated, begun('1'));
    expect(kinds(compared(again, begunA().call(repeated, begun('2'))))).toEqual([
      'begun with one session',
      'begun with another session',
    ]);
    const byAnother = begin('B', { key: 'A', caller: 1 });
    const shared = begunA().call(byAnother, begun('1'));
    expect(compared(shared, begunA().call(byAnother, begun('2')))).toBeUndefined();
    const finishes = (blob: number) =>
      begunA().call(begin('B'), begun('2')).call(finish('A'), finished(1)).call(finish('B'), finished(blob));
    expect(compared(finishes(2), finishes(1))).toBeUndefined();
  });

  it('compares memories by their label and by the blobs of their assets', () => {
    const create = memory('M', [{ kind: 'Original', blobOf: 'A' }]);
    const made = (blob: number, id: string, ...more: readonly string[]) => {
      const built = begunA().call(finish('A'), finished(blob));
      for (const one of [id, ...more]) built.call(create, remembered(one, original(`blob_${blob}`)));
      return built;
    };
    expect(compared(made(1, 'm'), made(2, 'n'))).toBeUndefined();
    expect(kinds(compared(made(1, 'm', 'm'), made(1, 'm', 'n')))).toEqual([
      'memory with one memory',
      'memory with another memory',
    ]);
    const read = (blobId: string) =>
      made(1, 'm').call(onMemory('readMemory', 'M'), remembered('m', original(blobId)));
    expect(compared(read('blob_1'), read('blob_1'))).toBeUndefined();
    expect(kinds(compared(read('blob_1'), read('blob_9')))).toEqual([
      'memory with one assets',
      'memory with another assets',
    ]);
    const listed = (...ids: readonly string[]) =>
      made(1, 'm').call({ op: 'listMemories', caller: 0 }, { kind: 'memories', memoryIds: ids });
    expect(kinds(compared(listed('m'), listed()))).toEqual([
      'memories with one list',
      'memories with another list',
    ]);
  });

  it('compares counters, except for tokens and free blocks', () => {
    const counts = (result: Result) => begunA().call(stats(), result);
    expect(compared(counts(counted(1)), counts(counted(1, { httpTokens: 3 })))).toBeUndefined();
    expect(kinds(compared(counts(counted(1)), counts(counted(2))))).toEqual([
      'stats with one number of used blocks',
      'stats with another number of used blocks',
    ]);
    expect(kinds(compared(counts(counted(1)), counts(counted(1, { memories: 1 }))))).toEqual([
      'stats with one counter memories',
      'stats with another counter memories',
    ]);
  });

  it('names a call whose answer was lost otherwise than one that was never answered', () => {
    const lost = begunA();
    lost.lose(lost.start(put('A', 0)));
    expect(kinds(compared(begunA().call(put('A', 0), done), lost))).toEqual(['done', 'no known answer']);
  });
});
