/** Several subnets, message by message. The tests of `servers/pocketic` use rounds and the real client library. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Principal } from '@icp-sdk/core/principal';
import type { MessageId, Outcome, PrincipalText } from '../replica.js';
import { toOutcome } from './embedded-replica.js';
import { Engine } from './engine.js';
import { decodeResult } from './management-interface/candid-types.js';
import { bytesToPrincipal, principalToBytes } from './principals.js';
import { createSubnetProfile } from './subnet-profile.js';
import type { SubnetOptions } from './subnet-options.js';
import { FORWARD, forwardArg, PRELUDE } from './testing/module-text.js';
import { NO_ARG, USER } from './testing/test-driver.js';
import { compileCallCanister } from './testing/call-canister.js';
import { compileWat } from './testing/compile-wat.js';

function subnet(number: number): SubnetOptions {
  return {
    id: Uint8Array.from({ length: 29 }, (_, i) => (i === 28 ? 2 : number)),
    publicKey: new Uint8Array(133).fill(number),
    profile: createSubnetProfile({ type: 'application', nodes: 13 }),
    ranges: [{ first: BigInt(number) << 20n, last: (BigInt(number + 1) << 20n) - 1n }],
  };
}
const idOf = (number: number): PrincipalText => bytesToPrincipal(subnet(number).id);

let noting: Uint8Array;
let forwarding: Uint8Array;
beforeAll(async () => {
  noting = await compileCallCanister();
  forwarding = await compileWat(`(module ${PRELUDE} ${FORWARD}
    (func (export "canister_update hurry") (call $forward (i32.const 10) (i64.const 0) (i32.const 10)))
    (func (export "canister_update ok") (call $reply)))`);
});

function create(engine: Engine, number: number, wasm: Uint8Array): PrincipalText {
  const manage = (method: 'provisional_create_canister_with_cycles' | 'install_code', argument: object) => {
    const submission = engine.submitManagement(method, USER, argument, idOf(number));
    if (submission.kind !== 'accepted') throw new Error(submission.kind);
    engine.deliver(submission.id);
    const outcome = toOutcome(engine.poll(submission.id)!);
    if (outcome.kind === 'reject') throw new Error(outcome.text);
    return outcome.bytes;
  };
  const method = 'provisional_create_canister_with_cycles';
  const made = manage(method, { amount: [], settings: [], specified_id: [] });
  const { canister_id: canister } = decodeResult(method, made) as { canister_id: Principal };
  manage('install_code', { mode: { install: null }, canister_id: canister, wasm_module: wasm, arg: NO_ARG });
  return canister.toText();
}

function submit(engine: Engine, canister: PrincipalText, method: string, arg: Uint8Array): MessageId {
  const submission = engine.submit({ canister, method, arg, caller: USER });
  if (submission.kind !== 'accepted') throw new Error(submission.kind);
  return submission.id;
}

function outcomeOf(engine: Engine, id: MessageId): Outcome | undefined {
  const response = engine.poll(id);
  return response && toOutcome(response);
}

function drain(engine: Engine, picks: readonly number[]): number {
  for (let count = 0; ; count++) {
    const choices = engine.choices();
    if (choices.length === 0) return count;
    engine.deliver(choices[(picks[count % picks.length] ?? 0) % choices.length]!.id);
  }
}

/** The events that the canister noted, in their order. */
function events(engine: Engine, canister: PrincipalText): number[] {
  const bytes = [...engine.stableMemory(canister)];
  return bytes.slice(0, bytes.findLastIndex((byte) => byte !== 0) + 1);
}

function burst(engine: Engine, from: PrincipalText, to: PrincipalText, notes: readonly number[]): MessageId {
  return submit(engine, from, 'burst', Uint8Array.from([...principalToBytes(to), ...notes]));
}

