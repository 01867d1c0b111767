import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canisterIdFromIndex } from '../../../replicas/embedded/principals.js';
import type { CanisterFacts } from '../../ic/backend.js';
import { verifyCertificate } from '../../ic/certificate.js';
import { createSubnetIdentity } from '../../ic/subnet-identity.js';
import { StateChain, type StateRecord } from './state-chain.js';

const IDENTITY = createSubnetIdentity(new Uint8Array(32));
const SUBNETS = [{ id: IDENTITY.id, publicKeyDer: IDENTITY.key.publicKeyDer, ranges: [] }];
const METRICS = { canisterStateBytes: 0n, consumedCycles: 0n, updateTransactions: 0n };

function canisters(count: number): readonly CanisterFacts[] {
  return Array.from({ length: count }, (_, index) => ({
    id: canisterIdFromIndex(BigInt(index)),
    controllers: [],
    module: undefined,
  }));
}

function record(timeNs: number, more: Partial<StateRecord> = {}): StateRecord {
  return {
    timeNs: BigInt(timeNs),
    subnets: SUBNETS,
    canisters: [],
    metrics: METRICS,
    statuses: [],
    ...more,
  };
}

const statusChange = fc.record({
  requestId: fc.uint8Array({ minLength: 1, maxLength: 1 }),
  status: fc.constantFrom('received' as const, 'processing' as const, undefined),
});

describe('the chain of certified states', () => {
  it('has the same hashes whether states are hashed one by one or together', () => {
    fc.assert(
      fc.property(fc.array(fc.array(statusChange, { maxLength: 3 }), { minLength: 1 }), (changes) => {
        const [eager, lazy] = [new StateChain(() => IDENTITY), new StateChain(() => IDENTITY)];
        for (const [index, statuses] of changes.entries()) {
          for (const chain of [eager, lazy]) chain.append(record(index + 1, { statuses }));
          eager.latest();
        }
        expect(lazy.latest().rootHash).toEqual(eager.latest().rootHash);
        expect(lazy.latest().height).toBe(changes.length);
      }),
      { numRuns: 50 },
    );
  });

  it('depends on every earlier state', () => {
    const rootHash = (times: readonly number[]) => {
      const chain = new StateChain(() => IDENTITY);
      for (const time of times) chain.append(record(time));
      return chain.latest().rootHash;
    };
    expect(rootHash([1, 2, 3])).not.toEqual(rootHash([1, 3]));
    expect(rootHash([1, 2, 3])).toEqual(rootHash([1, 2, 3]));
  });

  it('skips states if too many wait, and its certificates remain valid', () => {
    const chain = new StateChain(() => IDENTITY);
    // Each of the first seven states is above the limit together with the next one, so none of them is hashed.
    const few = canisters(3);
    const many = Array.from({ length: 200_000 }, () => few[0]!);
    for (let time = 1; time <= 10; time++) chain.append(record(time, { canisters: time < 8 ? many : few }));
    const state = chain.latest();
    expect([state.height, state.timeNs]).toEqual([10, 10n]);
    const verified = verifyCertificate(state.certificate([]), { rootKeyDer: IDENTITY.key.publicKeyDer });
    expect(verified).toMatchObject({ ok: true, timeNs: 10n });

    const short = new StateChain(() => IDENTITY);
    for (const time of [8, 9, 10]) short.append(record(time, { canisters: few }));
    expect(state.rootHash).toEqual(short.latest().rootHash);
  });
});
