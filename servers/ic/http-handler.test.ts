/** Tests the interface with raw requests: repeated ones, invalid ones, and bytes that are not HTTP. */
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { utf8 } from '../../certification/bytes.js';
import { type CborInput, type CborValue, decodeCbor, encodeCbor } from '../../certification/cbor.js';
import { decodeCertificate } from './certificate.js';
import { lookupValue } from '../../certification/hash-tree.js';
import { startLiveServer } from './live-server.js';
import { principalToBytes } from './principals.js';
import { hashOfMap } from './request-id.js';
import { FAKE_CANISTER, createFakeBackend } from './testing/fake-backend.js';
import { post, startFakeServer } from './testing/start.js';

const canisterId = principalToBytes(FAKE_CANISTER);
const ANONYMOUS = Uint8Array.of(4);
const SECOND_NS = 1_000_000_000n;
const nowNs = (): bigint => BigInt(Date.now()) * 1_000_000n;

type Content = Readonly<Record<string, CborInput | undefined>>;

/** Encodes an anonymous update call. */
function callContent(fields: Content = {}): Content {
  return {
    request_type: 'call',
    canister_id: canisterId,
    method_name: 'echo',
    arg: utf8('hello'),
    sender: ANONYMOUS,
    ingress_expiry: nowNs() + 60n * SECOND_NS,
    ...fields,
  };
}
function readContent(paths: CborInput, fields: Content = {}): Content {
  return {
    request_type: 'read_state',
    paths,
    sender: ANONYMOUS,
    ingress_expiry: nowNs() + 60n * SECOND_NS,
    ...fields,
  };
}
const envelope = (content: Content): Uint8Array => encodeCbor({ content });
const requestIdOf = (content: Content): Uint8Array => hashOfMap(content as Parameters<typeof hashOfMap>[0]);

function path(version: string, operation: string): string {
  return `/api/${version}/canister/${FAKE_CANISTER}/${operation}`;
}
async function bodyOf(response: Response): Promise<ReadonlyMap<string, CborValue>> {
  return decodeCbor(new Uint8Array(await response.arrayBuffer())) as ReadonlyMap<string, CborValue>;
}

async function statusOf(response: Response, requestId: Uint8Array): Promise<string> {
  const certificate = decodeCertificate((await bodyOf(response)).get('certificate') as Uint8Array);
  const value = lookupValue(certificate.tree, [utf8('request_status'), requestId, utf8('status')]);
  return value ? new TextDecoder().decode(value) : 'unknown';
}

describe('a repeated request', () => {
  it('gets the same answer and executes nothing if it was answered', async () => {
    const { server, backend } = await startFakeServer();
    const content = callContent();
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const response = await post(server.url + path('v3', 'call'), envelope(content));
      expect(await statusOf(response, requestIdOf(content))).toBe('replied');
    }
    expect((await post(server.url + path('v2', 'call'), envelope(content))).status).toBe(202);
    expect(backend.executed).toHaveLength(1);
  });

  it('gets 202 with a text if the first one still runs', async () => {
    const { server, backend } = await startFakeServer({ blockTimeMs: 5 });
    backend.roundsOf.set('echo', 1_000_000);
    const body = envelope(callContent());
    const first = post(server.url + path('v3', 'call'), body);
    await post(server.url + path('v2', 'call'), body); // The server knows the request after either of the two.
    const duplicate = await post(server.url + path('v3', 'call'), body);
    expect(duplicate.status).toBe(202);
    expect(await duplicate.text()).toBe('Duplicate request. Message is already being tracked and executed.');
    backend.roundsOf.set('echo', 0);
    expect([200, 202]).toContain((await first).status);
    await expect.poll(() => backend.executed.length).toBe(1);
  });

  it('is a new request if it has another nonce', async () => {
    const { server, backend } = await startFakeServer();
    const content = callContent();
    for (const nonce of [undefined, Uint8Array.of(1), Uint8Array.of(2)]) {
      expect((await post(server.url + path('v3', 'call'), envelope({ ...content, nonce }))).status).toBe(200);
    }
    expect(backend.executed).toHaveLength(3);
  });

  it('is rejected after the expiry, when the status is no longer kept', async () => {
    let now = nowNs();
    const { server, backend } = await startFakeServer({ now: () => now, idleBlockMs: 5 });
    const content = callContent({ ingress_expiry: now + SECOND_NS });
    await post(server.url + path('v3', 'call'), envelope(content));
    now += 10n * SECOND_NS;
    await expect.poll(() => backend.rounds).toBeGreaterThan(4);
    const replay = await post(server.url + path('v3', 'call'), envelope(content));
    expect([replay.status, await replay.text()]).toEqual([
      400,
      expect.stringMatching(/^Invalid request expiry: /),
    ]);
    const paths = [[utf8('request_status'), requestIdOf(content)]];
    const status = await post(server.url + path('v2', 'read_state'), envelope(readContent(paths)));
    expect(await statusOf(status, requestIdOf(content))).toBe('unknown');
    expect(backend.executed).toHaveLength(1);
  });
});

