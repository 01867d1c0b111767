import { describe, expect, it } from 'vitest';
import {
  HistoryBuilder,
  LIMITS,
  TARGET,
  begin,
  begun,
  begunA,
  completed,
  done,
  failed,
  finish,
  finished,
  on,
  put,
  targetOf,
} from '../testing/history-builder.js';

const rule = 'wrong-calls-are-refused';

describe('the wrong-calls-are-refused checker', () => {
  it.each([
    [
      'a chunk that is too short',
      begunA().call(put('A', 0, { kind: 'short' }), done),
      'the length of its place',
    ],
    ['a chunk that is too long', begunA().call(put('A', 2, { kind: 'long' }), done), 'beyond the end'],
    ['a chunk beyond the end', begunA().call(put('A', 3), done), 'beyond the end'],
    [
      'other bytes at a place that is stored',
      begunA()
        .call(put('A', 0), done)
        .call(put('A', 0, { kind: 'flipped', at: 1 }), done),
      'other bytes are stored there',
    ],
    ['a put after an abort', begunA().call(on('abort', 'A'), done).call(put('A', 0), done), 'was aborted'],
    [
      'a finish after an abort',
      new HistoryBuilder().uploaded('A', '1').call(on('abort', 'A'), done).call(finish('A'), finished(1)),
      'was aborted',
    ],
  ])('reports that the canister accepts %s', (_title, bad, words) => {
    expect(bad.violation(rule)?.expected).toContain(words);
  });

  it('ignores a late put of an earlier upload with the same key', () => {
    const target = targetOf(
      { session: 'key', begin: 'implied', finish: 'implied' },
      { overwriting: 'replaces' },
    );
    const built = new HistoryBuilder()
      .call(begin('A', { key: 'k' }), begun('k'))
      .call(put('A', 0), done)
      .call(put('A', 1), done)
      .call(put('A', 2), finished(1))
      .call(begin('B', { file: 1, key: 'k' }), begun('k'));
    const late = built.call(put('A', 2), finished(1));
    expect(late.violation(rule, LIMITS, target)).toBeUndefined();
    expect(built.call(put('B', 2), done).violation(rule, LIMITS, target)?.expected).toContain(
      'beyond the end',
    );
  });

  it('reports a begin beyond the limits', () => {
    const one = new HistoryBuilder().call(begin('A'), begun('1'));
    expect(one.violation(rule, { ...LIMITS, bytesMax: 249 })?.expected).toContain('it has 250 bytes');
    const two = new HistoryBuilder().call(begin('A'), begun('1')).call(begin('B'), begun('2'));
    const limits = { ...LIMITS, activeSessionsMax: 1 };
    expect(two.violation(rule, limits)?.expected).toContain('its caller has 1 open uploads');
    const cancelled = new HistoryBuilder()
      .call(begin('A'), begun('1'))
      .call(on('abort', 'A'), done)
      .call(begin('B'), begun('2'));
    expect(cancelled.violation(rule, limits)).toBeUndefined();
  });

  it('reports a put into a paused upload if a pause stops it', () => {
    const paused = begunA().call(on('pause', 'A'), done).call(put('A', 0), done);
    expect(paused.violation(rule)?.expected).toContain('the upload is paused');
    const { pause: _, ...promises } = TARGET.promises;
    expect(paused.violation(rule, LIMITS, { ...TARGET, promises })).toBeUndefined();
    const resumed = begunA().call(on('pause', 'A'), done).call(on('resume', 'A'), done);
    expect(resumed.call(put('A', 0), done).violation(rule)).toBeUndefined();
  });

  it('accepts a put beside a pause or a resume', () => {
    const built = begunA();
    const pause = built.start(on('pause', 'A'));
    built.call(put('A', 0), done).end(pause, done);
    const resume = built.start(on('resume', 'A'));
    expect(built.call(put('A', 1), done).end(resume, done).violation(rule)).toBeUndefined();
  });

  it('reports what only other promises call wrong', () => {
    const outOfOrder = begunA().call(put('A', 1), done);
    const ascending = targetOf({}, { chunkOrder: 'ascending' });
    expect(outOfOrder.violation(rule, LIMITS, ascending)?.expected).toContain('chunk 0 was not put before');
    expect(outOfOrder.violation(rule)).toBeUndefined();
    const again = begunA().call(put('A', 0), done).call(put('A', 0), done);
    expect(again.violation(rule, LIMITS, targetOf({}, { repeatedPut: 'rejected' }))?.expected).toContain(
      'the same bytes are stored there',
    );
    const finishedAgain = completed().call(finish('A'), finished(1));
    expect(
      finishedAgain.violation(rule, LIMITS, targetOf({}, { repeatedFinish: 'rejected' }))?.expected,
    ).toContain('the upload was finished');
  });

  it('accepts short chunks where the client chooses their size', () => {
    const { limits } = targetOf({}, {}).promises;
    const target = targetOf({}, { limits: { ...limits, chunkSize: 'client' } });
    const short = begunA().call(put('A', 0, { kind: 'short' }), done);
    expect(short.violation(rule, LIMITS, target)).toBeUndefined();
  });

  it('accepts other bytes at a place whose put failed or was lost', () => {
    const other = { kind: 'flipped', at: 1 } as const;
    expect(
      begunA()
        .call(put('A', 0), failed('Internal'))
        .call(put('A', 0, other), done)
        .violation(rule),
    ).toBeUndefined();
    const lost = begunA();
    lost.lose(lost.start(put('A', 0)));
    expect(lost.call(put('A', 0, other), done).violation(rule)).toBeUndefined();
  });
});
