/** The interface over the real engine: the built-in canister, an unmodified agent, a loopback connection. */
import {
  CanisterStatus,
  Certificate,
  type HttpAgent,
  lookupResultToBuffer,
  type v3ResponseBody,
} from '@dfinity/agent';
import { Ed25519KeyIdentity } from '@dfinity/identity';
import { Principal } from '@dfinity/principal';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  type ManagementMethod,
  decodeResult,
  encodeArgument,
} from '../../embedded/management/candid-types.js';
import { compileWat } from '../../embedded/testing/compile-wat.js';
import { concat, utf8 } from './bytes.js';
import { verifyCertificate } from './certificate.js';
import { type EmbeddedBackend, createEmbeddedBackend } from './embedded-backend.js';
import { lookupValue } from './hash-tree.js';
import { type LiveServer, type LiveServerOptions, startLiveServer } from './live-server.js';
import { createAgent } from './testing/start.js';

const SEED = new Uint8Array(32).fill(7);
const MILLION = 1_000_000n;

/** Certifies its argument, shows its certificate, counts, calls itself, and has a timer that counts too. */
const COUNTER = `(module
  (import "ic0" "msg_reply" (func $reply))
  (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
  (import "ic0" "msg_arg_data_size" (func $arg_size (result i32)))
  (import "ic0" "msg_arg_data_copy" (func $arg_copy (param i32 i32 i32)))
  (import "ic0" "certified_data_set" (func $certify (param i32 i32)))
  (import "ic0" "data_certificate_size" (func $certificate_size (result i32)))
  (import "ic0" "data_certificate_copy" (func $certificate_copy (param i32 i32 i32)))
  (import "ic0" "global_timer_set" (func $timer (param i64) (result i64)))
  (import "ic0" "time" (func $time (result i64)))
  (import "ic0" "root_key_copy" (func $root_key (param i32 i32 i32)))
  (memory 1)
  (global $count (mut i32) (i32.const 0))
  (func $answer (i32.store (i32.const 0) (global.get $count)) (call $append (i32.const 0) (i32.const 4)) (call $reply))
  (func $add (global.set $count (i32.add (global.get $count) (i32.const 1))))
  (func (export "canister_update add") (call $add) (call $answer))
  (func (export "canister_query count") (call $answer))
  (func (export "canister_update certify")
    (call $arg_copy (i32.const 0) (i32.const 0) (call $arg_size))
    (call $certify (i32.const 0) (call $arg_size)) (call $reply))
  (func (export "canister_query certificate")
    (call $certificate_copy (i32.const 0) (i32.const 0) (call $certificate_size))
    (call $append (i32.const 0) (call $certificate_size)) (call $reply))
  (func (export "canister_update later")
    (drop (call $timer (i64.add (call $time) (i64.const 50000000)))) (call $reply))
  (func (export "canister_global_timer") (call $add))
  (func (export "canister_update root_key")
    (call $root_key (i32.const 0) (i32.const 0) (i32.const 133))
    (call $append (i32.const 0) (i32.const 133)) (call $reply)))`;

/** A custom section, name and content shorter than 100 bytes. */
const section = (name: string, content: string): Uint8Array => {
  const body = [name.length, ...utf8(name), ...utf8(content)];
  return Uint8Array.of(0, body.length, ...body);
};

interface Running {
  readonly server: LiveServer;
  readonly backend: EmbeddedBackend;
  readonly canister: Principal;
}

const start = async (options: LiveServerOptions = {}): Promise<Running> => {
  const backend = createEmbeddedBackend({ seed: SEED, timeNs: BigInt(Date.now()) * MILLION });
  const id = await backend.replica.createCanister();
  const wasm = concat(
    await compileWat(COUNTER),
    section('icp:public candid:service', 'service : {}'),
    section('icp:private dfx', 'secret'),
  );
  const outcome = await backend.replica.install({
    canister: id,
    mode: 'install',
    wasm,
    arg: new Uint8Array(0),
  });
  expect(outcome).toMatchObject({ kind: 'reply' });
  const server = await startLiveServer(backend, { seed: SEED, ...options });
  onTestFinished(() => server.close());
  return { server, backend, canister: Principal.fromText(id) };
};

/** An actor whose methods take and give raw bytes: no Candid between the test and the canister. */
const update = async (
  agent: HttpAgent,
  canister: Principal,
  methodName: string,
  arg: Uint8Array = new Uint8Array(0),
  effectiveCanisterId = canister,
) => {
  const { requestId, response } = await agent.call(canister, { methodName, arg, effectiveCanisterId });
  expect(response.status).toBe(200);
  const certificate = await Certificate.create({
    certificate: (response.body as v3ResponseBody).certificate,
    rootKey: agent.rootKey!,
    canisterId: effectiveCanisterId,
    agent,
  });
  return lookupResultToBuffer(certificate.lookup_path([utf8('request_status'), requestId, utf8('reply')]));
};