describe('the time of the chain', () => {
  it('limits the expiry of calls in both directions, with the text that agents expect', async () => {
    const now = 1_746_143_718_005_285_297n;
    const { server } = await startFakeServer({ now: () => now });
    const send = async (expiry: bigint) => {
      const response = await post(
        server.url + path('v2', 'call'),
        envelope(callContent({ ingress_expiry: expiry })),
      );
      return [response.status, await response.text()];
    };
    expect(await send(now)).toEqual([202, '']);
    expect(await send(now + 330n * SECOND_NS)).toEqual([202, '']);
    expect(await send(now + 330n * SECOND_NS + 1n)).toMatchObject([
      400,
      expect.stringMatching(/^Invalid request expiry: /),
    ]);
    expect(await send(now - 1n)).toEqual([
      400,
      'Invalid request expiry: Specified ingress_expiry not within expected range: ' +
        'Minimum allowed expiry: 2025-05-01 23:55:18.005285297 UTC, ' +
        'Maximum allowed expiry: 2025-05-02 00:00:48.005285297 UTC, ' +
        'Provided expiry:        2025-05-01 23:55:18.005285296 UTC',
    ]);
  });

  it('does not limit the expiry of anonymous queries and reads', async () => {
    const { server } = await startFakeServer();
    const old = { ingress_expiry: 0 };
    const query = envelope(callContent({ request_type: 'query', ...old }));
    expect((await post(server.url + path('v2', 'query'), query)).status).toBe(200);
    const read = envelope(readContent([[utf8('time')]], old));
    expect((await post(server.url + path('v2', 'read_state'), read)).status).toBe(200);
  });

  it('advances in blocks of the configured length', async () => {
    const { backend } = await startFakeServer({ blockTimeMs: 20 });
    const before = backend.rounds;
    await expect.poll(() => backend.rounds).toBeGreaterThan(before + 3);
  });

  it('gives a running message the status processing', async () => {
    const { server, backend } = await startFakeServer({ blockTimeMs: 10 });
    backend.roundsOf.set('stuck', 1_000_000);
    const content = callContent({ method_name: 'stuck' });
    await post(server.url + path('v2', 'call'), envelope(content));
    const read = async () =>
      statusOf(
        await post(
          server.url + path('v3', 'read_state'),
          envelope(readContent([[utf8('request_status'), requestIdOf(content)]])),
        ),
        requestIdOf(content),
      );
    await expect.poll(read).toBe('processing');
  });
});

