/** Tests management calls that the recorded session does not contain: chunked installation, status, logs, stable memory. */
import { createHash } from 'node:crypto';
import { IDL } from '@icp-sdk/core/candid';
import { Principal } from '@icp-sdk/core/principal';
import { describe, expect, it } from 'vitest';
import { ReplicaError, type InstallRequest, type Outcome } from '../replica.js';
import { CodeInstaller } from './code-installer.js';
import { decodeLogs } from './management.js';
import { createPocketIcReplica } from './pocketic-replica.js';
import { exchangesOf } from './testing/golden-exchanges.js';
import { startReplayServer, type ScriptedExchange } from './testing/replay-server.js';
import { encodeBytes } from './wire.js';

const CANISTER = 'lxzze-o7777-77777-aaaaa-cai';
const CANISTER_BASE64 = '///////gAAABAQ==';
const ID_ARG = encodeBytes(
  new Uint8Array(
    IDL.encode([IDL.Record({ canister_id: IDL.Principal })], [{ canister_id: Principal.fromText(CANISTER) }]),
  ),
);
const DONE: Outcome = { kind: 'reply', bytes: new Uint8Array(0) };
const MESSAGE_ID = {
  effective_principal: { SubnetId: 'RzrLieVwKAylUr6eCeuULr8kVEHDq3RLwU/cOgI=' },
  message_id: 'AAAA',
};

function post(endpoint: string, request: unknown, response: unknown, status = 200): ScriptedExchange {
  return {
    method: 'POST',
    path: `/instances/0${endpoint}`,
    request: JSON.stringify(request),
    status,
    response: JSON.stringify(response),
  };
}
const controllers = post('/read/get_controllers', { canister_id: CANISTER_BASE64 }, [
  { principal_id: 'BA==' },
]);
function managementCall(method: string): unknown {
  return {
    sender: 'BA==',
    canister_id: '',
    method,
    payload: ID_ARG,
    effective_principal: { CanisterId: CANISTER_BASE64 },
  };
}
function err(reject_code: string, error_code: string): unknown {
  return {
    Err: { reject_code, reject_message: 'no', error_code, certified: false },
  };
}

async function connect(script: readonly ScriptedExchange[]) {
  const server = await startReplayServer([...exchangesOf('PocketIc.create(url)'), ...script]);
  const replica = await createPocketIcReplica({ serverUrl: server.url, version: '10.0.0' });
  const followed = () =>
    expect({ deviations: server.deviations, left: server.remaining() }).toEqual({ deviations: [], left: 0 });
  return { replica, followed };
}

describe('metrics', () => {
  const Status = IDL.Record({
    status: IDL.Variant({ running: IDL.Null, stopped: IDL.Null }),
    memory_metrics: IDL.Record({
      wasm_memory_size: IDL.Nat,
      stable_memory_size: IDL.Nat,
      snapshots_size: IDL.Nat,
    }),
    cycles: IDL.Nat,
    version: IDL.Nat64,
  });
  const status = encodeBytes(
    new Uint8Array(
      IDL.encode(
        [Status],
        [
          {
            status: { running: null },
            memory_metrics: {
              wasm_memory_size: 131_072n,
              stable_memory_size: 52_428_800_000n,
              snapshots_size: 0n,
            },
            cycles: 10n ** 18n,
            version: 3n,
          },
        ],
      ),
    ),
  );
  const expected = { heapBytes: 131_072, stableBytes: 52_428_800_000, cycles: 10n ** 18n, instructions: 0 };

  it('are read with a query of a controller', async () => {
    const { replica, followed } = await connect([
      controllers,
      post('/read/query', managementCall('canister_status'), { Ok: status }),
    ]);
    expect(await replica.metrics(CANISTER)).toEqual(expected);
    followed();
  });

  it('are read with updates after the server refused the first query', async () => {
    const update = [
      post('/update/submit_ingress_message', managementCall('canister_status'), { Ok: MESSAGE_ID }),
      post('/update/tick', {}, null),
      post('/read/ingress_status', { raw_message_id: MESSAGE_ID }, null),
      post('/update/tick', {}, null),
      post('/read/ingress_status', { raw_message_id: MESSAGE_ID }, { Ok: status }),
    ];
    const { replica, followed } = await connect([
      controllers,
      post('/read/query', managementCall('canister_status'), err('CanisterError', 'CanisterMethodNotFound')),
      ...update,
      ...update,
    ]);
    expect(await replica.metrics(CANISTER)).toEqual(expected);
    expect(await replica.metrics(CANISTER)).toEqual(expected);
    followed();
  });
});

describe('stop and start', () => {
  it('submit the stop as a message to poll, and run the start to completion', async () => {
    const nothing = { Ok: encodeBytes(new Uint8Array(IDL.encode([], []))) };
    const { replica, followed } = await connect([
      controllers,
      post('/update/submit_ingress_message', managementCall('stop_canister'), { Ok: MESSAGE_ID }),
      post('/read/ingress_status', { raw_message_id: MESSAGE_ID }, null),
      post('/update/tick', {}, null),
      post('/read/ingress_status', { raw_message_id: MESSAGE_ID }, nothing),
      post('/update/submit_ingress_message', managementCall('start_canister'), { Ok: MESSAGE_ID }),
      post('/update/tick', {}, null),
      post('/read/ingress_status', { raw_message_id: MESSAGE_ID }, nothing),
    ]);
    const stop = await replica.stop(CANISTER);
    if (stop.kind !== 'accepted') throw new Error('not accepted');
    expect(await replica.poll(stop.id)).toBeUndefined();
    await replica.round();
    expect(await replica.poll(stop.id)).toMatchObject({ kind: 'reply' });
    expect(await replica.start(CANISTER)).toMatchObject({ kind: 'reply' });
    followed();
  });
});

