import { describe, expect, test } from 'vitest';
import { formatProgress, type LaneProgress } from './progress.js';
import { bytesOf, lab } from './testing/lab.js';

describe('progress', () => {
  test('reports bytes, rate, and time left', async () => {
    const { connect, upload } = lab();
    const seen: LaneProgress[] = [];
    const line = connect({
      faultOf: (method) => (method === 'uploads_put_chunk' ? { kind: 'slow', ms: 1_000 } : undefined),
    });
    await upload(
      line,
      { bytes: bytesOf(95), name: 'a' },
      { parallel: 1, onProgress: (progress) => seen.push(progress) },
    );
    const uploading = seen.filter(({ phase }) => phase === 'uploading');
    expect(uploading.map(({ bytesDone }) => bytesDone)).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95]);
    expect(uploading[3]).toMatchObject({ bytesPerSecond: 10, secondsLeft: 6.5, bytesTotal: 95, lane: 'A' });
    expect(seen.map(({ phase }) => phase).filter((phase, at, all) => phase !== all[at - 1])).toEqual([
      'uploading',
      'verifying',
      'done',
    ]);
    expect(seen.filter(({ phase }) => phase === 'done')).toMatchObject([{ bytesDone: 95, bytesTotal: 95 }]);
  });

  test('is formatted in one line', () => {
    const progress = {
      lane: 'A',
      name: 'cat.jpg',
      phase: 'uploading',
      bytesDone: 8_800_000,
      bytesTotal: 21_000_000,
      bytesResumed: 0,
    } as const;
    expect(formatProgress({ ...progress, bytesPerSecond: 2_100_000, secondsLeft: 5.8 })).toBe(
      'A cat.jpg  [########------------]   41 %  8.8 of 21.0 MB  2.1 MB/s  6 s left',
    );
    expect(
      formatProgress({ ...progress, bytesPerSecond: null, secondsLeft: 4000, phase: 'verifying' }, 4),
    ).toBe('A cat.jpg  [##--]   41 %  8.8 of 21.0 MB  1 h 6 min left  verifying');
  });
});
