/** The HTTP interface as a client meets it: plain requests to the live server, which forwards them to the canister. */
import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { callerPrincipal } from '../../harness/execution/callers.js';
import { createHttpTokens } from '../../cli/http-tokens.js';
import { createEmbeddedBackend } from '../../servers/ic/embedded-backend.js';
import { startLiveServer } from '../../servers/ic/live-server.js';
import { uploadTarget } from '../../targets/upload.js';
import { HttpCanister, initArg, uploadWasm, type InitFields } from './testing/http-canister.js';

interface Client {
  readonly url: string;
  readonly capsule: string;
  request(method: string, path: string, body?: object | Uint8Array, headers?: object): Promise<Response>;
}

async function client(fields: InitFields = {}): Promise<Client> {
  const backend = createEmbeddedBackend({
    seed: new Uint8Array(32),
    timeNs: BigInt(Date.now()) * 1_000_000n,
  });
  const canister = await backend.replica.createCanister();
  const arg = initArg(fields);
  const outcome = await backend.replica.install({ canister, mode: 'install', wasm: uploadWasm, arg });
  expect(outcome.kind).toBe('reply');
  const server = await startLiveServer(backend, { canister });
  onTestFinished(() => server.close());
  const [made] = await createHttpTokens({ host: server.url, callers: 1 });
  const { capsuleId: capsule, token } = made!;
  return {
    url: server.url,
    capsule,
    request: (method, path, body, headers = {}) =>
      fetch(server.url + path, {
        method,
        headers: { authorization: `Bearer ${token}`, ...headers },
        ...(body && { body: body instanceof Uint8Array ? Uint8Array.from(body) : JSON.stringify(body) }),
      }),
  };
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
function bytesOf(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => (at * 31 + seed * 17 + (at >>> 8)) % 256);
}

/** Begin, every chunk, complete; the asset's path. */
async function upload({ request, capsule }: Client, bytes: Uint8Array, name: string): Promise<string> {
  const begun = await request('POST', '/storage/chunked-upload', {
    capsule_id: capsule,
    filename: name,
    mime_type: 'image/png',
    total_size: bytes.length,
  });
  expect(begun.status).toBe(201);
  const {
    session_id: id,
    chunk_size: size,
    total_chunks: count,
  } = (await begun.json()) as {
    session_id: string;
    chunk_size: number;
    total_chunks: number;
  };
  const path = `/storage/chunked-upload/${id}`;
  const puts = Array.from({ length: count }, (_, index) =>
    request('POST', `${path}/chunk?number=${index + 1}`, bytes.subarray(index * size, (index + 1) * size)),
  );
  expect((await Promise.all(puts)).map(({ status }) => status)).toEqual(puts.map(() => 200));
  const done = await request('POST', `${path}/complete`, {
    checksum_sha256: sha256(bytes),
    total_size: bytes.length,
  });
  expect(done.status).toBe(200);
  return ((await done.json()) as { url: string }).url;
}

