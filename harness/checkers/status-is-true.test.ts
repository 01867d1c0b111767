import { describe, expect, it } from 'vitest';
import type { Result } from '../../model/result.js';
import {
  type HistoryBuilder,
  begunA,
  completed,
  done,
  failed,
  on,
  put,
  status,
} from '../testing/history-builder.js';

const rule = 'status-is-true';
const asked = (before: HistoryBuilder, answer: Result) => before.call(on('status', 'A'), answer);

describe('the status-is-true checker', () => {
  it.each([
    [
      'counts an index twice',
      asked(begunA().call(put('A', 2), done).call(put('A', 2), done), {
        ...status('Uploading', 2),
        chunksReceived: 2,
      } as Result),
      '1 as chunk count',
    ],
    ['counts a chunk that was never put', asked(begunA(), status('Uploading', 0)), '0 as chunk count'],
    ['has lost a chunk', asked(begunA().call(put('A', 1), done), status('Initiated')), '1 as chunk count'],
    [
      'counts other bytes',
      asked(begunA().call(put('A', 2), done), { ...status('Uploading', 2), bytesReceived: '100' } as Result),
      '50 as byte count',
    ],
    [
      'does not list a missing chunk',
      asked(begunA().call(put('A', 0), done), {
        ...status('Uploading', 0),
        missing: [{ start: 2, end: 3 }],
      } as Result),
      'chunk 1 among the missing',
    ],
    [
      'lists a chunk that is stored',
      asked(begunA().call(put('A', 0), done), {
        ...status('Uploading', 0),
        missing: [{ start: 0, end: 3 }],
      } as Result),
      'chunk 0 not among the missing',
    ],
    ['shows the wrong state', asked(begunA(), status('Cancelled')), 'Initiated or Uploading'],
    ['is refused', asked(begunA(), failed('NotFound')), 'a status, because the upload is open'],
    ['shows an open upload after a finish', asked(completed(), status('Uploading', 0, 1, 2)), 'Completed'],
  ])('reports a status that %s', (_title, bad, words) => {
    expect(bad.violation(rule)?.expected).toContain(words);
  });

  it.each([
    ['the chunks that were acknowledged', asked(begunA().call(put('A', 1), done), status('Uploading', 1))],
    [
      'nothing but the state',
      asked(begunA().call(put('A', 1), done), { kind: 'status', state: 'Uploading' }),
    ],
    ['a pause', asked(begunA().call(on('pause', 'A'), done), status('Paused'))],
    ['an expiry', asked(begunA().advance(1000), status('Failed'))],
    ['a refusal to a stranger', begunA().call(on('status', 'A', 1), failed('Unauthorized'))],
  ])('accepts a status that shows %s', (_title, good) => {
    expect(good.violation(rule)).toBeUndefined();
  });

  it('accepts either answer while the outcome of a put is unknown', () => {
    const lost = () => {
      const builder = begunA();
      const call = builder.start(put('A', 1));
      return builder.deliver(call).lose(call);
    };
    expect(asked(lost(), status('Initiated')).violation(rule)).toBeUndefined();
    expect(asked(lost(), status('Uploading', 1)).violation(rule)).toBeUndefined();
    expect(asked(lost(), status('Uploading', 0)).violation(rule)).toBeDefined();
  });
});
