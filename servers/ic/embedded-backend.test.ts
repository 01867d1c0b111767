/** Runs an unmodified agent against the embedded engine over a loopback connection. */
import {
  CanisterStatus,
  Certificate,
  type HttpAgent,
  lookupResultToBuffer,
  type v4ResponseBody,
  QueryResponseStatus,
} from '@icp-sdk/core/agent';
import { Ed25519KeyIdentity } from '@icp-sdk/core/identity';
import { Principal } from '@icp-sdk/core/principal';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  type ManagementMethod,
  decodeResult,
  encodeArgument,
} from '../../replicas/embedded/management-interface/candid-types.js';
import { compileWat } from '../../replicas/embedded/testing/compile-wat.js';
import { concat, utf8 } from '../../certification/bytes.js';
import { verifyCertificate } from './certificate.js';
import { createEmbeddedBackend } from './embedded-backend.js';
import { lookupValue } from '../../certification/hash-tree.js';
import { type LiveServer, type LiveServerOptions, startLiveServer } from './live-server.js';
import { BUILT_ENGINE } from './testing/built-engine.js';
import { createAgent } from './testing/start.js';
import { type WorkerBackend, createWorkerBackend } from './worker-backend.js';

const SEED = new Uint8Array(32).fill(7);
const MILLION = 1_000_000n;