const count = async (agent: HttpAgent, canister: Principal): Promise<number> => {
  const response = await agent.query(canister, { methodName: 'count', arg: new Uint8Array(0) });
  if (response.status !== 'replied') throw new Error(response.reject_message);
  return new DataView(response.reply.arg.slice().buffer).getUint32(0, true);
};

describe('an agent on the embedded engine', () => {
  it('calls, queries and sees the engine’s keys inside the canister', async () => {
    const { server, canister } = await start();
    const agent = await createAgent(server);
    expect(await update(agent, canister, 'add')).toEqual(Uint8Array.of(1, 0, 0, 0));
    expect(await count(agent, canister)).toBe(1);
    expect(await update(agent, canister, 'root_key')).toEqual(server.rootKeyDer);
  });

  it('reads certified data with a certificate that verifies', async () => {
    const { server, canister } = await start();
    const agent = await createAgent(server);
    await update(agent, canister, 'certify', utf8('what I certify'));
    const response = await agent.query(canister, { methodName: 'certificate', arg: new Uint8Array(0) });
    const verification = verifyCertificate(
      response.status === 'replied' ? response.reply.arg : new Uint8Array(0),
      server,
    );
    if (!verification.ok) throw new Error(verification.reason);
    const path = [utf8('canister'), canister.toUint8Array(), utf8('certified_data')];
    expect(lookupValue(verification.certificate.tree, path)).toEqual(utf8('what I certify'));
  });

  it('reads controllers, module hash and metadata', async () => {
    const { server, canister } = await start();
    const paths = ['controllers', 'module_hash', 'candid', 'subnet'] as const;
    const status = await CanisterStatus.request({
      canisterId: canister,
      agent: await createAgent(server),
      paths: [...paths],
    });
    expect(String(status.get('controllers'))).toBe('2vxsx-fae');
    expect(status.get('module_hash')).toMatch(/^[0-9a-f]{64}$/);
    expect(status.get('candid')).toBe('service : {}');
  });

  it('sees refusals of the ingress filter: no such canister, no code', async () => {
    const { server, backend } = await start();
    const agent = await createAgent(server);
    const empty = await backend.replica.createCanister();
    const call = async (id: string) =>
      (await agent.call(id, { methodName: 'add', arg: new Uint8Array(0) })).response.body;
    expect(await call(empty)).toMatchObject({ reject_code: 5, error_code: 'IC0537' });
    const absent = Principal.fromUint8Array(
      Uint8Array.of(255, 255, 255, 255, 255, 224, 0, 99, 1, 1),
    ).toText();
    expect(await call(absent)).toMatchObject({
      reject_code: 3,
      error_code: 'IC0301',
      reject_message: `Canister ${absent} not found`,
    });
  });

  it('gives canisters their timers without a call', async () => {
    const { server, canister } = await start({ idleBlockMs: 20 });
    const agent = await createAgent(server);
    await update(agent, canister, 'later');
    await expect.poll(() => count(agent, canister), { timeout: 5_000 }).toBe(1);
  });

  it('creates and installs through the management canister', async () => {
    const { server } = await start();
    const agent = await createAgent(server, Ed25519KeyIdentity.generate());
    const manage = async (method: ManagementMethod, argument: object, effectiveCanisterId: Principal) => {
      const arg = encodeArgument(method, argument);
      const reply = await update(agent, Principal.managementCanister(), method, arg, effectiveCanisterId);
      return decodeResult(method, reply!);
    };
    const create = { amount: [10n ** 16n], settings: [], specified_id: [], sender_canister_version: [] };
    const { canister_id } = (await manage(
      'provisional_create_canister_with_cycles',
      create,
      Principal.managementCanister(),
    )) as { canister_id: Principal };
    const wasm_module = await compileWat(COUNTER);
    const install = {
      mode: { install: null },
      canister_id,
      wasm_module,
      arg: new Uint8Array(0),
      sender_canister_version: [],
    };
    await manage('install_code', install, canister_id);
    expect(await update(agent, canister_id, 'add')).toEqual(Uint8Array.of(1, 0, 0, 0));
  });

  it.each([0, 30])(
    'loses none of the calls of ten parallel clients at a block time of %i ms',
    async (blockTimeMs) => {
      const { server, canister } = await start({ blockTimeMs });
      const agents = await Promise.all(Array.from({ length: 10 }, () => createAgent(server)));
      const replies = await Promise.all(
        agents.flatMap((agent) => Array.from({ length: 4 }, () => update(agent, canister, 'add'))),
      );
      const counts = replies.map((reply) => reply?.[0] ?? 0).sort((a, b) => a - b);
      expect(counts).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
      expect(await count(agents[0]!, canister)).toBe(40);
    },
  );
});
