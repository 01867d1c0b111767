import { expect, test } from 'vitest';
import type { Result } from '../../model/result.js';
import {
  HistoryBuilder,
  begin,
  begun,
  done,
  failed,
  finish,
  finished,
  on,
  put,
  status,
} from '../testing/history-builder.js';

test('finish with every index answered Ok is right, in any order and with duplicates', () => {
  const good = new HistoryBuilder().call(begin('A'), begun('1'));
  for (const index of [2, 0, 2, 1]) good.call(put('A', index), done);
  expect(good.call(finish('A'), finished(1)).violation('coverage')).toBeUndefined();
});

test('finish that counted puts instead of indices is a violation that names the gap', () => {
  const bad = new HistoryBuilder().call(begin('A'), begun('1'));
  for (const index of [0, 2, 2]) bad.call(put('A', index), done);
  expect(bad.call(finish('A'), finished(1)).violation('coverage')).toMatchObject({
    event: 14,
    expected: 'finish A: InvalidArgument, because no put of index 1 was answered Ok',
  });
});

test('a status that counts an index twice is a violation of its own, and no trace of others', () => {
  const twice = () =>
    new HistoryBuilder().call(begin('A'), begun('1')).call(put('A', 2), done).call(put('A', 2), done);
  const counted = { ...status('Uploading', 2), chunksReceived: 2 } as Result;
  const bad = twice().call(on('status', 'A'), counted);
  expect(bad.violation('coverage')).toMatchObject({
    rule: 'chunks are counted once for each index',
    expected: 'status A: at most 1 chunks, because no put at another index was answered Ok',
  });
  expect(bad.violation('isolation')).toBeUndefined();
  expect(twice().call(on('status', 'A'), status('Uploading', 2)).judged()).toEqual({ kind: 'valid' });
  const foreign = twice().call(on('status', 'A'), status('Uploading', 0, 1, 2));
  expect([foreign.violation('coverage'), foreign.violation('isolation')?.expected]).toEqual([
    undefined,
    'status A: at most 2 chunks, because no more were put into this session',
  ]);
});

test('a put that was refused has stored nothing', () => {
  const bad = new HistoryBuilder()
    .call(begin('A', { file: 1 }), begun('1'))
    .call(put('A', 0), failed('Internal'));
  expect(bad.call(finish('A'), finished(1, 1)).violation('coverage')?.expected).toContain('index 0');
});

test('a put whose answer was lost may have stored its chunk', () => {
  const good = new HistoryBuilder().call(begin('A', { file: 1 }), begun('1'));
  good.lose(good.start(put('A', 0)));
  expect(good.call(finish('A'), finished(1, 1)).violation('coverage')).toBeUndefined();
});

test('an empty file needs no index', () => {
  const good = new HistoryBuilder()
    .call(begin('A', { file: 2 }), begun('1'))
    .call(finish('A'), finished(1, 2));
  expect(good.judged()).toEqual({ kind: 'valid' });
});
