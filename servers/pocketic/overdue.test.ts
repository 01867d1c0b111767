/** Messages that do not end, on the server. */
import { expect, it } from 'vitest';
import { compileWat } from '../../replicas/embedded/testing/compile-wat.js';
import { createPocketIcReplica } from '../../replicas/pocketic/pocketic-replica.js';
import { EngineBackend } from './engine-backend.js';
import { startServer } from './testing/start-server.js';

const NOTHING = new Uint8Array(0);
const MODULE = `(module
  (import "ic0" "msg_reply" (func $reply)) (memory 1)
  (func $loop (export "canister_update endless") (export "canister_query forever") (loop (br 0)))
  (func (export "canister_update quick") (call $reply)))`;

it('rejects a message that exceeds the wall-clock limit, prints why, and goes on', async () => {
  const printed: string[] = [];
  const backend = new EngineBackend({ messageMs: 20, onPrint: (line) => printed.push(line) });
  const { url } = await startServer(backend);
  const replica = await createPocketIcReplica({ serverUrl: url });
  const canister = await replica.createCanister();
  await replica.install({ canister, mode: 'install', wasm: await compileWat(MODULE), arg: NOTHING });
  const call = (method: string) => ({ canister, method, arg: NOTHING, caller: '2vxsx-fae' });
  const outcomeOf = async (method: string) => {
    const submission = await replica.submit(call(method));
    if (submission.kind === 'refused') throw new Error(submission.reject.text);
    await replica.round();
    return replica.poll(submission.id);
  };
  const reason = `canister_update endless of canister ${canister} did not end within 0.02 s`;
  expect(JSON.stringify(await outcomeOf('endless'))).toContain(reason);
  expect(printed.join('\n')).toContain(reason);
  expect(JSON.stringify(await replica.query(call('forever')))).toContain(
    'canister_query forever of canister',
  );
  expect(await outcomeOf('quick')).toMatchObject({ kind: 'reply' });
  await replica.dispose();
});
