/** Deploys a canister with unmodified agents on the server of `serve --live`, with the calls that `dfx` and `icp` make. */
import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createEmbeddedBackend } from '../../../servers/ic/embedded-backend.js';
import { startLiveServer } from '../../../servers/ic/live-server.js';
import { counterModule } from '../../../servers/pocketic/testing/counter-module.js';
import { counterInterface, type Counter } from '../pic-js/counter.js';
import { AGENT_LIBRARIES, type AgentLibrary } from './libraries.js';
import { managementService, type Management } from './management-service.js';

const CHUNK_BYTES = 1_000_000;
const SEED = new Uint8Array(32).fill(3);
const NOTHING = new Uint8Array(0);

let wasm: Uint8Array;
let largeWasm: Uint8Array;
beforeAll(async () => {
  wasm = await counterModule();
  largeWasm = await counterModule(2_500_000);
});

interface Topology {
  readonly subnet_configs: Readonly<Record<string, { readonly subnet_kind: string }>>;
  readonly default_effective_canister_id: { readonly canister_id: string };
}

function sha256(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(bytes).digest());
}

/** Starts a server without canisters and an agent with a new identity. */
async function setUp(library: AgentLibrary) {
  const backend = createEmbeddedBackend({ seed: SEED, timeNs: BigInt(Date.now()) * 1_000_000n });
  const server = await startLiveServer(backend, { seed: SEED });
  onTestFinished(() => server.close());
  const identity = library.Ed25519KeyIdentity.generate();
  const agent = await library.agent.HttpAgent.create({
    host: server.url,
    identity,
    shouldFetchRootKey: true,
  });
  const topology = (await (await fetch(`${server.url}/_/topology`)).json()) as Topology;
  const defaultId = library.Principal.fromUint8Array(
    new Uint8Array(Buffer.from(topology.default_effective_canister_id.canister_id, 'base64')),
  );
  const management = (effectiveCanisterId = defaultId): Management =>
    library.agent.Actor.createActor<Management & Record<string, never>>(
      () => managementService({ IDL: library.IDL }),
      { agent, canisterId: 'aaaaa-aa', effectiveCanisterId },
    );
  return { agent, topology, identity, management, url: server.url };
}

describe.each(AGENT_LIBRARIES)('$name on serve --live', (library) => {
  const { agent: agentModule, IDL } = library;

  it('creates a canister, installs it, calls it, upgrades it in chunks, and deletes it', async () => {
    const { agent, management, identity } = await setUp(library);
    const controllers = [identity.getPrincipal()];
    const created = await management().provisional_create_canister_with_cycles({
      amount: [10_000_000_000_000n],
      settings: [{ controllers: [controllers] }],
    });
    const canisterId = created.canister_id;
    const of = { canister_id: canisterId };
    const ic = management(canisterId);
    await ic.install_code({ ...of, mode: { install: null }, wasm_module: wasm, arg: NOTHING });
    const counter = agentModule.Actor.createActor<Counter>(() => counterInterface({ IDL }), {
      agent,
      canisterId,
    });
    expect([await counter.inc(), await counter.inc(), await counter.get()]).toEqual([1n, 2n, 2n]);
    await expect(counter.refuse()).rejects.toThrow(/hello, world/);

    const hashes: { hash: Uint8Array }[] = [];
    for (let at = 0; at < largeWasm.length; at += CHUNK_BYTES)
      hashes.push(await ic.upload_chunk({ ...of, chunk: largeWasm.slice(at, at + CHUNK_BYTES) }));
    expect(await ic.stored_chunks(of)).toHaveLength(hashes.length);
    await ic.install_chunked_code({
      mode: { upgrade: [] },
      target_canister: canisterId,
      chunk_hashes_list: hashes,
      wasm_module_hash: sha256(largeWasm),
      arg: NOTHING,
    });
    const status = await ic.canister_status(of);
    expect(status.status).toEqual({ running: null });
    expect(status.module_hash).toEqual([sha256(largeWasm)]);
    expect(await counter.get()).toBe(0n);

    const other = library.Ed25519KeyIdentity.generate().getPrincipal();
    await ic.update_settings({ ...of, settings: { controllers: [[...controllers, other]] } });
    const facts = await agentModule.CanisterStatus.request({
      canisterId,
      agent,
      paths: ['module_hash', 'controllers', 'time', 'subnet'],
    });
    expect(facts.get('module_hash')).toBe(Buffer.from(sha256(largeWasm)).toString('hex'));
    expect((facts.get('controllers') as { toText(): string }[]).map((each) => each.toText()).sort()).toEqual(
      [identity.getPrincipal().toText(), other.toText()].sort(),
    );

    await ic.stop_canister(of);
    await expect(counter.inc()).rejects.toThrow(/is stopped/);
    await ic.start_canister(of);
    expect(await counter.inc()).toBe(1n);
    await ic.uninstall_code(of);
    await ic.stop_canister(of);
    await ic.delete_canister(of);
    await expect(counter.inc()).rejects.toThrow(/not found/);
  });

  it.runIf(library.hasSubnetCalls)('creates a canister with a call that names the subnet', async () => {
    const { agent, topology } = await setUp(library);
    const [subnetId = ''] = Object.keys(topology.subnet_configs);
    const target = { subnetId: library.Principal.fromText(subnetId) };
    const argument = IDL.encode(
      [IDL.Record({ amount: IDL.Opt(IDL.Nat), settings: IDL.Opt(IDL.Record({})) })],
      [{ amount: [5n], settings: [] }],
    );
    const create = (methodName: string) =>
      agent.update('aaaaa-aa', {
        methodName,
        arg: argument,
        effectiveTarget: target,
      } as unknown as Parameters<typeof agent.update>[1]);
    const { reply } = await create('provisional_create_canister_with_cycles');
    const [record] = IDL.decode([IDL.Record({ canister_id: IDL.Principal })], reply);
    const { canister_id: created } = record as unknown as { canister_id: { toText(): string } };
    expect(created.toText()).toBe('lxzze-o7777-77777-aaaaa-cai');
    // A request that the server has not answered yet is polled at the subnet as well.
    const { requestId } = await agent.call('aaaaa-aa', {
      methodName: 'provisional_create_canister_with_cycles',
      arg: argument,
      effectiveTarget: target,
    } as unknown as Parameters<typeof agent.call>[1]);
    const paths = [[new TextEncoder().encode('request_status'), requestId]];
    const read = agent.readState(target as never, { paths });
    await expect(read).resolves.toHaveProperty('certificate');
    await expect(create('raw_rand')).rejects.toThrow(/An effective subnet id is supported only for/);
  });
});
