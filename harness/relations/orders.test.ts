import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { atMost, clustersOf, combinations, ordersOf, type Span } from './orders.js';

const span = (call: number, invoked: number, ended: number): Span => ({ call, invoked, ended });
const callsOf = (spans: readonly Span[]) => spans.map(({ call }) => call);

describe('orders of concurrent calls', () => {
  it('puts calls that overlap directly or through others into one cluster', () => {
    const spans = [span(0, 0, 2), span(1, 1, 5), span(2, 4, 6), span(3, 7, 8)];
    expect(clustersOf(spans).map(callsOf)).toEqual([[0, 1, 2], [3]]);
  });

  it('lists every order of calls that all overlap', () => {
    const orders = [...ordersOf([span(0, 0, 9), span(1, 1, 9), span(2, 2, 9)])];
    expect(new Set(orders.map((order) => callsOf(order).join()))).toHaveProperty('size', 6);
  });

  it('starts with the given order', () => {
    const [first] = ordersOf([span(1, 1, 9), span(0, 0, 9)]);
    expect(callsOf(first ?? [])).toEqual([1, 0]);
  });

  it('never puts a call before one that ended before it was issued', () => {
    const spans = fc.array(fc.tuple(fc.nat(20), fc.nat(10)), { maxLength: 5 });
    fc.assert(
      fc.property(spans, (drawn) => {
        const all = drawn.map(([invoked, length], call) => span(call, invoked, invoked + length));
        for (const order of ordersOf(all)) {
          for (const [place, later] of order.entries())
            for (const earlier of order.slice(0, place))
              expect(later.ended).toBeGreaterThanOrEqual(earlier.invoked);
        }
      }),
    );
  });

  it('combines one element of each list', () => {
    expect([...combinations([['a', 'b'], ['c'], ['d', 'e']])].map((one) => one.join(''))).toEqual([
      'acd',
      'ace',
      'bcd',
      'bce',
    ]);
  });

  it('takes elements up to a maximum, and nothing beyond it', () => {
    expect(atMost([1, 2], 2)).toEqual([1, 2]);
    expect(atMost([1, 2, 3], 2)).toBeUndefined();
  });
});