describe('the live server', () => {
  it('keeps 40 parallel uploads whole and apart', async () => {
    const own = await client({ chunk_size: 1_000n, http_uploads_per_hour: 40 });
    const files = Array.from({ length: 40 }, (_, seed) => bytesOf(2_500 + seed, seed));
    const paths = await Promise.all(files.map((bytes, index) => upload(own, bytes, `file-${index}`)));
    expect(new Set(paths).size).toBe(40);
    const read = await Promise.all(
      paths.map(async (path) => new Uint8Array(await (await own.request('GET', path)).arrayBuffer())),
    );
    expect(read.map(sha256)).toEqual(files.map(sha256));
    const more = await own.request('POST', '/storage/chunked-upload', {
      ...{ capsule_id: own.capsule, filename: 'one more', mime_type: 'a/b', total_size: 1 },
    });
    expect([more.status, Number(more.headers.get('retry-after')) > 3_000]).toEqual([429, true]);
  });

  it('serves 5 MB as one response through the gateway, or by ranges', async () => {
    const own = await client();
    const bytes = bytesOf(5_000_000, 1);
    const path = await upload(own, bytes, 'large');
    const whole = await own.request('GET', path);
    expect([whole.status, whole.headers.get('content-length'), whole.headers.get('content-type')]).toEqual([
      200,
      '5000000',
      'image/png',
    ]);
    expect(whole.headers.get('etag')).toBe(`"${sha256(bytes)}"`);
    expect(sha256(new Uint8Array(await whole.arrayBuffer()))).toBe(sha256(bytes));
    const part = await own.request('GET', path, undefined, { range: 'bytes=1899999-1900001' });
    expect([part.status, part.headers.get('content-range')]).toEqual([206, 'bytes 1899999-1900001/5000000']);
    expect(new Uint8Array(await part.arrayBuffer())).toEqual(bytes.subarray(1_899_999, 1_900_002));
    const head = await own.request('HEAD', path);
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([
      200,
      '5000000',
      '',
    ]);
    const none = await own.request('GET', path, undefined, { range: 'bytes=5000000-' });
    expect([none.status, none.headers.get('content-range')]).toEqual([400, 'bytes */5000000']);
  });

  it('answers 413 as JSON to a chunk larger than a message, and leaves the session unchanged', async () => {
    const own = await client({ chunk_size: 3_000_000n });
    const begun = await own.request('POST', '/storage/chunked-upload', {
      ...{ capsule_id: own.capsule, filename: 'f', mime_type: 'a/b', total_size: 3_000_000 },
    });
    const { session_id: id } = (await begun.json()) as { session_id: string };
    const path = `/storage/chunked-upload/${id}`;
    const refused = await own.request('POST', `${path}/chunk?number=1`, new Uint8Array(3_000_000), {
      accept: 'application/json',
    });
    expect([refused.status, await refused.json()]).toEqual([
      413,
      { error: { kind: 'request_too_large', message: expect.stringContaining('smaller chunks') as string } },
    ]);
    expect(await (await own.request('GET', path)).json()).toMatchObject({
      status: 'initiated',
      received_bytes: 0,
    });
  });
});

describe('1,000 sessions of one owner', () => {
  let canister: HttpCanister;
  let token: string;
  const ids: string[] = [];
  beforeAll(async () => {
    const limits = { max_active_sessions: 1_000, http_uploads_per_hour: 2_000, chunk_size: 64n };
    canister = await HttpCanister.create({ ...limits, http_token_ttl_ns: 10n ** 18n });
    token = await canister.token(0);
    const capsule = await canister.capsule(0);
    for (let count = 0; count < 1_000; count++) {
      const { status, json } = await canister.begin(token, capsule, { filename: `f-${count}` });
      expect(status).toBe(201);
      ids.push(String(json['session_id']));
    }
    const over = await canister.begin(token, capsule);
    expect([over.status, (over.json['error'] as { reason: string }).reason]).toEqual([
      429,
      'active_sessions',
    ]);
  });

  const statusOf = async (id: string) =>
    (await canister.send('GET', `/storage/chunked-upload/${id}`, token)).json['status'] as string | undefined;

  it('are kept for 24 hours, each on its own clock, and then failed; their records go a day later', async () => {
    expect(new Set(ids).size).toBe(1_000);
    await canister.advance(43_200);
    const put = `/storage/chunked-upload/${ids[7]}/chunk?number=1`;
    expect((await canister.send('POST', put, token, { body: 'abc' })).status).toBe(200);
    await canister.advance(43_200);
    expect([await statusOf(ids[0]!), await statusOf(ids[7]!), await statusOf(ids[999]!)]).toEqual([
      'failed',
      'uploading',
      'failed',
    ]);
    const { method, arg } = uploadTarget.encode({ op: 'cleanup' });
    for (let call = 0; call < 100; call++) await canister.update(method, arg, callerPrincipal(0));
    expect(await statusOf(ids[7]!)).toBe('uploading');
    await canister.advance(86_400);
    expect(await statusOf(ids[0]!)).toBe(undefined);
  });
});
