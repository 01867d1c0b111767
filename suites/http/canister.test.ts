/** The upload canister's HTTP methods, as raw calls on the embedded engine. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { IDL } from '@icp-sdk/core/candid';
import { Principal } from '@icp-sdk/core/principal';
import { beforeEach, describe, expect, it } from 'vitest';
import { createEmbeddedReplica, type EmbeddedReplica } from '../../replicas/embedded/embedded-replica.js';
import {
  beginUpload,
  callAndWait,
  encodePut,
  finishUpload,
  putChunk,
} from '../../replicas/embedded/testing/upload-session.js';
import { PACKAGE_ROOT } from '../../package-root.js';
import {
  ANONYMOUS,
  callToReply,
  createRawGateway,
  jsonOf,
  kindOf,
  type RawGateway,
} from './testing/raw-gateway.js';

function wasmOf(name: string) {
  return Uint8Array.from(readFileSync(resolve(PACKAGE_ROOT, `canister/wasm/${name}.wasm`)));
}
const WASM = wasmOf('upload');
/** Who calls in upload-session.ts. */
const ALICE = 'rrkah-fqaaa-aaaaa-aaaaq-cai';
const BOB = Principal.selfAuthenticating(Uint8Array.of(2)).toText();
const CHUNK_BYTES = 1_800_000;
const UPLOADS = '/storage/chunked-upload';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const contentOf = (size: number) => Uint8Array.from({ length: size }, (_, i) => (i * 2_654_435_761) >>> 24);

const InitArg = IDL.Record({
  chunk_size: IDL.Opt(IDL.Nat64),
  hash_bytes_per_call: IDL.Opt(IDL.Nat64),
  http_uploads_per_hour: IDL.Opt(IDL.Nat32),
});
interface Limits {
  readonly chunkSize?: number;
  readonly hashBytesPerCall?: number;
  readonly uploadsPerHour?: number;
}
function initArgOf({ chunkSize, hashBytesPerCall, uploadsPerHour }: Limits): Uint8Array {
  const record = {
    chunk_size: chunkSize === undefined ? [] : [BigInt(chunkSize)],
    hash_bytes_per_call: hashBytesPerCall === undefined ? [] : [BigInt(hashBytesPerCall)],
    http_uploads_per_hour: uploadsPerHour === undefined ? [] : [uploadsPerHour],
  };
  return Uint8Array.from(IDL.encode([IDL.Opt(InitArg)], [[record]]));
}

let replica: EmbeddedReplica;
let canister: string;
let gateway: RawGateway;
beforeEach(() => {
  replica = createEmbeddedReplica();
});

async function install(mode: 'install' | 'upgrade', wasm = WASM, limits: Limits = {}): Promise<void> {
  const outcome = await replica.install({ canister, mode, wasm, arg: initArgOf(limits) });
  expect(outcome).toMatchObject({ kind: 'reply' });
}

async function createCapsule(caller = ALICE): Promise<void> {
  const arg = Uint8Array.from(IDL.encode([IDL.Opt(IDL.Text)], [[]]));
  await callToReply(replica, { canister, method: 'capsules_create', arg, caller });
}

async function fresh(limits: Limits = {}, wasm = WASM): Promise<void> {
  canister = await replica.createCanister();
  gateway = createRawGateway(replica, canister);
  await install('install', wasm, limits);
  await createCapsule();
}

/** The requests of one token's holder. */
function clientOf(token: string) {
  const headers = { authorization: `Bearer ${token}` };
  const send: RawGateway['send'] = (request, between) =>
    gateway.send({ ...request, headers: { ...headers, ...request.headers } }, between);
  return {
    send,
    get: (url: string, more: Readonly<Record<string, string>> = {}) =>
      send({ method: 'GET', url, headers: more }),
    begin: async (size: number) => {
      const body = { capsule_id: 'capsule_1', filename: 'a.png', mime_type: 'image/png', total_size: size };
      const answer = await send({ method: 'POST', url: UPLOADS, body });
      expect(answer.status).toBe(201);
      return jsonOf(answer)['session_id'] as string;
    },
    put: (session: string, number: number, body: Uint8Array) =>
      send({ method: 'POST', url: `${UPLOADS}/${session}/chunk?number=${number}`, body }),
    complete: (session: string, content: Uint8Array, between?: (messages: number) => Promise<void>) => {
      const body = { checksum_sha256: sha256(content), total_size: content.length };
      return send({ method: 'POST', url: `${UPLOADS}/${session}/complete`, body }, between);
    },
  };
}

function chunkOf(content: Uint8Array, number: number) {
  return content.subarray((number - 1) * CHUNK_BYTES, number * CHUNK_BYTES);
}

