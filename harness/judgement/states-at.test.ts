import { expect, it } from 'vitest';
import { statesAt } from './states-at.js';
import { FILES, HistoryBuilder, LIMITS, begin, begun, finish, finished } from '../testing/history-builder.js';

const schedule = { limits: LIMITS, files: FILES };
const target = { defaultChunkSize: 100 };

it('returns the state of every session after an event, with its labels', () => {
  const { history } = new HistoryBuilder()
    .uploaded('A', '1')
    .call(begin('B', { key: 'A' }), begun('1'))
    .call(begin('C', { caller: 1, file: 1 }), begun('2'))
    .call(finish('A'), finished(1))
    .advance(1000);
  expect(statesAt(history, 5, schedule, target)).toMatchObject([
    {
      id: '1',
      labels: ['A'],
      name: 'a.bin',
      state: 'Uploading',
      chunksReceived: 1,
      missing: [{ start: 1, end: 3 }],
    },
  ]);
  expect(statesAt(history, 1000, schedule, target)).toMatchObject([
    {
      id: '1',
      labels: ['A', 'B'],
      owner: 0,
      state: 'Completed',
      bytesReceived: 250,
      blobId: 'blob_1',
      isGone: false,
    },
    { id: '2', labels: ['C'], owner: 1, state: 'Failed', blobId: undefined },
  ]);
});

it('returns no session before the first begin', () => {
  const { history } = new HistoryBuilder().advance(1);
  expect(statesAt(history, 0, schedule, target)).toEqual([]);
  expect(statesAt({ ...history, events: [] }, 0, schedule, target)).toEqual([]);
});
