import { expect, test } from 'vitest';
import {
  HistoryBuilder,
  blob,
  done,
  failed,
  finish,
  finished,
  memory,
  on,
  onMemory,
  original,
  remembered,
} from '../testing/history-builder.js';

function completed(): HistoryBuilder {
  return new HistoryBuilder().uploaded('A', '1').call(finish('A'), finished(1));
}

test('a blob that the next call reads is right', () => {
  expect(completed().call(on('read', 'A'), blob()).violation('immediate-retrieval')).toBeUndefined();
});

test('a blob that the next call does not find is a violation', () => {
  expect(
    completed().call(on('read', 'A'), failed('NotFound')).violation('immediate-retrieval'),
  ).toMatchObject({
    event: 16,
    expected: 'read A: the blob, because finish A answered Ok before (event 14)',
    seen: 'read A: NotFound',
  });
});

test('a blob stays when the record of its session has gone', () => {
  const later = completed().advance(100_000).call(on('status', 'A'), failed('NotFound'));
  expect(later.call(on('read', 'A'), blob()).judged()).toEqual({ kind: 'valid' });
  expect(later.call(on('read', 'A'), failed('NotFound')).violation('immediate-retrieval')?.event).toBe(21);
});

test('a stranger is rightly refused', () => {
  expect(
    completed()
      .call(on('read', 'A', 1), failed('Unauthorized'))
      .judged(),
  ).toEqual({ kind: 'valid' });
});

test('a blob whose every memory was deleted need not be there, one of which a memory is left must', () => {
  const shared = () =>
    new HistoryBuilder()
      .uploaded('A', '1')
      .call(finish('A'), finished(1))
      .call(memory('M', [{ kind: 'Original', blobOf: 'A' }]), remembered('memory_2', original('blob_1')))
      .call(onMemory('deleteMemory', 'A'), done);
  const lost = shared().call(on('read', 'A'), failed('NotFound'));
  expect(lost.violation('immediate-retrieval')?.seen).toBe('read A: NotFound');
  const gone = shared().call(onMemory('deleteMemory', 'M'), done).call(on('read', 'A'), failed('NotFound'));
  expect(gone.judged()).toEqual({ kind: 'valid' });
});
