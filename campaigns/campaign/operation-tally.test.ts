import { describe, expect, it } from 'vitest';
import { begin, begun, done, failed, HistoryBuilder, on } from '../../harness/testing/history-builder.js';
import { OperationTally } from './operation-tally.js';

/** A history in which an upload begins and is aborted this often; every abort fails. */
function failingAborts(count: number, by?: number): HistoryBuilder {
  const history = new HistoryBuilder().call(begin('A'), begun('1'));
  for (let index = 0; index < count; index++)
    history.call({ ...on('abort', 'A'), ...(by === undefined ? {} : { by }) }, failed('InvalidState'));
  return history;
}

function tallyOf(...builders: readonly HistoryBuilder[]): OperationTally {
  const tally = new OperationTally();
  for (const { history } of builders) tally.add(history);
  return tally;
}

describe('the operations that never succeeded', () => {
  it('are those that failed 50 times, in one history or several', () => {
    expect(tallyOf(failingAborts(50)).neverSucceeded).toEqual(['abort']);
    expect(tallyOf(failingAborts(25), failingAborts(25)).neverSucceeded).toEqual(['abort']);
    expect(tallyOf(failingAborts(49)).neverSucceeded).toEqual([]);
  });

  it('are not those that succeeded once', () => {
    expect(tallyOf(failingAborts(60).call(on('abort', 'A'), done)).neverSucceeded).toEqual([]);
  });

  it('are not those that only strangers tried', () => {
    expect(tallyOf(failingAborts(60, 1)).neverSucceeded).toEqual([]);
  });

  it('are the same for the sum of two counts', () => {
    const sum = new OperationTally();
    for (const { counts } of [tallyOf(failingAborts(30)), tallyOf(failingAborts(30))]) sum.addCounts(counts);
    expect(sum.neverSucceeded).toEqual(['abort']);
  });
});