/** A canister that certifies its argument, returns its certificate, counts, calls itself, and counts in a timer. */
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
  (func (export "canister_update spin") (loop $again (br $again)))
  (func (export "canister_global_timer") (call $add))
  (func (export "canister_update root_key")
    (call $root_key (i32.const 0) (i32.const 0) (i32.const 133))
    (call $append (i32.const 0) (i32.const 133)) (call $reply)))`;

/** Encodes a custom section. Name and content are shorter than 100 bytes. */
function section(name: string, content: string): Uint8Array {
  const body = [name.length, ...utf8(name), ...utf8(content)];
  return Uint8Array.of(0, body.length, ...body);
}

interface Running {
  readonly server: LiveServer;
  readonly backend: WorkerBackend;
  readonly canister: Principal;
  readonly close: () => Promise<void>;
}

const engineOptions = () => ({ seed: SEED, timeNs: BigInt(Date.now()) * MILLION });

async function inThisThread(): Promise<WorkerBackend> {
  const backend = createEmbeddedBackend(engineOptions());
  const { replica } = backend;
  return {
    ...backend,
    createCanister: (options) => replica.createCanister(options),
    install: (request) => replica.install(request),
    dispose: () => replica.dispose(),
  };
}

function inItsOwnThread(): Promise<WorkerBackend> {
  return createWorkerBackend({ ...engineOptions(), ...BUILT_ENGINE });
}

async function startOn(
  createBackend: () => Promise<WorkerBackend>,
  options: LiveServerOptions = {},
): Promise<Running> {
  const backend = await createBackend();
  const id = await backend.createCanister();
  const wasm = concat(
    await compileWat(COUNTER),
    section('icp:public candid:service', 'service : {}'),
    section('icp:private dfx', 'secret'),
  );
  const outcome = await backend.install({
    canister: id,
    mode: 'install',
    wasm,
    arg: new Uint8Array(0),
  });
  expect(outcome).toMatchObject({ kind: 'reply' });
  const server = await startLiveServer(backend, { seed: SEED, ...options });
  const close = async (): Promise<void> => {
    const closed = server.close();
    // `terminate` does not wait for a message that does not end.
    await backend.dispose();
    await closed;
  };
  return { server, backend, canister: Principal.fromText(id), close };
}

/** As `startOn`, until the test ends. */
async function startForTest(...args: Parameters<typeof startOn>): Promise<Running> {
  const running = await startOn(...args);
  onTestFinished(running.close);
  return running;
}

/** Creates an actor whose methods take and return raw bytes instead of Candid. */
async function update(
  agent: HttpAgent,
  canister: Principal,
  methodName: string,
  arg: Uint8Array = new Uint8Array(0),
  effectiveCanisterId = canister,
) {
  const { requestId, response } = await agent.call(canister, { methodName, arg, effectiveCanisterId });
  expect(response.status).toBe(200);
  const certificate = await Certificate.create({
    certificate: (response.body as v4ResponseBody).certificate,
    rootKey: agent.rootKey!,
    principal: { canisterId: effectiveCanisterId },
    agent,
  });
  return lookupResultToBuffer(certificate.lookup_path([utf8('request_status'), requestId, utf8('reply')]));
}

async function count(agent: HttpAgent, canister: Principal): Promise<number> {
  const response = await agent.query(canister, { methodName: 'count', arg: new Uint8Array(0) });
  if (response.status !== QueryResponseStatus.Replied) throw new Error(response.reject_message);
  return new DataView(response.reply.arg.slice().buffer).getUint32(0, true);
}

describe.each([
  ['in this thread', inThisThread],
  ['in its own thread', inItsOwnThread],
])('an agent on the embedded engine %s', (_, createBackend) => {
  const start = (options: LiveServerOptions = {}) => startForTest(createBackend, options);
  let shared: Promise<Running> | undefined;
  /** One server for the tests that change different parts of its state. */
  const startOnce = () => (shared ??= startOn(createBackend));
  afterAll(async () => (await shared)?.close());

  it('calls and queries, and the canister sees the engine’s keys', async () => {
    const { server, canister } = await startOnce();
    const agent = await createAgent(server);
    expect(await update(agent, canister, 'add')).toEqual(Uint8Array.of(1, 0, 0, 0));
    expect(await count(agent, canister)).toBe(1);
    expect(await update(agent, canister, 'root_key')).toEqual(server.rootKeyDer);
  });

  it('reads certified data with a valid certificate', async () => {
    const { server, canister } = await startOnce();
    const agent = await createAgent(server);
    await update(agent, canister, 'certify', utf8('what I certify'));
    const response = await agent.query(canister, { methodName: 'certificate', arg: new Uint8Array(0) });
    const verification = verifyCertificate(
      response.status === QueryResponseStatus.Replied ? response.reply.arg : new Uint8Array(0),
      server,
    );
    if (!verification.ok) throw new Error(verification.reason);
    const path = [utf8('canister'), canister.toUint8Array(), utf8('certified_data')];
    expect(lookupValue(verification.certificate.tree, path)).toEqual(utf8('what I certify'));
  });

  it('reads controllers, module hash, and metadata', async () => {
    const { server, canister } = await startOnce();
    const paths = ['controllers', 'module_hash', 'candid', 'subnet'] as const;
    const status = await CanisterStatus.request({
      canisterId: canister,
      agent: await createAgent(server),
      paths: [...paths],
    });
    expect((status.get('controllers') as Principal[]).map((id) => id.toText())).toEqual(['2vxsx-fae']);
    expect(status.get('module_hash')).toMatch(/^[0-9a-f]{64}$/);
    expect(status.get('candid')).toBe('service : {}');
  });

  it('receives the refusals of the ingress filter for a missing canister and a missing module', async () => {
    const { server, backend } = await startOnce();
    const agent = await createAgent(server);
    const empty = await backend.createCanister();
    const call = async (id: string) =>
      (await agent.call(id, { methodName: 'add', arg: new Uint8Array(0), effectiveCanisterId: id })).response
        .body;
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

  it('runs canister timers without a call', async () => {
    const { server, canister } = await start({ idleBlockMs: 20 });
    const agent = await createAgent(server);
    await update(agent, canister, 'later');
    await expect.poll(() => count(agent, canister)).toBe(1);
  });

  it('creates and installs through the management canister', async () => {
    const { server } = await startOnce();
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
    'loses none of the calls of five parallel clients at a block time of %i ms',
    async (blockTimeMs) => {
      const { server, canister } = await start({ blockTimeMs });
      const agents = await Promise.all(Array.from({ length: 5 }, () => createAgent(server)));
      const replies = await Promise.all(
        agents.flatMap((agent) => Array.from({ length: 2 }, () => update(agent, canister, 'add'))),
      );
      const counts = replies.map((reply) => reply?.[0] ?? 0).sort((a, b) => a - b);
      expect(counts).toEqual(Array.from({ length: 10 }, (_, index) => index + 1));
      expect(await count(agents[0]!, canister)).toBe(10);
    },
  );
});

/** Starts a call that runs until its instructions are used up, longer than any test. Resolves when the call is running. */
async function spin() {
  const running = await startForTest(inItsOwnThread, { syncCallTimeoutMs: 50 });
  const agent = await createAgent(running.server);
  const { requestId, response } = await agent.call(running.canister, {
    methodName: 'spin',
    arg: new Uint8Array(0),
    effectiveCanisterId: running.canister,
  });
  expect(response.status).toBe(202);
  return { ...running, agent, requestId };
}

describe('a long message', () => {
  it('does not block the status, GET /, and the state, and its own request has the status received', async () => {
    const { server, canister, agent, requestId } = await spin();
    expect(await agent.status()).toMatchObject({ replica_health_status: 'healthy' });
    expect(await (await fetch(server.url)).text()).toContain('embedded engine');
    const stateOf = async (path: Uint8Array[]) => {
      const { certificate } = await agent.readState(canister, { paths: [path] });
      const verified = await Certificate.create({
        certificate,
        rootKey: agent.rootKey!,
        principal: { canisterId: canister },
        agent,
      });
      return lookupResultToBuffer(verified.lookup_path(path));
    };
    const timeOf = async () => Buffer.from((await stateOf([utf8('time')]))!).toString('hex');
    const status = () => stateOf([utf8('request_status'), requestId, utf8('status')]);
    await expect.poll(status).toEqual(utf8('received'));
    const time = await timeOf();
    await expect.poll(timeOf).not.toBe(time);
  });

  it('is interrupted when the engine ends, and waiting callers get an error', async () => {
    const { backend, canister, agent } = await spin();
    const query = count(agent, canister);
    query.catch(() => undefined);
    await backend.dispose();
    await expect(query).rejects.toThrow(/503[^]*the engine has ended: its thread has ended/);
    expect(await agent.status()).toMatchObject({ replica_health_status: 'certified_state_behind' });
    await expect(count(agent, canister)).rejects.toThrow(/503[^]*the engine has ended/);
  });
});

describe('the facts of canisters', () => {
  it('are the same objects in both threads until a canister changes', async () => {
    const { backend, server, canister } = await startForTest(inItsOwnThread);
    const [before] = await backend.canisters();
    expect((await backend.canisters())[0]).toBe(before);
    await update(await createAgent(server), canister, 'certify', utf8('new'));
    const [after] = await backend.canisters();
    expect(after).not.toBe(before);
    expect(after?.module?.certifiedData).toEqual(utf8('new'));
  });
});