describe('an invalid request', () => {
  const refusals: readonly (readonly [string, string, Content, number, RegExp])[] = [
    [
      'a call to another canister',
      'call',
      callContent({ canister_id: Uint8Array.of(1) }),
      400,
      /does not match effective canister id in URL lxzze/,
    ],
    [
      'an unsigned request of a user',
      'call',
      callContent({ sender: new Uint8Array(29).fill(2) }),
      400,
      /^Missing signature from user: /,
    ],
    [
      'a long nonce',
      'call',
      callContent({ nonce: new Uint8Array(33) }),
      400,
      /^Nonce in request is too big: got 33 bytes, but at most 32/,
    ],
    [
      'a query at the call endpoint',
      'call',
      callContent({ request_type: 'query' }),
      400,
      /unknown variant `query`, expected `call`/,
    ],
    ['a missing field', 'call', callContent({ method_name: undefined }), 400, /missing field `method_name`$/],
    ['a negative expiry', 'call', callContent({ ingress_expiry: -1 }), 400, /invalid type/],
    ['a sender too long', 'call', callContent({ sender: new Uint8Array(30) }), 400, /^Malformed request: /],
    [
      'too much for an ingress message',
      'call',
      callContent({ arg: new Uint8Array(2 * 1024 * 1024) }),
      413,
      /is too large\. Message byte size \d+ is larger than the max allowed 2097152\.$/,
    ],
    [
      'too many paths',
      'read_state',
      readContent(Array.from({ length: 1001 }, () => [utf8('time')])),
      400,
      /^Too many paths/,
    ],
    [
      'a path too deep',
      'read_state',
      readContent([Array.from({ length: 128 }, () => utf8('a'))]),
      400,
      /too deep: got 128 labels/,
    ],
    ['an unknown path', 'read_state', readContent([[utf8('streams')]]), 404, /^Invalid path requested\.$/],
    ['an empty path', 'read_state', readContent([[]]), 404, /^Invalid path requested\.$/],
    [
      'another canister’s facts',
      'read_state',
      readContent([[utf8('canister'), Uint8Array.of(1), utf8('controllers')]]),
      400,
      /^Effective principal id in URL/,
    ],
    [
      'certified data',
      'read_state',
      readContent([[utf8('canister'), canisterId, utf8('certified_data')]]),
      404,
      /^Invalid path/,
    ],
    [
      'a short request id',
      'read_state',
      readContent([[utf8('request_status'), new Uint8Array(31)]]),
      400,
      /^Invalid request id in paths/,
    ],
    [
      'two request ids',
      'read_state',
      readContent([
        [utf8('request_status'), new Uint8Array(32)],
        [utf8('request_status'), new Uint8Array(32).fill(1)],
      ]),
      400,
      /^More than one non-unique request ID/,
    ],
  ];

  it.each(refusals)('is refused: %s', async (_what, operation, content, status, message) => {
    const { server, backend } = await startFakeServer();
    const response = await post(server.url + path('v2', operation), envelope(content));
    expect([response.status, await response.text()]).toEqual([status, expect.stringMatching(message)]);
    expect(backend.executed).toHaveLength(0);
  });

  it('is refused if it has a signature without a key, or a signature of the anonymous user', async () => {
    const { server } = await startFakeServer();
    const send = async (extra: Content) => {
      const response = await post(
        server.url + path('v2', 'call'),
        encodeCbor({ content: callContent(), ...extra }),
      );
      return [response.status, await response.text()];
    };
    expect(await send({ sender_sig: new Uint8Array(64) })).toEqual([
      400,
      expect.stringMatching(/missing pubkey or signature/),
    ]);
    expect(await send({ sender_sig: new Uint8Array(64), sender_pubkey: new Uint8Array(44) })).toEqual([
      400,
      'Signature is not allowed for the anonymous user.',
    ]);
  });

  it('is refused by the ingress filter with a code, in v2 and v3', async () => {
    const { server } = await startFakeServer();
    const body = envelope(callContent({ method_name: 'refused' }));
    const reject = { error_code: 'IC0406', reject_message: 'Canister rejected the message', reject_code: 4 };
    const v2 = await bodyOf(await post(server.url + path('v2', 'call'), body));
    const v3 = await bodyOf(await post(server.url + path('v3', 'call'), body));
    expect(Object.fromEntries(v2)).toEqual(reject);
    expect(Object.fromEntries(v3)).toEqual({ status: 'non_replicated_rejection', ...reject });
  });
});

