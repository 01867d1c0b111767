import { describe, expect, it } from 'vitest';
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

describe('the completeness checker', () => {
  it('accepts a finish with every index stored, in any order and with duplicates', () => {
    const good = new HistoryBuilder().call(begin('A'), begun('1'));
    for (const index of [2, 0, 2, 1]) good.call(put('A', index), done);
    expect(good.call(finish('A'), finished(1)).violation('completeness')).toBeUndefined();
  });

  it('reports the missing index of a finish that counts puts instead of indices', () => {
    const bad = new HistoryBuilder().call(begin('A'), begun('1'));
    for (const index of [0, 2, 2]) bad.call(put('A', index), done);
    expect(bad.call(finish('A'), finished(1)).violation('completeness')).toMatchObject({
      event: 14,
      expected: 'finish A: InvalidArgument, because no put of index 1 succeeded',
    });
  });

  it('reports a status that counts an index twice, which is not a violation of isolation', () => {
    const twice = () =>
      new HistoryBuilder().call(begin('A'), begun('1')).call(put('A', 2), done).call(put('A', 2), done);
    const counted = { ...status('Uploading', 2), chunksReceived: 2 } as Result;
    const bad = twice().call(on('status', 'A'), counted);
    expect(bad.violation('completeness')).toMatchObject({
      rule: 'a status counts every chunk index once',
      expected: 'status A: at most 1 chunk, because no put at another index succeeded',
    });
    expect(bad.violation('isolation')).toBeUndefined();
    expect(twice().call(on('status', 'A'), status('Uploading', 2)).judged()).toEqual({ kind: 'valid' });
    const foreign = twice().call(on('status', 'A'), status('Uploading', 0, 1, 2));
    expect([foreign.violation('completeness'), foreign.violation('isolation')?.expected]).toEqual([
      undefined,
      'status A: at most 2 chunks, because no more were put into this session',
    ]);
  });

  it('does not count the chunk of a refused put as stored', () => {
    const bad = new HistoryBuilder()
      .call(begin('A', { file: 1 }), begun('1'))
      .call(put('A', 0), failed('Internal'));
    expect(bad.call(finish('A'), finished(1, 1)).violation('completeness')?.expected).toContain('index 0');
  });

  it('accepts that a put whose answer was lost may have stored its chunk', () => {
    const good = new HistoryBuilder().call(begin('A', { file: 1 }), begun('1'));
    good.lose(good.start(put('A', 0)));
    expect(good.call(finish('A'), finished(1, 1)).violation('completeness')).toBeUndefined();
  });

  it('accepts a finish of an empty file without any put', () => {
    const good = new HistoryBuilder()
      .call(begin('A', { file: 2 }), begun('1'))
      .call(finish('A'), finished(1, 2));
    expect(good.judged()).toEqual({ kind: 'valid' });
  });
});
