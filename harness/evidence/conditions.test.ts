import { describe, expect, it } from 'vitest';
import {
  begin,
  begun,
  done,
  failed,
  FILES,
  finish,
  finished,
  HistoryBuilder,
  LIMITS,
  on,
  put,
} from '../testing/history-builder.js';
import { conditionsOf, type ConditionsOptions } from './conditions.js';

function conditions(builder: HistoryBuilder, options: Partial<ConditionsOptions> = {}) {
  return conditionsOf(
    builder.history,
    { files: FILES, limits: LIMITS },
    { defaultChunkSize: 100, ...options },
  );
}

describe('the conditions of a failure', () => {
  it('are empty for a plain upload', () => {
    expect(conditions(new HistoryBuilder().uploaded('A', '1').call(finish('A'), finished(1)))).toEqual([]);
  });

  it('name what happens besides', () => {
    const builder = new HistoryBuilder()
      .call(begin('A'), begun('1'))
      .call(put('A', 1), done)
      .call(put('A', 0), done)
      .call(put('A', 0), done)
      .call(put('A', 0, { kind: 'flipped', at: 0 }), failed('Conflict'))
      .upgrade()
      .call(finish('A', 'flipped'), failed('InvalidArgument'));
    expect(conditions(builder)).toEqual([
      'chunks out of order',
      'chunk repeated',
      'chunk replaced',
      'wrong bytes',
      'missing chunks',
      'wrong hash',
      'upgrade',
    ]);
  });

  it('of one session leave out operations on others', () => {
    const builder = new HistoryBuilder()
      .uploaded('A', '1')
      .call(begin('B', { file: 1, caller: 1 }), begun('2'))
      .call(on('pause', 'B'), failed('InvalidState'))
      .call(put('A', 0, { kind: 'right' }, 1), failed('Unauthorized'));
    expect(conditions(builder, { session: 'B' })).toEqual(['another session', 'pause']);
    expect(conditions(builder, { session: 'A' })).toEqual([
      'another session',
      'another caller',
      'chunk repeated',
    ]);
  });

  it('name only what is true: an owner is not another caller, and the bytes of the own index are right', () => {
    const builder = new HistoryBuilder()
      .call(begin('A'), begun('1'))
      .call(put('A', 0, { kind: 'of-index', index: 0 }, 0), done);
    expect(conditions(builder)).toEqual([]);
    builder.call(put('A', 1, { kind: 'of-index', index: 0 }, 1), done);
    expect(conditions(builder)).toEqual(['another caller', 'wrong bytes']);
    const files = FILES.slice(0, 1);
    const only = new HistoryBuilder().uploaded('A', '1').call(finish('A', 'other-file'), finished(1));
    expect(conditionsOf(only.history, { files, limits: LIMITS }, { defaultChunkSize: 100 })).toEqual([]);
  });

  it('end with the event that shows the failure', () => {
    const builder = new HistoryBuilder().uploaded('A', '1').upgrade().call(on('abort', 'A'), done);
    const upgraded = builder.history.events.find(({ type }) => type === 'upgraded');
    expect(conditions(builder, { until: upgraded?.index })).toEqual(['upgrade']);
    expect(conditions(builder)).toEqual(['abort', 'upgrade']);
  });

  it('include an empty file only if there is no other condition', () => {
    const empty = () => new HistoryBuilder().call(begin('A', { file: 2 }), begun('1'));
    expect(conditions(empty().call(finish('A'), finished(1, 2)))).toEqual(['empty file']);
    expect(conditions(empty().upgrade().call(finish('A'), finished(1, 2)))).toEqual(['upgrade']);
  });

  it('include calls in flight only if they overlap', () => {
    const builder = new HistoryBuilder().call(begin('A', { file: 1 }), begun('1')).call(put('A', 0), done);
    const first = builder.start(finish('A'));
    expect(conditions(builder)).toEqual([]);
    builder.start(on('status', 'A'));
    builder.end(first, finished(1, 1));
    expect(conditions(builder)).toEqual(['calls in flight']);
  });
});
