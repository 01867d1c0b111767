/** The state hash tells states apart that behave differently, and not those that differ in ids alone. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { MessageId, PrincipalText } from '../../replica.js';
import { createEmbeddedReplica, type EmbeddedReplica } from '../embedded-replica.js';
import { compileWat } from '../testing/compile-wat.js';
import { NO_ARG, USER } from '../testing/test-driver.js';

let counter: Uint8Array;
beforeAll(async () => {
  counter = await compileWat(`(module
    (import "ic0" "msg_reply" (func $reply))
    (import "ic0" "stable64_grow" (func $grow (param i64) (result i64)))
    (import "ic0" "debug_print" (func $print (param i32 i32)))
    (memory 1)
    (global $count (mut i32) (i32.const 0))
    (func (export "canister_update store")
      (i32.store (i32.const 64) (i32.add (i32.load (i32.const 64)) (i32.const 1))) (call $reply))
    (func (export "canister_update global")
      (global.set $count (i32.add (global.get $count) (i32.const 1))) (call $reply))
    (func (export "canister_update grow") (drop (call $grow (i64.const 1))) (call $reply))
    (func (export "canister_update print") (call $print (i32.const 0) (i32.const 8)) (call $reply))
    (func (export "canister_update double")
      (i32.store (i32.const 64) (i32.mul (i32.load (i32.const 64)) (i32.const 2))) (call $reply)))`);
});

async function installed(replica: EmbeddedReplica): Promise<PrincipalText> {
  const canister = await replica.createCanister();
  await replica.install({ canister, mode: 'install', wasm: counter, arg: NO_ARG });
  return canister;
}

async function submit(replica: EmbeddedReplica, canister: PrincipalText, method: string): Promise<MessageId> {
  const submission = await replica.submit({ canister, method, arg: NO_ARG, caller: USER });
  if (submission.kind !== 'accepted') throw new Error(submission.kind);
  return submission.id;
}

async function call(replica: EmbeddedReplica, canister: PrincipalText, method: string): Promise<void> {
  await replica.deliver(await submit(replica, canister, method));
}

async function hashOf(replica: EmbeddedReplica, names: Readonly<Record<MessageId, string>> = {}) {
  return replica.stateHash(await replica.snapshot(), new Map(Object.entries(names)));
}

describe('the state hash', () => {
  it.each(['store', 'global', 'grow'])(
    'changes with what %s changes, and returns with a snapshot',
    async (method) => {
      const replica = createEmbeddedReplica();
      const canister = await installed(replica);
      const snapshot = await replica.snapshot();
      const before = await hashOf(replica);
      await call(replica, canister, method);
      expect(await hashOf(replica)).not.toBe(before);
      await replica.restore(snapshot);
      expect(await hashOf(replica)).toBe(before);
    },
  );

  it('is the same after two messages to two canisters in either order', async () => {
    const replica = createEmbeddedReplica();
    const [a, b] = [await installed(replica), await installed(replica)];
    const snapshot = await replica.snapshot();
    await call(replica, a, 'store');
    await call(replica, b, 'store');
    const first = await hashOf(replica);
    await replica.restore(snapshot);
    await call(replica, b, 'store');
    await call(replica, a, 'store');
    expect(await hashOf(replica)).toBe(first);
  });

  it('differs after two messages to one canister whose order matters', async () => {
    const replica = createEmbeddedReplica();
    const canister = await installed(replica);
    const snapshot = await replica.snapshot();
    await call(replica, canister, 'store');
    await call(replica, canister, 'double');
    const first = await hashOf(replica);
    await replica.restore(snapshot);
    await call(replica, canister, 'double');
    await call(replica, canister, 'store');
    expect(await hashOf(replica)).not.toBe(first);
  });

  it('names waiting messages, and does not depend on the order of their submission', async () => {
    const replica = createEmbeddedReplica();
    const [a, b] = [await installed(replica), await installed(replica)];
    const snapshot = await replica.snapshot();
    const [toA, toB] = [await submit(replica, a, 'store'), await submit(replica, b, 'store')];
    const first = await hashOf(replica, { [toA]: 'one', [toB]: 'two' });
    expect(await hashOf(replica, { [toA]: 'two', [toB]: 'one' })).not.toBe(first);
    await replica.restore(snapshot);
    const [laterB, laterA] = [await submit(replica, b, 'store'), await submit(replica, a, 'store')];
    expect(await hashOf(replica, { [laterA]: 'one', [laterB]: 'two' })).toBe(first);
  });

  it('changes with the time', async () => {
    const replica = createEmbeddedReplica();
    await installed(replica);
    const before = await hashOf(replica);
    await replica.setTime((await replica.time()) + 1n);
    expect(await hashOf(replica)).not.toBe(before);
  });
});
