import { describe, expect, it } from 'vitest';
import { createContentOracle } from '../../model/oracle.js';
import type { CallRecord } from '../history/calls.js';
import { sentChunk } from './sent-chunk.js';

const put: CallRecord = {
  call: 0,
  operation: { op: 'put', session: 'A', index: 0, data: { kind: 'right' } },
  request: { op: 'put', sessionId: '1', by: 0, file: 0, index: 0, data: { kind: 'right' }, chunkSize: 4 },
  invoked: 0,
  delivered: 1,
  ended: 2,
  outcome: 'ok',
  result: undefined,
  chunkSize: 4,
};
function random(seed: number, bytes: number) {
  return { name: 'f', bytes, content: { kind: 'random', seed } } as const;
}

describe('what a put sends', () => {
  it('is compared with each upload of its own, although the comparison is remembered', () => {
    const oracle = createContentOracle([random(1, 8), random(2, 8)]);
    const [own, other, smaller] = [
      { file: 0, chunkSize: 4 },
      { file: 1, chunkSize: 4 },
      { file: 0, chunkSize: 2 },
    ];
    for (let round = 0; round < 2; round++) {
      expect(sentChunk(put, own, oracle)).toMatchObject({ fit: 'right', bytes: 4 });
      expect(sentChunk(put, own, oracle)).toMatchObject({ fit: 'right', bytes: 4 });
      expect(sentChunk(put, other, oracle)).toMatchObject({ fit: 'other', bytes: 4 });
      expect(sentChunk(put, smaller, oracle)).toMatchObject({ fit: 'misfit', bytes: 4 });
    }
  });

  it('is compared with the files of the schedule that is judged', () => {
    const upload = { file: 0, chunkSize: 4 };
    expect(sentChunk(put, upload, createContentOracle([random(1, 8)]))).toMatchObject({ bytes: 4 });
    expect(sentChunk(put, upload, createContentOracle([random(1, 3)]))).toMatchObject({ bytes: 3 });
  });
});
