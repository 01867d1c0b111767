/** Replies have the fields of servers 11 to 16 for clients of these servers, and only for them. */
import { IDL } from '@icp-sdk/core/candid';
import { Principal } from '@icp-sdk/core/principal';
import { describe, expect, it } from 'vitest';
import { encodeArgument } from '../../replicas/embedded/management-interface/candid-types.js';
import { LaterStatus } from '../../replicas/embedded/management-interface/canister-types.js';
import { compileWat } from '../../replicas/embedded/testing/compile-wat.js';
import { FORWARD, forwardArg, PRELUDE } from '../../replicas/embedded/testing/module-text.js';
import { createInProcessServer } from './in-process.js';

const SUBNET = { state_config: 'New', instruction_config: 'Production' };
const CANISTER = Principal.fromText('lxzze-o7777-77777-aaaaa-cai');
const ANONYMOUS = 'BA==';
const MANAGEMENT = '';

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

/** Creates an instance with a canister that makes outcalls. `subnet` is its only one. */
async function setUp(subnet: object) {
  const { handle } = createInProcessServer();
  const post = async (path: string, body?: object) => {
    const { body: reply } = await handle({
      method: body ? 'POST' : 'GET',
      path,
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(body ? JSON.stringify(body) : ''),
    });
    return JSON.parse(String(reply)) as Record<string, never>;
  };
  const set = { system: [], application: [subnet], verified_application: [] };
  const created = await post('/instances', { subnet_config_set: set });
  const call = async (canister: string, method: string, payload: Uint8Array, rounds = true) => {
    const { Ok: id } = await post('/instances/0/update/submit_ingress_message', {
      sender: ANONYMOUS,
      canister_id: canister,
      method,
      payload: base64(payload),
      effective_principal: { CanisterId: base64(CANISTER.toUint8Array()) },
    });
    if (!rounds) return new Uint8Array(0);
    const { Ok: reply } = await post('/instances/0/update/await_ingress_message', id);
    return Buffer.from(reply!, 'base64');
  };
  const manage = (method: Parameters<typeof encodeArgument>[0], argument: object) =>
    call(MANAGEMENT, method, encodeArgument(method, argument));
  await manage('provisional_create_canister_with_cycles', {
    amount: [10n ** 18n],
    settings: [],
    specified_id: [],
    sender_canister_version: [],
  });
  const wasm = await compileWat(`(module ${PRELUDE} ${FORWARD}
    (func (export "canister_update ask") (call $forward (i32.const 0) (i64.const 30000000000) (i32.const 0))))`);
  await manage('install_code', {
    mode: { install: null },
    canister_id: CANISTER,
    wasm_module: wasm,
    arg: new Uint8Array(0),
    sender_canister_version: [],
  });
  const outcall = async (isReplicated: [] | [boolean]) => {
    const argument = encodeArgument('http_request', {
      url: 'https://example.com',
      max_response_bytes: [],
      method: { get: null },
      headers: [],
      body: [],
      transform: [],
      is_replicated: isReplicated,
    });
    const [id] = [base64(CANISTER.toUint8Array())];
    await call(id, 'ask', forwardArg('aaaaa-aa', 'http_request', argument), false);
    for (let round = 0; round < 4; round++) await post('/instances/0/update/tick', {});
    const pending = (await post('/instances/0/read/get_canister_http')) as unknown as Record<
      string,
      unknown
    >[];
    return pending.at(-1)!;
  };
  const topology = (
    created as unknown as { Created: { topology: { subnet_configs: Record<string, object> } } }
  ).Created.topology;
  const status = () => manage('canister_status', { canister_id: CANISTER });
  return { subnet: Object.values(topology.subnet_configs)[0], status, outcall };
}

describe('replies of the server', () => {
  it('have no later field if the client states no cost schedule', async () => {
    const { subnet, status, outcall } = await setUp(SUBNET);
    expect(subnet).not.toHaveProperty('cost_schedule');
    const reply = Uint8Array.from(await status());
    expect(() => IDL.decode([LaterStatus], reply)).toThrow();
    expect(await outcall([])).not.toHaveProperty('replication');
  });

  it('have the fields that later clients require if the client states a cost schedule', async () => {
    const { subnet, status, outcall } = await setUp({ ...SUBNET, cost_schedule: 'Normal' });
    expect(subnet).toMatchObject({ subnet_admins: null, cost_schedule: 'Normal' });
    const [decoded] = IDL.decode([LaterStatus], Uint8Array.from(await status()));
    expect(decoded).toMatchObject({
      settings: { snapshot_visibility: { controllers: null }, log_memory_limit: 4096n },
      memory_metrics: { log_memory_store_size: 0n },
    });
    expect(await outcall([])).toMatchObject({ replication: 'FullyReplicated', pricing_version: 'Legacy' });
    expect(await outcall([false])).toMatchObject({ replication: 'NonReplicated' });
  });

  it('name the cost schedule of a subnet', async () => {
    const { subnet } = await setUp({ ...SUBNET, cost_schedule: 'Free' });
    expect(subnet).toMatchObject({ cost_schedule: 'Free' });
  });
});