describe('the HTTP handler', () => {
  it('serves every version of the interface and refuses other paths with a reason', async () => {
    const { server } = await startFakeServer();
    const status = async (url: string, body: Uint8Array) => (await post(server.url + url, body)).status;
    for (const version of ['v3', 'v4'])
      expect(await status(path(version, 'call'), envelope(callContent({ nonce: utf8(version) })))).toBe(200);
    expect(await status(path('v3', 'query'), envelope(callContent({ request_type: 'query' })))).toBe(200);
    const subnetId = (await (
      await fetch(server.url, { headers: { accept: 'application/json' } })
    ).json()) as { subnet_id: string };
    const id = principalToBytes(subnetId.subnet_id);
    const subnet = (paths: CborInput) =>
      status(`/api/v2/subnet/${subnetId.subnet_id}/read_state`, envelope(readContent(paths)));
    expect(
      await subnet([
        [utf8('subnet'), id, utf8('metrics')],
        [utf8('canister_ranges'), id],
      ]),
    ).toBe(200);
    expect(await subnet([[utf8('request_status'), new Uint8Array(32)]])).toBe(404);
    expect(await status('/api/v5/canister/aaaaa-aa/call', envelope(callContent()))).toBe(404);
    expect(await status('/api/v2/canister/not-a-principal/call', envelope(callContent()))).toBe(400);
    // The server would forward it if it named a canister.
    expect(await status('/elsewhere', envelope(callContent()))).toBe(400);
    expect((await fetch(server.url + path('v2', 'call'))).status).toBe(405);
  });

  it('answers CORS preflights and sends CORS headers', async () => {
    const { server } = await startFakeServer();
    const preflight = await fetch(server.url + path('v3', 'call'), { method: 'OPTIONS' });
    expect(preflight.status).toBe(200);
    expect(preflight.headers.get('access-control-allow-headers')).toMatch(/content-type/);
    const { headers } = await fetch(`${server.url}/api/v2/status`);
    expect(headers.get('access-control-allow-origin')).toBe('*');
    expect(headers.get('access-control-expose-headers')).toBe(
      'accept-ranges,content-length,content-range,x-request-id,x-ic-canister-id',
    );
    expect(headers.get('vary')).toBe('origin, access-control-request-method, access-control-request-headers');
  });

  it('describes the server at /', async () => {
    const { server } = await startFakeServer();
    expect(await (await fetch(server.url)).text()).toMatch(
      new RegExp(`replica: fake 0(.|\n)*${FAKE_CANISTER}`),
    );
    const response = await fetch(server.url, { headers: { accept: 'application/json' } });
    const facts: unknown = await response.json();
    expect(facts).toMatchObject({ block_time_ms: 0, canisters: [{ id: FAKE_CANISTER }] });
  });

  it('does not announce a timeout of idle connections', async () => {
    const { server } = await startFakeServer();
    const { headers } = await fetch(`${server.url}/api/v2/status`);
    expect(headers.get('keep-alive')).toBeNull();
  });

  it('passes other paths to the fallback', async () => {
    const { server } = await startFakeServer({
      fallback: (_request, response) => void response.end('gateway'),
    });
    expect(await (await fetch(`${server.url}/asset.html`)).text()).toBe('gateway');
    expect((await fetch(`${server.url}/api/v2/status`)).status).toBe(200);
  });

  it('refuses a body above 4 MiB with 413', async () => {
    const { server } = await startFakeServer();
    const response = await post(server.url + path('v2', 'call'), new Uint8Array(4 * 1024 * 1024 + 1));
    expect([response.status, await response.text()]).toEqual([
      413,
      'Failed to buffer the request body: length limit exceeded',
    ]);
  });

  it('answers any malformed body with a reason', async () => {
    const errors: unknown[] = [];
    const { server } = await startFakeServer({ onError: (error) => errors.push(error) });
    const valid = envelope(callContent());
    const truncated = fc.nat(valid.length - 1).map((length) => valid.slice(0, length));
    const flipped = fc
      .tuple(fc.nat(valid.length - 1), fc.integer({ min: 1, max: 255 }))
      .map(([index, mask]) => {
        const bytes = valid.slice();
        bytes[index]! ^= mask;
        return bytes;
      });
    const bodies = fc.oneof(fc.uint8Array({ maxLength: 200 }), truncated, flipped);
    const operations = fc.constantFrom(
      ...['call', 'query', 'read_state'].flatMap((name) => [path('v2', name), path('v3', name)]),
    );
    await fc.assert(
      fc.asyncProperty(operations, bodies, async (url, body) => {
        const response = await post(server.url + url, body);
        const text = await response.text();
        expect(response.status).toBeGreaterThanOrEqual(200);
        expect(response.status).toBeLessThan(500);
        if (response.status >= 400) expect(text).not.toBe('');
      }),
      { numRuns: 200 },
    );
    expect(errors).toEqual([]);
    expect((await fetch(`${server.url}/api/v2/status`)).status).toBe(200);
  });

  it('keeps running after bytes that are not HTTP and after connections that end within a body', async () => {
    const { server } = await startFakeServer();
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(server.port, '127.0.0.1', () => socket.end('nonsense\r\n\r\n'));
      socket.once('data', (data) => resolve(data.toString()));
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    const half = httpRequest({
      port: server.port,
      method: 'POST',
      path: path('v2', 'call'),
      headers: { 'content-type': 'application/cbor', 'content-length': 100 },
    });
    half.on('error', () => undefined);
    await new Promise((resolve) => half.write('half', resolve));
    half.destroy();
    expect((await fetch(`${server.url}/api/v2/status`)).status).toBe(200);
  });
});

