import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Choice, MessageId, PrincipalText } from '../replica.js';
import { ReplicaError } from '../replica.js';
import { createEmbeddedReplica, type EmbeddedReplica } from './embedded-replica.js';
import { principalToBytes } from './principals.js';
import { compileCallCanister } from './testing/call-canister.js';

const CALLER = '2vxsx-fae';
const NO_ARG = new Uint8Array(0);

let wasm: Uint8Array;
beforeAll(async () => {
  wasm = await compileCallCanister();
});

async function install(replica: EmbeddedReplica): Promise<PrincipalText> {
  const canister = await replica.createCanister();
  const outcome = await replica.install({ canister, mode: 'install', wasm, arg: NO_ARG });
  expect(outcome.kind).toBe('reply');
  return canister;
}

async function send(
  replica: EmbeddedReplica,
  canister: PrincipalText,
  method: string,
  arg: Uint8Array,
): Promise<MessageId> {
  const submission = await replica.submit({ canister, method, arg, caller: CALLER });
  if (submission.kind !== 'accepted') throw new Error(submission.reject.text);
  return submission.id;
}

function burst(replica: EmbeddedReplica, from: PrincipalText, to: PrincipalText, bytes: readonly number[]) {
  return send(replica, from, 'burst', Uint8Array.from([...principalToBytes(to), ...bytes]));
}

/** The events that the canister noted, in their order. */
async function events(replica: EmbeddedReplica, canister: PrincipalText): Promise<number[]> {
  const bytes = [...(await replica.stableMemory(canister))];
  return bytes.slice(0, bytes.findLastIndex((byte) => byte !== 0) + 1);
}

/** Delivers messages until none is left. Each number picks one of the deliverable messages. */
async function drain(replica: EmbeddedReplica, picks: readonly number[]): Promise<Choice[]> {
  const delivered: Choice[] = [];
  for (let i = 0; ; i++) {
    const choices = await replica.deliverable();
    if (choices.length === 0) return delivered;
    const choice = choices[(picks[i % picks.length] ?? 0) % choices.length]!;
    await replica.deliver(choice.id);
    delivered.push(choice);
  }
}

describe('the order of messages', () => {
  it('lets every waiting ingress message come first', async () => {
    const orders = new Set<string>();
    for (const pick of [0, 1, 2]) {
      const replica = createEmbeddedReplica();
      const canister = await install(replica);
      for (const byte of [1, 2, 3]) await send(replica, canister, 'note', Uint8Array.of(byte));
      await drain(replica, [pick]);
      orders.add((await events(replica, canister)).join());
    }
    expect([...orders].sort()).toEqual(['1,2,3', '2,3,1', '3,1,2'].sort());
  });

  it('keeps the order of requests from one canister to another, but not of their responses', async () => {
    const responseOrders = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(50), { minLength: 1, maxLength: 20 }), async (picks) => {
        const replica = createEmbeddedReplica();
        const [a, b, c] = [await install(replica), await install(replica), await install(replica)];
        await burst(replica, a, c, [1, 2, 3]);
        await burst(replica, b, c, [11, 12, 13]);
        await drain(replica, picks);
        const seen = await events(replica, c);
        expect(seen.filter((event) => event < 10)).toEqual([1, 2, 3]);
        expect(seen.filter((event) => event > 10)).toEqual([11, 12, 13]);
        const returned = (await events(replica, a)).map((event) => event & 0x7f);
        expect([...returned].sort()).toEqual([1, 2, 3]);
        responseOrders.add(returned.join());
      }),
      { seed: 1, numRuns: 60 },
    );
    expect(responseOrders.size).toBeGreaterThan(1);
  });

  it('interleaves requests of different senders', async () => {
    const orders = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(50), { minLength: 1, maxLength: 20 }), async (picks) => {
        const replica = createEmbeddedReplica();
        const [a, b, c] = [await install(replica), await install(replica), await install(replica)];
        await burst(replica, a, c, [1, 2]);
        await burst(replica, b, c, [11, 12]);
        await drain(replica, picks);
        orders.add((await events(replica, c)).join());
      }),
      { seed: 1, numRuns: 60 },
    );
    expect(orders.size).toBeGreaterThan(2);
  });

  it('refuses to deliver a message that may not come next', async () => {
    const replica = createEmbeddedReplica();
    const [a, c] = [await install(replica), await install(replica)];
    const id = await burst(replica, a, c, [1, 2]);
    await replica.deliver(id);
    const [first, ...others] = await replica.deliverable();
    expect(others).toEqual([]);
    const next = `m${Number(first!.id.slice(1)) + 1}`;
    await expect(replica.deliver(next)).rejects.toThrow(ReplicaError);
    await expect(replica.deliver(id)).rejects.toThrow(ReplicaError);
  });

  it('names the ingress message at the root of each message', async () => {
    const replica = createEmbeddedReplica();
    const [a, c] = [await install(replica), await install(replica)];
    const id = await burst(replica, a, c, [1]);
    const delivered = await drain(replica, [0]);
    expect(delivered.map(({ kind, method, root }) => [kind, method, root])).toEqual([
      ['ingress', 'burst', id],
      ['request', 'note', id],
      ['response', 'note', id],
    ]);
  });

  it('produces the same ids, replies, and metrics for the same choices after a restore', async () => {
    const replica = createEmbeddedReplica();
    const [a, c] = [await install(replica), await install(replica)];
    const start = await replica.snapshot();
    const play = async () => {
      await burst(replica, a, c, [1, 2, 3]);
      await send(replica, c, 'note', Uint8Array.of(9));
      const delivered = await drain(replica, [3, 1, 4, 1, 5]);
      return JSON.stringify([
        delivered,
        await events(replica, a),
        await events(replica, c),
        (await replica.metrics(a)).instructions,
        String((await replica.metrics(c)).cycles),
      ]);
    };
    const first = await play();
    await replica.restore(start);
    expect(await events(replica, c)).toEqual([]);
    expect(await play()).toBe(first);
  });

  it('includes the waiting messages in a snapshot', async () => {
    const replica = createEmbeddedReplica();
    const [a, c] = [await install(replica), await install(replica)];
    const id = await burst(replica, a, c, [1, 2, 3]);
    await replica.deliver(id);
    const underway = await replica.snapshot();
    const choices = await replica.deliverable();
    await drain(replica, [0]);
    await replica.restore(underway);
    expect(await replica.deliverable()).toEqual(choices);
    await drain(replica, [1]);
    expect(await events(replica, c)).toEqual([1, 2, 3]);
  });
});