describe('the HTTP interface', () => {
  it('costs at most 5 % more instructions for a chunk than Candid', async () => {
    await fresh();
    const content = contentOf(2 * CHUNK_BYTES);
    const alice = clientOf(await gateway.token(ALICE));
    const session = await alice.begin(content.length);
    const overHttp = await alice.put(session, 2, chunkOf(content, 2));
    const theirs = await beginUpload(replica, canister, 'capsule_1', content.length, 'key');
    const arg = encodePut(theirs, 1, chunkOf(content, 2));
    const overCandid = await callAndWait(replica, canister, 'uploads_put_chunk', arg);
    const [http, candid] = [overHttp.executions, overCandid.executions].map((all) => all[0]!.instructions);
    expect(http).toBeLessThan(candid! * 1.05);
  });

  it('uses no additional heap for 50 MB', async () => {
    await fresh();
    const content = contentOf(CHUNK_BYTES);
    const alice = clientOf(await gateway.token(ALICE));
    const chunks = 28;
    const warm = await alice.begin(CHUNK_BYTES);
    await alice.put(warm, 1, content);
    const before = (await replica.metrics(canister)).heapBytes;
    const session = await alice.begin(chunks * CHUNK_BYTES);
    for (let number = 1; number <= chunks; number++) {
      content[0] = number;
      expect((await alice.put(session, number, content)).status).toBe(200);
    }
    expect((await replica.metrics(canister)).heapBytes).toBe(before);
  });
});

