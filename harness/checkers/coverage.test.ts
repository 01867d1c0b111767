import { expect, test } from 'vitest';
import {
  HistoryBuilder,
  begin,
  begun,
  done,
  failed,
  finish,
  finished,
  put,
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
