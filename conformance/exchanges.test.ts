import { describe, expect, it } from 'vitest';
import { readExchangeConformance } from './conformance.js';
import { compareAnswer } from './exchanges/compare.js';
import { readExpectedDifferences } from './exchanges/expected-differences.js';
import {
  exchangeTraceNames,
  formatExchangeTrace,
  readExchangeText,
  readExchangeTrace,
} from './exchanges/trace-files.js';
import { fromWireAnswer } from './exchanges/wire.js';
import { replayInProcess, unexpectedExchanges } from './testing/unexpected-exchanges.js';

const NAMES = exchangeTraceNames();

describe('replaying the second batch of golden traces on the server of this project', () => {
  it('counts all recorded exchanges and those that are answered as recorded', () => {
    const exchanges = NAMES.reduce((sum, name) => sum + readExchangeTrace(name).exchanges.length, 0);
    const expected = NAMES.reduce((sum, name) => sum + readExpectedDifferences(name).size, 0);
    expect(NAMES).toHaveLength(17);
    expect(exchanges).toBe(10_997);
    expect(readExchangeConformance()).toEqual({
      exchanges,
      met: exchanges - expected,
      expectedDifferences: expected,
    });
  });

  it.each(NAMES)('answers the trace %s as recorded, except for the listed exchanges', async (name) => {
    expect(unexpectedExchanges(name, await replayInProcess(name)).join('\n')).toBe('');
  });

  it.each(NAMES)('formats the trace %s as its file has it', (name) => {
    expect(formatExchangeTrace(readExchangeTrace(name))).toBe(readExchangeText(name));
  });
});

describe('comparing an answer with the recorded one', () => {
  const exchange = { label: 'x', path: '/x', response: { Ok: 'AAEC' } };
  const answer = (status: number, body: string, contentType = 'application/json') =>
    fromWireAnswer({ status, contentType, body: Buffer.from(body) });
  const pointers = (recorded: object, seen: ReturnType<typeof answer>) =>
    compareAnswer({ ...exchange, ...recorded }, seen).map(({ pointer }) => pointer);

  it('accepts an equal answer', () => {
    expect(pointers({}, answer(200, '{"Ok":"AAEC"}'))).toEqual([]);
  });

  it('reports another value, status, and content type', () => {
    expect(pointers({}, answer(200, '{"Ok":"AAED"}'))).toEqual(['/response/Ok']);
    expect(pointers({}, answer(400, '{"Ok":"AAEC"}'))).toEqual(['/status']);
    expect(pointers({}, answer(200, '{"Ok":"AAEC"}', 'text/plain'))).toEqual(['/response_type', '/response']);
  });

  it('reports a missing and an additional field', () => {
    expect(pointers({}, answer(200, '{}'))).toEqual(['/response/Ok']);
    expect(pointers({}, answer(200, '{"Ok":"AAEC","more":1}'))).toEqual(['/response/more']);
  });

  it('ignores what does not bind, and nothing else', () => {
    const response = { list: [1, 2], more: 3 };
    expect(pointers({ response, free: ['/response/*/1'] }, answer(200, '{"list":[1,9],"more":4}'))).toEqual([
      '/response/more',
    ]);
  });

  it('tells integers above 2^53 apart', () => {
    const response = { cycles: 9_007_199_254_740_993n };
    expect(pointers({ response }, answer(200, '{"cycles":9007199254740993}'))).toEqual([]);
    expect(pointers({ response }, answer(200, '{"cycles":9007199254740992}'))).toEqual(['/response/cycles']);
  });

  it('compares bytes that were not kept by their digest', () => {
    const sha256 = 'ae4b3280e56e2faf83f414a6e3dabe9d5fbe18976544c05fed121accb85b53fc';
    const response = { Ok: { sha256, length: 3 } };
    expect(pointers({ response }, answer(200, '{"Ok":"AAEC"}'))).toEqual([]);
    expect(pointers({ response }, answer(200, '{"Ok":"AAED"}'))).toEqual(['/response/Ok']);
  });
});
