import { describe, expect, it } from 'vitest';
import {
  begin,
  begun,
  done,
  failed,
  finish,
  finished,
  HistoryBuilder,
  put,
} from '../testing/history-builder.js';
import { fingerprintOf } from './fingerprint.js';
import { severityOf } from './severity.js';
import type { Violation } from './verdict.js';

/** The violation of `outcome` by an upload of file 0 whose finish finds another hash. */
function mismatch(label: string, indices: readonly number[]): Violation {
  const builder = new HistoryBuilder().call(begin(label), begun('7'));
  for (const index of indices) builder.call(put(label, index), done);
  return outcomeOf(builder.call(finish(label), failed('ChecksumMismatch')));
}

function outcomeOf(builder: HistoryBuilder): Violation {
  const violation = builder.violation('outcome');
  if (violation === undefined) throw new Error('the history is valid');
  return violation;
}

describe('the fingerprint of a violation', () => {
  it('names the layer, the checker, the operation, and both kinds of answer', () => {
    const violation = mismatch('A', [0, 1, 2]);
    expect(fingerprintOf(violation)).toBe(
      'spec/outcome: finish answers ChecksumMismatch instead of finished',
    );
    expect(severityOf(violation)).toBe('correct upload refused');
  });

  it('is the same for another session and another order of chunks', () => {
    expect(fingerprintOf(mismatch('B', [2, 0, 1, 1]))).toBe(fingerprintOf(mismatch('A', [0, 1, 2])));
  });

  it('differs for another rule and another kind of answer', () => {
    const builder = new HistoryBuilder().call(begin('A'), begun('1')).call(put('A', 1), failed('Conflict'));
    expect(fingerprintOf(outcomeOf(builder))).toBe('spec/outcome: put answers Conflict instead of done');
    const refused = builder.violation('upload-succeeds');
    expect(refused && fingerprintOf(refused)).toBe(
      'fact/upload-succeeds: put answers Conflict instead of done',
    );
  });

  it('names the part that differs between two answers of one kind', () => {
    const builder = new HistoryBuilder()
      .uploaded('A', '1')
      .call(finish('A'), { ...finished(1), size: '99' } as typeof done);
    const violation = outcomeOf(builder);
    expect(fingerprintOf(violation)).toBe(
      'spec/outcome: finish answers a wrong size instead of the right size',
    );
    expect(severityOf(violation)).toBe('bytes lost or wrong');
  });
});
