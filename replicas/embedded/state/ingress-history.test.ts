import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IngressHistory } from './ingress-history.js';
import { reply } from './messages.js';

const MINUTE_NS = 60_000_000_000n;

function setUp(responseBytesMax?: number) {
  let nowNs = 0n;
  const history = new IngressHistory({
    now: () => nowNs,
    ...(responseBytesMax !== undefined && { responseBytesMax }),
  });
  return {
    history,
    wait: (ns: bigint) => {
      nowNs += ns;
    },
    answer: (id: string, bytes = 1) => {
      history.set(id, 'pending');
      history.set(id, reply(new Uint8Array(bytes)));
    },
  };
}

describe('the ingress history', () => {
  it('forgets a message 5 minutes after its answer, and not before', () => {
    const { history, wait, answer } = setUp();
    history.set('open', 'pending');
    answer('first');
    wait(MINUTE_NS);
    answer('second');
    wait(4n * MINUTE_NS);
    expect(history.prune()).toEqual([]);
    wait(1n);
    expect(history.prune()).toEqual(['first']);
    expect(history.get('first')).toBeUndefined();
    expect(history.get('second')).toEqual(reply(new Uint8Array(1)));
    wait(1_000n * MINUTE_NS);
    expect(history.prune()).toEqual(['second']);
    expect(history.get('open')).toBe('pending');
    expect(history.size).toBe(1);
  });

  it('drops the oldest responses above the limit, and keeps their messages', () => {
    const { history, answer, wait } = setUp(10);
    for (const id of ['a', 'b', 'c']) answer(id, 4);
    history.prune();
    expect([history.get('a'), history.get('b')?.valueOf()]).toEqual(['done', reply(new Uint8Array(4))]);
    answer('large', 100);
    history.prune();
    expect(['a', 'b', 'c', 'large'].map((id) => history.get(id))).toEqual(['done', 'done', 'done', 'done']);
    answer('small', 1);
    history.prune();
    expect(history.get('small')).toEqual(reply(new Uint8Array(1)));
    wait(6n * MINUTE_NS);
    expect(history.prune()).toEqual(['a', 'b', 'c', 'large', 'small']);
  });

  it('holds what a plain list of the answers of 5 minutes holds', () => {
    const step = fc.record({ waitNs: fc.bigInt(0n, 3n * MINUTE_NS), answers: fc.nat(5) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 2_000, size: 'max' }), (steps) => {
        const { history, wait, answer } = setUp();
        const expected: { id: string; atNs: bigint }[] = [];
        let nowNs = 0n;
        for (const [index, { waitNs, answers }] of steps.entries()) {
          wait(waitNs);
          nowNs += waitNs;
          for (let number = 0; number < answers; number++) {
            answer(`${index}/${number}`);
            expected.push({ id: `${index}/${number}`, atNs: nowNs });
          }
          history.prune();
        }
        const kept = expected.filter(({ atNs }) => atNs >= nowNs - 5n * MINUTE_NS).map(({ id }) => id);
        expect([...history.share().keys()]).toEqual(kept);
        expect([...history.share().values()].filter((state) => typeof state === 'string')).toEqual([]);
      }),
      { numRuns: 20 },
    );
  });

  it('starts again from a snapshot', () => {
    const { history, answer, wait } = setUp();
    answer('before');
    const snapshot = history.share();
    answer('after');
    history.adopt(snapshot);
    expect([...history.share().keys()]).toEqual(['before']);
    wait(6n * MINUTE_NS);
    expect(history.prune()).toEqual([]);
  });
});