describe('logs', () => {
  const Records = IDL.Record({
    canister_log_records: IDL.Vec(
      IDL.Record({ idx: IDL.Nat64, timestamp_nanos: IDL.Nat64, content: IDL.Vec(IDL.Nat8) }),
    ),
  });
  const encoded = new Uint8Array(
    IDL.encode(
      [Records],
      [
        {
          canister_log_records: [
            { idx: 7n, timestamp_nanos: 1620328630000000001n, content: Uint8Array.of(255, 0, 65) },
          ],
        },
      ],
    ),
  );
  const record = { index: 7n, timeNs: 1620328630000000001n, content: Uint8Array.of(255, 0, 65) };

  it('are read with a query of a controller', async () => {
    const { replica, followed } = await connect([
      controllers,
      post('/read/query', managementCall('fetch_canister_logs'), { Ok: encodeBytes(encoded) }),
    ]);
    expect(await replica.logs(CANISTER)).toEqual([record]);
    followed();
  });

  it('keep bytes that are not UTF-8', () => expect(decodeLogs(encoded)).toEqual([record]));

  it('throw an error if the caller may not read them', async () => {
    const { replica } = await connect([
      controllers,
      post(
        '/read/query',
        managementCall('fetch_canister_logs'),
        err('CanisterReject', 'CanisterRejectedMessage'),
      ),
    ]);
    await expect(replica.logs(CANISTER)).rejects.toThrow(/no logs of lxzze-.*: IC0406: no/);
  });
});

describe('stable memory', () => {
  const ask = { canister_id: CANISTER_BASE64 };

  it('is empty if the canister has no module', async () => {
    const { replica } = await connect([
      post('/read/get_stable_memory', ask, { message: 'CanisterIsEmpty(lxzze)' }, 400),
    ]);
    expect(await replica.stableMemory(CANISTER)).toEqual(new Uint8Array(0));
  });

  it('throws an error if the canister does not exist', async () => {
    const { replica } = await connect([
      post('/read/get_stable_memory', ask, { message: 'CanisterNotFound(lxzze)' }, 400),
    ]);
    await expect(replica.stableMemory(CANISTER)).rejects.toThrow(ReplicaError);
  });

  it('is returned as a copy that owns its buffer', async () => {
    const { replica } = await connect([post('/read/get_stable_memory', ask, { blob: 'CQgHAA==' })]);
    const bytes = await replica.stableMemory(CANISTER);
    expect(bytes).toEqual(Uint8Array.of(9, 8, 7, 0));
    expect(bytes.buffer.byteLength).toBe(4);
  });
});

describe('CodeInstaller', () => {
  const record = (fail: string | undefined) => {
    const calls: { method: string; arg: Uint8Array }[] = [];
    const installer = new CodeInstaller(({ method, arg }) => {
      calls.push({ method, arg });
      return Promise.resolve(
        method === fail ? { kind: 'reject', code: 5, errorCode: 'IC0504', text: 'full' } : DONE,
      );
    });
    return { calls, installer };
  };
  const request = (bytes: number): InstallRequest => ({
    canister: CANISTER,
    mode: 'install',
    wasm: Uint8Array.from({ length: bytes }, (_, index) => index >> 10),
    arg: Uint8Array.of(1),
  });

  it('installs a module that fits in one message with one call', async () => {
    const { calls, installer } = record(undefined);
    expect(await installer.install(request(2 * 1024 * 1024 - 2048))).toEqual(DONE);
    expect(calls.map(({ method }) => method)).toEqual(['install_code']);
    expect(calls[0]!.arg.length).toBeLessThanOrEqual(2 * 1024 * 1024 - 1024);
  });

  it('uploads chunks of 1 MiB, installs by their hashes, and clears the store', async () => {
    const { calls, installer } = record(undefined);
    const { wasm } = request(2_500_000);
    await installer.install({ ...request(2_500_000), wasm });
    expect(calls.map(({ method }) => method)).toEqual([
      'upload_chunk',
      'upload_chunk',
      'upload_chunk',
      'install_chunked_code',
      'clear_chunk_store',
    ]);
    const sha = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
    const Decoded = IDL.Record({
      chunk_hashes_list: IDL.Vec(IDL.Record({ hash: IDL.Vec(IDL.Nat8) })),
      wasm_module_hash: IDL.Vec(IDL.Nat8),
      target_canister: IDL.Principal,
      mode: IDL.Variant({ install: IDL.Null, reinstall: IDL.Null, upgrade: IDL.Opt(IDL.Record({})) }),
    });
    const [decoded] = IDL.decode([Decoded], calls[3]!.arg) as unknown as [
      { chunk_hashes_list: { hash: Uint8Array }[]; wasm_module_hash: Uint8Array; mode: unknown },
    ];
    const MIB = 1024 * 1024;
    expect(decoded.chunk_hashes_list.map(({ hash }) => Buffer.from(hash).toString('hex'))).toEqual(
      [0, MIB, 2 * MIB].map((start) => sha(wasm.subarray(start, start + MIB))),
    );
    expect(Buffer.from(decoded.wasm_module_hash).toString('hex')).toBe(sha(wasm));
    expect(decoded.mode).toEqual({ install: null });
  });

  it('returns the reject of a chunk as the outcome of the installation', async () => {
    const { calls, installer } = record('upload_chunk');
    expect(await installer.install(request(2_500_000))).toMatchObject({ kind: 'reject', text: 'full' });
    expect(calls).toHaveLength(1);
  });
});
