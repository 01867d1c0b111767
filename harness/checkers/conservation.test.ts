import { describe, expect, it } from 'vitest';
import type { Limits } from '../../model/schedule.js';
import type { Violation } from '../evidence/verdict.js';
import {
  HistoryBuilder,
  begunA,
  cleanup,
  counted,
  done,
  finish,
  finished,
  memory,
  on,
  onMemory,
  put,
  remembered,
  stats,
} from '../testing/history-builder.js';

/** Blocks of the table of sessions: its 32 KiB take two blocks of 16 KiB and a block of block numbers. */
const TABLE = 3;
/** Blocks of an open session: a file of one block, and its list of chunk lengths. */
const OPEN = 2;

function violationOf(built: HistoryBuilder, limits?: Limits): Violation | undefined {
  return built.violation('conservation', limits);
}

describe('the conservation checker', () => {
  it('expects blocks for an open session from its first chunk on', () => {
    expect(violationOf(new HistoryBuilder().call(stats(), counted(0)))).toBeUndefined();
    const empty = begunA().call(stats(), counted(TABLE, { initiated: 1 }));
    expect(violationOf(empty)).toBeUndefined();
    const open = { uploading: 1, bytesPending: 100 };
    const one = begunA().call(put('A', 0), done);
    expect(violationOf(one.call(stats(), counted(TABLE + OPEN, open)))).toBeUndefined();
    expect(violationOf(one.call(stats(), counted(TABLE + OPEN + 1, open)))?.expected).toContain('5 blocks');
    expect(violationOf(begunA().call(put('A', 0), done).call(stats(), counted(TABLE, open)))).toBeDefined();
  });

  it('expects an abort to free the blocks of its session', () => {
    const aborted = () => begunA().call(put('A', 0), done).call(on('abort', 'A'), done);
    expect(violationOf(aborted().call(stats(), counted(TABLE, { cancelled: 1 })))).toBeUndefined();
    const kept = aborted().call(stats(), counted(TABLE + OPEN, { cancelled: 1 }));
    expect(violationOf(kept)?.seen).toBe('stats by caller 0: 5 blocks in use');
  });

  it('lets an expired session keep its blocks until its owner calls cleanup', () => {
    const expired = () => begunA().call(put('A', 0), done).advance(1000);
    for (const [used, bytesPending] of [
      [TABLE + OPEN, 100],
      [TABLE, 0],
    ] as const) {
      const seen = expired().call(stats(), counted(used, { failed: 1, bytesPending }));
      expect(violationOf(seen)).toBeUndefined();
    }
    const cleaned = (used: number) =>
      expired()
        .call(cleanup(), done)
        .call(stats(), counted(used, { failed: 1 }));
    expect(violationOf(cleaned(TABLE))).toBeUndefined();
    expect(violationOf(cleaned(TABLE + OPEN))).toBeDefined();
    const pending = expired().call(cleanup(), done);
    expect(
      pending.call(stats(), counted(TABLE, { failed: 1, bytesPending: 100 })).violation('outcome'),
    ).toBeDefined();
  });

  it('expects a run of the timer to free the blocks of expired sessions of every caller', () => {
    const timed = (seconds: number) => begunA().call(put('A', 0), done).advance(seconds).timer(1);
    const failed = (used: number) => timed(1000).call(stats(), counted(used, { failed: 1 }));
    expect(violationOf(failed(TABLE))).toBeUndefined();
    expect(violationOf(failed(TABLE + OPEN))?.expectedKind).toBe('the blocks that are needed');
    // The session has not expired yet.
    const open = timed(900).call(stats(), counted(TABLE + OPEN, { uploading: 1, bytesPending: 100 }));
    expect(violationOf(open)).toBeUndefined();
    const pending = timed(1000).call(stats(), counted(TABLE, { failed: 1, bytesPending: 100 }));
    expect(pending.violation('outcome')).toBeDefined();
  });

  it('expects a blob to keep its blocks until its last memory is deleted', () => {
    const completed = () => new HistoryBuilder().uploaded('A', '1').call(finish('A'), finished(1));
    const stored = { completed: 1, blobs: 1, memories: 1, bytesStored: 250 };
    expect(violationOf(completed().call(stats(), counted(TABLE + 1, stored)))).toBeUndefined();
    expect(violationOf(completed().call(stats(), counted(TABLE + OPEN, stored)))).toBeDefined();
    const deleted = completed().call(onMemory('deleteMemory', 'A'), done);
    expect(violationOf(deleted.call(stats(), counted(TABLE, { completed: 1 })))).toBeUndefined();
    const kept = completed().call(onMemory('deleteMemory', 'A'), done);
    expect(violationOf(kept.call(stats(), counted(TABLE + 1, { completed: 1 })))).toBeDefined();
  });

  it('expects a table block for inline bytes that need more than one block', () => {
    const made = (used: number) => {
      const inline = { kind: 'Thumb', blobId: undefined, size: '20000', inlineSha256: undefined } as const;
      return new HistoryBuilder()
        .call(memory('M', [{ kind: 'Thumb', inlineBytes: 20_000 }]), remembered('memory_1', inline))
        .call(stats(), counted(used, { memories: 1, bytesInline: 20_000 }));
    };
    expect(made(3).judged()).toEqual({ kind: 'valid' });
    expect(violationOf(made(2))).toBeDefined();
  });
});