describe('an upgrade', () => {
  it.each(['upload-layout-v1', 'upload-layout-v2'])(
    'from %s keeps the session, which goes on over HTTP',
    async (older) => {
      await fresh({}, wasmOf(older));
      const content = contentOf(2 * CHUNK_BYTES + 77);
      const session = await beginUpload(replica, canister, 'capsule_1', content.length, 'key');
      await putChunk(replica, canister, encodePut(session, 0, chunkOf(content, 1)));
      await install('upgrade', WASM, { uploadsPerHour: 1 });
      const alice = clientOf(await gateway.token(ALICE));
      const status = jsonOf(await alice.get(`${UPLOADS}/${session}`));
      expect(status).toMatchObject({ status: 'uploading', received_chunks: 1, missing_chunks: [[2, 3]] });
      for (const number of [3, 2]) await alice.put(`${session}`, number, chunkOf(content, number));
      expect((await alice.complete(`${session}`, content)).status).toBe(200);
      expect(await alice.begin(5)).toBe(`${session + 1n}`);
    },
  );

  it('keeps tokens, the hour of an owner, and the limits', async () => {
    await fresh({ uploadsPerHour: 1 });
    const alice = clientOf(await gateway.token(ALICE));
    await alice.begin(5);
    await install('upgrade');
    const body = { capsule_id: 'capsule_1', filename: 'b', mime_type: '', total_size: 5 };
    const refused = await alice.send({ method: 'POST', url: UPLOADS, body });
    expect([refused.status, kindOf(refused)]).toEqual([429, 'validation_error']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(3_590);
    await replica.setTime((await replica.time()) + 3_600n * 1_000_000_000n);
    expect((await alice.get(`${UPLOADS}/1`)).status).toBe(401);
    expect(await clientOf(await gateway.token(ALICE)).begin(5)).toBe('2');
  });

  it('is refused by an older module, which leaves stable memory alone', async () => {
    await fresh();
    const before = sha256(await replica.stableMemory(canister));
    const wasm = wasmOf('upload-layout-v2');
    const outcome = await replica.install({ canister, mode: 'upgrade', wasm, arg: initArgOf({}) });
    expect(outcome).toMatchObject({ kind: 'reject' });
    expect((outcome as { text: string }).text).toContain('layout 3, this code reads layouts up to 2');
    expect(sha256(await replica.stableMemory(canister))).toBe(before);
    expect((await clientOf(await gateway.token(ALICE)).begin(5)).length).toBe(1);
  });
});

describe('an upload over http_request_update', () => {
  it('accepts chunks in any order and serves ranges of the result', async () => {
    await fresh();
    const content = contentOf(2 * CHUNK_BYTES + 5);
    const alice = clientOf(await gateway.token(ALICE));
    const session = await alice.begin(content.length);
    for (const number of [3, 1, 2]) {
      const answer = await alice.put(session, number, chunkOf(content, number));
      expect([answer.status, jsonOf(answer)['chunk_number']]).toEqual([200, number]);
    }
    const done = await alice.complete(session, content);
    expect(jsonOf(done)).toMatchObject({ asset_id: 'memory_1', blob_id: 'blob_1', size: content.length });
    const first = await alice.get('/storage/assets/memory_1');
    expect([first.status, first.headers.get('content-range')]).toEqual([206, 'bytes 0-1899999/3600005']);
    const rest = await alice.get('/storage/assets/memory_1', { range: 'bytes=1900000-' });
    expect([rest.status, rest.headers.get('content-range')]).toEqual([206, 'bytes 1900000-3600004/3600005']);
    expect(sha256(Buffer.concat([first.body, rest.body]))).toBe(sha256(content));
    expect(first.headers.get('etag')).toBe(`"${sha256(content)}"`);
    expect(kindOf(await alice.get(`${UPLOADS}/9`))).toBe('not_found');
    expect(kindOf(await clientOf(await gateway.token(BOB)).get(`${UPLOADS}/${session}`))).toBe('forbidden');
    expect(kindOf(await clientOf('0'.repeat(64)).get(`${UPLOADS}/${session}`))).toBe('unauthorized');
  });

  it('completes over several messages, and answers validation_error to a wrong hash', async () => {
    await fresh({ chunkSize: CHUNK_BYTES, hashBytesPerCall: 600_000 });
    const content = contentOf(CHUNK_BYTES + 700_000);
    const alice = clientOf(await gateway.token(ALICE));
    const session = await alice.begin(content.length);
    for (const number of [2, 1]) await alice.put(session, number, chunkOf(content, number));
    const wrong = await alice.complete(session, content.slice().fill(1));
    expect([wrong.status, kindOf(wrong)]).toEqual([400, 'validation_error']);
    expect(wrong.executions.length).toBeGreaterThan(4);
    expect(jsonOf(await alice.get(`${UPLOADS}/${session}`))).toMatchObject({ status: 'uploading' });
    expect((await alice.complete(session, content)).status).toBe(200);
  });

  it('answers internal_error if an upgrade interrupts its completion, which can be repeated', async () => {
    await fresh({ hashBytesPerCall: 64_000 });
    const content = contentOf(400_000);
    const alice = clientOf(await gateway.token(ALICE));
    const session = await alice.begin(content.length);
    await alice.put(session, 1, content);
    const cut = await alice.complete(session, content, async (messages) => {
      if (messages === 2) await install('upgrade');
    });
    expect([cut.status, kindOf(cut)]).toEqual([500, 'internal_error']);
    await install('upgrade', WASM, { hashBytesPerCall: 16_777_216 });
    expect((await alice.complete(session, content)).status).toBe(200);
  });

  it('is the same session over Candid and over HTTP', async () => {
    await fresh();
    const content = contentOf(CHUNK_BYTES + 100);
    const alice = clientOf(await gateway.token(ALICE));
    const session = await beginUpload(replica, canister, 'capsule_1', content.length, 'key');
    await putChunk(replica, canister, encodePut(session, 1, chunkOf(content, 2)));
    const status = jsonOf(await alice.get(`${UPLOADS}/${session}`));
    expect(status).toMatchObject({ status: 'uploading', missing_chunks: [[1, 1]], progress: 0 });
    expect((await alice.put(`${session}`, 1, chunkOf(content, 1))).status).toBe(200);
    await finishUpload(replica, canister, session, content);
    expect(sha256((await alice.get('/storage/assets/memory_1')).body)).toBe(sha256(content));
  });
});

describe('the gateway methods', () => {
  it('upgrade a request below /storage/ to an update call, except OPTIONS', async () => {
    await fresh();
    const ask = (method: string, url: string) => gateway.query({ method, url });
    expect(await ask('GET', `${UPLOADS}/1`)).toMatchObject({ upgrade: true });
    expect(await ask('OPTIONS', UPLOADS)).toMatchObject({ status: 200, upgrade: false });
    expect(await ask('GET', '/')).toMatchObject({ status: 404, upgrade: false });
  });

  it('reject a revoked token, which only its owner can revoke', async () => {
    await fresh();
    const token = await gateway.token(ALICE);
    const revoke = async (caller: string) => {
      const arg = Uint8Array.from(IDL.encode([IDL.Text], [token]));
      const call = { canister, method: 'http_token_revoke', arg, caller };
      const { bytes } = await callToReply(replica, call);
      const [answer] = IDL.decode([IDL.Variant({ Ok: IDL.Null, Err: IDL.Reserved })], bytes.slice());
      return Object.keys(answer as object)[0];
    };
    expect(await revoke(BOB)).toBe('Err');
    await clientOf(token).begin(5);
    expect(await revoke(ALICE)).toBe('Ok');
    expect((await clientOf(token).get(`${UPLOADS}/1`)).status).toBe(401);
    await expect(gateway.token(ANONYMOUS)).rejects.toThrow('no token');
  });

  it('accept an argument with fields that the interface does not name', async () => {
    await fresh();
    const token = await gateway.token(ALICE);
    const { Nat8, Record, Text, Tuple, Vec } = IDL;
    const more = {
      method: Text,
      url: Text,
      headers: Vec(Tuple(Text, Text)),
      body: Vec(Nat8),
      also: Vec(Text),
    };
    const value = {
      method: 'POST',
      url: UPLOADS,
      headers: [['Authorization', `Bearer ${token}`]],
      body: new TextEncoder().encode(
        '{"capsule_id":"capsule_1","filename":"a","mime_type":"text/plain","total_size":1}',
      ),
      also: ['x', 'y'],
    };
    const arg = Uint8Array.from(IDL.encode([Record(more)], [value]));
    const call = { canister, method: 'http_request_update', arg, caller: ANONYMOUS };
    const { bytes } = await callToReply(replica, call);
    expect(new TextDecoder().decode(bytes)).toContain('"session_id":"1"');
  });
});