describe('the start and the end of a server', () => {
  it('gives the same root key for the same seed', async () => {
    const [a, b, c] = await Promise.all(
      [1, 1, 2].map((byte) => startFakeServer({ seed: new Uint8Array(32).fill(byte) })),
    );
    expect(a!.server.rootKeyDer).toEqual(b!.server.rootKeyDer);
    expect(a!.server.rootKeyDer).not.toEqual(c!.server.rootKeyDer);
  });

  it('answers waiting calls with 202 when it closes, and then refuses connections', async () => {
    const { server, backend } = await startFakeServer();
    backend.roundsOf.set('stuck', 1_000_000);
    const waiting = post(server.url + path('v3', 'call'), envelope(callContent({ method_name: 'stuck' })));
    await expect.poll(() => backend.rounds).toBeGreaterThan(1);
    await server.close();
    await server.close();
    expect((await waiting).status).toBe(202);
    await expect(fetch(server.url)).rejects.toThrow();
  });

  it('rejects a port that is in use', async () => {
    const { server } = await startFakeServer();
    await expect(startLiveServer(createFakeBackend(), { port: server.port })).rejects.toThrow(/EADDRINUSE/);
  });

  it('rejects a backend that cannot make a block', async () => {
    const backend = createFakeBackend();
    backend.broken = 'out of order';
    await expect(startLiveServer(backend)).rejects.toThrow('out of order');
  });

  it('reports that it is unhealthy after its backend failed', async () => {
    const { server, backend } = await startFakeServer({ idleBlockMs: 60_000 });
    backend.broken = 'out of order';
    const waiting = await post(server.url + path('v3', 'call'), envelope(callContent()));
    expect(waiting.status).toBe(503);
    const refused = await post(server.url + path('v2', 'call'), envelope(callContent()));
    expect([refused.status, await refused.text()]).toEqual([
      503,
      expect.stringMatching(/^Replica is unhealthy: out of order/),
    ]);
    const status = await bodyOf(await fetch(`${server.url}/api/v2/status`));
    expect(status.get('replica_health_status')).not.toBe('healthy');
  });
});