describe('messages between subnets', () => {
  it('arrive in the order in which they were sent, whatever the order of delivery', () => {
    const orders = new Set<string>();
    fc.assert(
      fc.property(fc.array(fc.nat(50), { minLength: 1, maxLength: 20 }), (picks) => {
        const engine = new Engine({ subnets: [subnet(1), subnet(2), subnet(3)] });
        const [a, b, c] = [1, 2, 3].map((number) => create(engine, number, noting)) as [
          string,
          string,
          string,
        ];
        burst(engine, a, c, [1, 2, 3]);
        burst(engine, b, c, [11, 12, 13]);
        expect(drain(engine, picks)).toBe(2 + 6 + 6);
        const seen = events(engine, c);
        expect(seen.filter((event) => event < 10)).toEqual([1, 2, 3]);
        expect(seen.filter((event) => event > 10)).toEqual([11, 12, 13]);
        expect(events(engine, a).sort()).toEqual([0x81, 0x82, 0x83]);
        orders.add(seen.join());
      }),
      { seed: 1, numRuns: 30 },
    );
    expect(orders.size).toBeGreaterThan(2);
  });

  it('are part of a snapshot, as are the subnets themselves', () => {
    const engine = new Engine({ subnets: [subnet(1)] });
    const alone = engine.snapshot();
    engine.createSubnet(subnet(2));
    const [a, b] = [create(engine, 1, noting), create(engine, 2, noting)];
    burst(engine, a, b, [1, 2]);
    engine.round();
    const underway = engine.snapshot();
    const finish = (): readonly (readonly number[])[] => {
      engine.round();
      return [events(engine, a), events(engine, b)];
    };
    const first = finish();
    expect(first).toEqual([
      [0x81, 0x82],
      [1, 2],
    ]);
    engine.restore(alone);
    expect(engine.canisterIds()).toEqual([]);
    expect(() => engine.submit({ canister: b, method: 'note', arg: NO_ARG, caller: USER })).not.toThrow();
    expect(engine.submit({ canister: b, method: 'note', arg: NO_ARG, caller: USER }).kind).toBe('malformed');
    engine.restore(underway);
    expect(finish()).toEqual(first);
    expect(engine.subnetOf(b)).toBe(idOf(2));
  });

  it('are removed if they are best-effort and their caller no longer waits', () => {
    const engine = new Engine({ subnets: [subnet(1), subnet(2)] });
    const [a, b] = [create(engine, 1, forwarding), create(engine, 2, forwarding)];
    const id = submit(engine, a, 'hurry', forwardArg(b, 'ok'));
    engine.deliver(id);
    expect(engine.choices().map(({ kind, receiver }) => [kind, receiver])).toEqual([['request', b]]);
    engine.setTime(engine.timeNs + 11_000_000_000n);
    expect(engine.choices().map(({ kind, receiver }) => [kind, receiver])).toEqual([['response', a]]);
    engine.deliver(engine.choices()[0]!.id);
    const outcome = outcomeOf(engine, id);
    expect(outcome?.kind === 'reply' && Buffer.from(outcome.bytes).toString('latin1')).toBe(
      '\u0006\0\0\0Call deadline has expired.',
    );
  });

  it('are processed in the order of the subnet ids in each tick', () => {
    const run = (order: readonly number[]): string => {
      const engine = new Engine({ subnets: order.map(subnet) });
      const canisters = new Map(order.map((number) => [number, create(engine, number, noting)]));
      burst(engine, canisters.get(1)!, canisters.get(2)!, [1]);
      burst(engine, canisters.get(2)!, canisters.get(1)!, [2]);
      engine.round();
      return JSON.stringify([1, 2].map((number) => events(engine, canisters.get(number)!)));
    };
    // The second subnet sees what the first one sent in the same tick; the first sees the second's in the next.
    expect(run([1, 2])).toBe('[[],[1]]');
    expect(run([2, 1])).toBe('[[],[1]]');
  });
});

describe('the cost of a signature', () => {
  const KEY_COST = `(module
    (import "ic0" "cost_sign_with_ecdsa" (func $cost (param i32 i32 i32 i32) (result i32)))
    ${PRELUDE} (data (i32.const 100) "key_1")
    (func (export "canister_query cost")
      (i32.store (i32.const 0) (call $cost (i32.const 100) (i32.const 5) (i32.const 0) (i32.const 8)))
      (call $append (i32.const 0) (i32.const 16)) (call $reply)))`;
  const costOn = async (subnets: readonly SubnetOptions[]) => {
    const engine = new Engine({ subnets });
    const canister = create(engine, 1, await compileWat(KEY_COST));
    const response = engine.query({ canister, method: 'cost', arg: NO_ARG, caller: USER });
    if (response.kind === 'reject') throw new Error(response.error.text);
    const bytes = Buffer.from(response.bytes);
    return { result: bytes.readUInt32LE(0), cycles: bytes.readBigUInt64LE(8) };
  };
  const holding = (number: number, nodes: number): SubnetOptions => ({
    ...subnet(number),
    profile: createSubnetProfile({ type: 'system', nodes }),
    holdsThresholdKeys: true,
  });

  it('is that of the largest subnet that holds keys', async () => {
    expect(await costOn([subnet(1), holding(2, 13), holding(3, 34)])).toEqual({
      result: 0,
      cycles: 26_153_846_153n,
    });
  });

  it('is unknown on a network without keys', async () => {
    expect(await costOn([subnet(1)])).toEqual({ result: 2, cycles: 0n });
  });
});
