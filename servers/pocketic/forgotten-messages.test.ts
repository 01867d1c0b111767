/** A server forgets the outcome of a message 5 minutes after the answer, as PocketIC does. */
import { describe, expect, it } from 'vitest';
import { compileWat } from '../../replicas/embedded/testing/compile-wat.js';
import { encodeArgument } from '../../replicas/embedded/management-interface/candid-types.js';
import { Principal } from '@icp-sdk/core/principal';
import { EngineBackend } from './engine-backend.js';

const SENDER = '2vxsx-fae';
const MINUTE_NS = 60_000_000_000n;

/** Returns a backend with a canister whose method `go` replies. */
async function setUp() {
  const backend = new EngineBackend();
  const subnet = 'qxw6a-xchhl-fytzl-qfagk-kuv6t-ye6xf-box4s-fiqod-vn2ex-qkp3q-5ae';
  const run = async (canister: string, method: string, arg: Uint8Array = new Uint8Array(0)) => {
    const submission = await backend.submit({ canister, method, arg, caller: SENDER }, subnet);
    if (submission.kind !== 'accepted') throw new Error(`${method} was not accepted`);
    const statusOf = () => backend.ingressStatus(submission.messageId, subnet);
    for (let round = 0; round < 5; round++) if (!(await statusOf())?.outcome) await backend.tick();
    return statusOf;
  };
  const manage = (method: Parameters<typeof encodeArgument>[0], argument: object) =>
    run('aaaaa-aa', method, encodeArgument(method, argument));
  await manage('provisional_create_canister_with_cycles', {
    amount: [10n ** 18n],
    settings: [],
    specified_id: [],
    sender_canister_version: [],
  });
  const canister = 'lxzze-o7777-77777-aaaaa-cai';
  await manage('install_code', {
    mode: { install: null },
    canister_id: Principal.fromText(canister),
    wasm_module: await compileWat(
      '(module (import "ic0" "msg_reply" (func $reply)) (func (export "canister_update go") (call $reply)))',
    ),
    arg: new Uint8Array(0),
    sender_canister_version: [],
  });
  return { backend, go: () => run(canister, 'go') };
}

describe('the outcome of a message', () => {
  it('is forgotten by the first round after 5 minutes', async () => {
    const { backend, go } = await setUp();
    const statusOf = await go();
    const answeredNs = await backend.time();
    expect((await statusOf())?.outcome?.kind).toBe('reply');
    await backend.setTime(answeredNs + 5n * MINUTE_NS, false);
    await backend.tick();
    expect((await statusOf())?.outcome?.kind).toBe('reply');
    await backend.tick();
    expect(await statusOf()).toBeUndefined();
    expect((await (await go())())?.outcome?.kind).toBe('reply');
  });
});
