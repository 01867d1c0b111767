import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { utf8 } from '../../certification/bytes.js';
import { labelsOf, lookupValue } from '../../certification/hash-tree.js';
import { IngressHistory, type IngressRecord } from './ingress-history.js';
import { nodeHash, witness, EMPTY } from './state-node.js';

const SECOND_NS = 1_000_000_000n;

const requestId = (name: string): Uint8Array => new Uint8Array(createHash('sha256').update(name).digest());

function add(history: IngressHistory, name: string, expiry = 10n * SECOND_NS): IngressRecord {
  return history.add({ requestId: requestId(name), sender: '2vxsx-fae', receiver: 'aaaaa-aa', expiry });
}

function statusOf(history: IngressHistory, name: string): string | undefined {
  const id = requestId(name);
  const value = lookupValue(witness(history.tree, [[id]]), [id, utf8('status')]);
  return value && new TextDecoder().decode(value);
}

function answer(history: IngressHistory, record: IngressRecord, length = 1): void {
  history.update(record, { kind: 'reply', bytes: new Uint8Array(length) });
}

describe('the ingress history', () => {
  it('shows a message from the block that receives it until its answer', () => {
    const history = new IngressHistory();
    const record = add(history, 'a');
    expect(statusOf(history, 'a')).toBe(undefined);
    history.update(record, 'received');
    expect(statusOf(history, 'a')).toBe('received');
    history.update(record, 'processing');
    expect(statusOf(history, 'a')).toBe('processing');
    expect(history.isTerminal(record.requestId)).toBe(false);
    history.update(record, { kind: 'reject', code: 4, errorCode: 'IC0406', text: 'no' });
    expect(statusOf(history, 'a')).toBe('rejected');
    const labels = labelsOf(witness(history.tree, [[record.requestId]])).length;
    expect([history.isTerminal(record.requestId), labels]).toEqual([true, 1]);
  });

  it('removes answered messages when they expire, and no others', () => {
    const history = new IngressHistory();
    answer(history, add(history, 'answered'));
    answer(history, add(history, 'answered, expires later', 30n * SECOND_NS));
    const open = add(history, 'open');
    history.update(open, 'processing');
    history.prune(9n * SECOND_NS);
    expect(statusOf(history, 'answered')).toBe('replied');
    history.prune(20n * SECOND_NS);
    expect(['answered', 'answered, expires later', 'open'].map((name) => statusOf(history, name))).toEqual([
      undefined,
      'replied',
      'processing',
    ]);
    answer(history, open);
    history.prune(40n * SECOND_NS);
    expect(nodeHash(history.tree)).toEqual(nodeHash(EMPTY));
    expect(history.get(open.requestId)).toBe(undefined);
  });

  it('removes a limited number of records per block until none is left', () => {
    const history = new IngressHistory();
    for (let index = 0; index < 1_000; index += 1) answer(history, add(history, String(index)));
    const left = (): number => labelsOf(witness(history.tree, [[]])).length;
    history.prune(20n * SECOND_NS);
    expect(left()).toBe(800);
    for (let block = 0; block < 4; block += 1) history.prune(20n * SECOND_NS);
    expect(left()).toBe(0);
  });

  it('drops the oldest answers above the size limit and gives them the status done', () => {
    const history = new IngressHistory(100);
    for (const name of ['a', 'b', 'c']) answer(history, add(history, name), 45);
    history.prune(0n);
    expect(['a', 'b', 'c'].map((name) => statusOf(history, name))).toEqual(['done', 'replied', 'replied']);
    expect(history.isTerminal(requestId('a'))).toBe(true);
  });

  it('accepts a refused request again', () => {
    const history = new IngressHistory();
    history.forget(add(history, 'a'));
    expect(history.get(requestId('a'))).toBe(undefined);
    answer(history, add(history, 'a'));
    history.prune(20n * SECOND_NS);
    expect(history.get(requestId('a'))).toBe(undefined);
  });
});
