/** Instances that follow each other, in the threads of the built package. */
import { expect, it } from 'vitest';
import { compileWat } from '../../replicas/embedded/testing/compile-wat.js';
import { createPocketIcReplica } from '../../replicas/pocketic/pocketic-replica.js';
import { BUILT_ENGINE } from './testing/built-engine.js';
import { startServer } from './testing/start-server.js';
import { createWorkerBackend } from './worker-backend.js';

const NOTHING = new Uint8Array(0);
/** Replies how often it was called, also in queries, which keep nothing. */
const COUNTER = `(module
  (import "ic0" "msg_reply" (func $reply)) (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
  (memory 1)
  (func (export "canister_update count") (export "canister_query look")
    (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1)))
    (call $append (i32.const 0) (i32.const 4)) (call $reply)))`;

async function open(serverUrl: string) {
  const replica = await createPocketIcReplica({ serverUrl });
  const canister = await replica.createCanister();
  await replica.install({ canister, mode: 'install', wasm: await compileWat(COUNTER), arg: NOTHING });
  const call = (method: string) => ({ canister, method, arg: NOTHING, caller: '2vxsx-fae' });
  return { replica, canister, call };
}

it('an instance after another one has the same ids and times, and nothing of its state', async () => {
  const { url } = await startServer(() => createWorkerBackend(BUILT_ENGINE));
  const life = async () => {
    const { replica, canister, call } = await open(url);
    const counted = await replica.submit(call('count'));
    await replica.round();
    const seen = [canister, await replica.time(), counted, await replica.query(call('look'))];
    await replica.dispose();
    return seen;
  };
  const first = await life();
  expect(first.at(-1)).toMatchObject({ kind: 'reply', bytes: Uint8Array.of(2, 0, 0, 0) });
  for (let again = 0; again < 2; again++) expect(await life()).toEqual(first);
});

it('an instance that is disposed during a call ends its thread, and the next one works', async () => {
  const busy = await createWorkerBackend(BUILT_ENGINE);
  const tick = busy.tick();
  await Promise.all([expect(tick).rejects.toThrow('its thread has ended'), busy.dispose()]);
  await expect(busy.time()).rejects.toThrow('its thread has ended');
  const next = await createWorkerBackend(BUILT_ENGINE);
  expect(await next.time()).toBeGreaterThan(0n);
  await next.dispose();
});
