/** The facts on interfaces of other shapes: histories of correct canisters raise no alarm, and wrong answers do. */
import { describe, expect, it } from 'vitest';
import type { RuleName } from '../../targets/target.js';
import type { JudgedTarget } from '../judgement/applicable-rules.js';
import {
  HistoryBuilder,
  LIMITS,
  begin,
  begun,
  blob,
  done,
  failed,
  finish,
  on,
  put,
  targetOf,
} from '../testing/history-builder.js';
import type { Result } from '../../model/result.js';

const FACTS: readonly RuleName[] = [
  'completeness',
  'stored-hash',
  'immediate-retrieval',
  'upload-succeeds',
  'one-file-per-upload',
  'strangers-are-refused',
  'wrong-calls-are-refused',
  'status-is-true',
];
function factsOf(built: HistoryBuilder, target: JudgedTarget) {
  const verdict = built.judged(FACTS, { limits: LIMITS, target });
  return verdict.kind === 'invalid' ? verdict.violations.map(({ checker }) => checker) : [];
}
const file = (blobId: string): Result => ({ kind: 'finished', blobId });
const history = (): HistoryBuilder => new HistoryBuilder();

describe('facts about uploads that the last put finishes', () => {
  const target = targetOf(
    { session: 'key', begin: 'implied', finish: 'implied', readBy: 'session' },
    {
      overwriting: 'replaces',
    },
  );
  const begunByPut = () =>
    history().call(begin('A'), begun('k')).call(put('A', 0), done).call(put('A', 1), done);

  it('accept an upload, its replacement, and the old file until the new one is finished', () => {
    const good = begunByPut()
      .call(put('A', 2), file('k'))
      .call(begin('B', { key: 'A', file: 1 }), begun('k'))
      .call(on('read', 'A'), blob(0))
      .call(put('B', 0), file('k'))
      .call(on('read', 'B'), blob(1));
    expect(factsOf(good, target)).toEqual([]);
  });

  it('report an old file that is lost before the new one is finished', () => {
    const bad = begunByPut()
      .call(put('A', 2), file('k'))
      .call(begin('B', { key: 'A', file: 3 }), begun('k'))
      .call(put('B', 0), done)
      .call(on('read', 'A'), failed('NotFound'));
    expect(factsOf(bad, target)).toContain('immediate-retrieval');
  });

  it('report a last put that is refused, and an upload that is finished too early', () => {
    expect(factsOf(begunByPut().call(put('A', 2), failed('ChecksumMismatch')), target)).toEqual([
      'upload-succeeds',
    ]);
    const early = history().call(begin('A'), begun('k')).call(put('A', 0), file('k'));
    expect(factsOf(early, target)).toContain('completeness');
  });

  it('accept that an upload with wrong bytes ends when its last put is refused', () => {
    const good = history()
      .call(begin('A'), begun('k'))
      .call(put('A', 0, { kind: 'flipped', at: 1 }), done)
      .call(put('A', 1), done)
      .call(put('A', 2), failed('ChecksumMismatch'))
      .call(put('A', 2), failed('NotFound'));
    expect(factsOf(good, target)).toEqual([]);
  });

  it('accept that a put of another file takes the place of an open upload, but not that a refused one does', () => {
    const other = (answer: Result) =>
      begunByPut()
        .call(begin('B', { key: 'A', file: 1 }), begun('k'))
        .call(put('B', 0), answer)
        .call(put('A', 2), failed('NotFound'));
    expect(factsOf(other(done), target)).toEqual([]);
    expect(factsOf(other(failed('Conflict')), target)).toEqual(['upload-succeeds']);
  });

  it('accept that an upload goes on after a put of another file was finished under the same key', () => {
    const good = history()
      .call(begin('A'), begun('k'))
      .call(put('A', 1), done)
      .call(begin('B', { key: 'A', file: 1 }), begun('k'))
      .call(put('B', 0), file('k'))
      .call(put('A', 0, { kind: 'flipped', at: 0 }), done)
      .call(put('A', 2), failed('ChecksumMismatch'));
    expect(factsOf(good, target)).toEqual([]);
  });
});

describe('facts about uploads whose finish lists receipts', () => {
  const target = targetOf({ address: 'receipt', finish: 'list', finishTakesHash: false }, {});
  const receipt = (id: string): Result => ({ kind: 'done', receipt: id });
  const listed = () =>
    history()
      .call(begin('A', { file: 1 }), begun('1'))
      .call(put('A', 0), receipt('r1'));

  it('report a finish that is refused, and wrong bytes that are read', () => {
    expect(factsOf(listed().call(finish('A'), failed('Internal')), target)).toEqual(['upload-succeeds']);
    const bad = listed().call(finish('A'), file('f')).call(on('read', 'A'), blob(0));
    expect(factsOf(bad, target)).toContain('stored-hash');
    expect(factsOf(listed().call(finish('A'), file('f')).call(on('read', 'A'), blob(1)), target)).toEqual([]);
  });

  it('accept anything from a finish that was issued before the receipt was known', () => {
    const early = history().call(begin('A', { file: 1 }), begun('1'));
    const held = early.start(finish('A'));
    early.call(put('A', 0), receipt('r1')).deliver(held).end(held, file('f'));
    expect(factsOf(early.call(on('read', 'A'), blob(2)), target)).toEqual([]);
  });
});

describe('facts about an upload in a system of several canisters', () => {
  it('accept a refusal while one of them is stopped', () => {
    const good = history().uploaded('A', '1').stopping().call(finish('A'), failed('other'));
    expect(factsOf(good.restarted(), targetOf({}, {}))).toEqual([]);
  });
});
