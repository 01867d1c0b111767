/** Sends plain HTTP requests to canisters on the embedded engine over a loopback connection. */
import { IDL } from '@icp-sdk/core/candid';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createEmbeddedBackend } from './embedded-backend.js';
import { parseContentRange } from './http-gateway-body.js';
import { decodeResponse, encodeQueryRequest } from '../../targets/http-gateway-candid.js';
import { type LiveServer, type LiveServerOptions, startLiveServer } from './live-server.js';
import {
  compileHttpCanister,
  httpReply,
  partReply,
  type HttpCanisterRules,
} from './testing/http-canister.js';

const any = (reply: Uint8Array | undefined) => ({ on: '', reply });
const SEED = new Uint8Array(32);
const KIB = 1024;

async function serve(
  rules: HttpCanisterRules,
  options: LiveServerOptions = {},
): Promise<LiveServer & { readonly canister: string }> {
  const backend = createEmbeddedBackend({ seed: SEED, timeNs: BigInt(Date.now()) * 1_000_000n });
  const canister = await backend.replica.createCanister();
  const wasm = await compileHttpCanister(rules);
  const arg = new Uint8Array(0);
  expect(await backend.replica.install({ canister, mode: 'install', wasm, arg })).toMatchObject({
    kind: 'reply',
  });
  const server = await startLiveServer(backend, { canister, ...options });
  onTestFinished(() => server.close());
  return { ...server, canister };
}

/** Sends a request with any host header, which `fetch` does not allow. */
function withHost(url: string, host: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    httpRequest(url, { headers: { host } }, resolve).on('error', reject).end();
  });
}

/** Sends `text` over a connection and returns the received bytes at its end. */
function rawExchange(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let seen = '';
    socket.on('data', (bytes) => (seen += bytes.toString('latin1')));
    socket.on('close', () => resolve(seen));
    socket.on('error', reject);
    socket.end(text);
  });
}

describe('a request that a query answers', () => {
  it('becomes a call of http_request, and the reply becomes status, headers, and body', async () => {
    const server = await serve({
      query: [
        {
          on: '/a/b?c=%20d&e=1',
          reply: httpReply({
            status: 418,
            headers: [
              ['X-Tea', 'green'],
              ['x-tea', 'black'],
            ],
            body: 'short',
          }),
        },
        { on: 'x-asked', reply: httpReply({ status: 201, body: Uint8Array.of(0, 255, 10) }) },
      ],
    });
    const put = await fetch(`${server.url}/a/b?c=%20d&e=1`, { method: 'PUT', body: 'data' });
    expect(put.status).toBe(418);
    expect(put.headers.get('x-tea')).toBe('green, black');
    expect(put.headers.get('x-ic-canister-id')).toBe(server.canister);
    expect(await put.text()).toBe('short');
    const asked = await fetch(`${server.url}/else`, { headers: { 'X-Asked': 'yes' } });
    expect(asked.status).toBe(201);
    expect(new Uint8Array(await asked.arrayBuffer())).toEqual(Uint8Array.of(0, 255, 10));
  });

  it('finds the canister by the host, by ?canisterId=, or because the server has only one', async () => {
    const server = await serve({ query: [any(httpReply({ body: 'found' }))] });
    const hosts = [`${server.canister}.localhost:${server.port}`, `${server.canister}.raw.localhost`];
    for (const host of hosts) {
      const answer = await withHost(`${server.url}/`, host);
      expect(answer.statusCode).toBe(200);
      expect(Number(answer.headers['content-length'])).toBe(5);
      answer.resume();
    }
    expect(await (await fetch(`${server.url}/?canisterId=${server.canister}`)).text()).toBe('found');
    expect(await (await fetch(`${server.url}/x`)).text()).toBe('found');
    expect(await (await fetch(server.url)).text()).toContain('replica: embedded engine');
  });

  it('is rejected with a reason if the canister id is invalid', async () => {
    const server = await serve({ query: [any(httpReply({}))] });
    const wrong = await fetch(`${server.url}/x?canisterId=nonsense`);
    expect([wrong.status, await wrong.text()]).toEqual([
      400,
      expect.stringContaining('nonsense is not a canister id'),
    ]);
    const foreign = await fetch(`${server.url}/x?canisterId=ryjl3-tyaaa-aaaaa-aaaba-cai`);
    expect([foreign.status, await foreign.text()]).toEqual([400, expect.stringContaining('does not belong')]);
  });

  it('gets a length and no body for HEAD, and the canister’s answer for OPTIONS', async () => {
    const server = await serve({
      query: [
        { on: 'HEAD', reply: httpReply({ body: 'abc', headers: [['etag', '"x"']] }) },
        {
          on: 'OPTIONS',
          reply: httpReply({ status: 204, headers: [['Access-Control-Allow-Methods', 'PUT']] }),
        },
      ],
    });
    const head = await fetch(`${server.url}/f`, { method: 'HEAD' });
    expect([head.headers.get('content-length'), head.headers.get('etag'), await head.text()]).toEqual([
      '3',
      '"x"',
      '',
    ]);
    const options = await fetch(`${server.url}/f`, { method: 'OPTIONS' });
    expect([options.status, options.headers.get('access-control-allow-methods')]).toEqual([204, 'PUT']);
    expect(options.headers.get('access-control-allow-origin')).toBe('*');
  });
});

describe('a request that the canister upgrades to an update call', () => {
  const upgrade = httpReply({ upgrade: true });

  it('is sent to http_request_update while rounds run at the block time', async () => {
    const server = await serve(
      {
        query: [any(upgrade)],
        update: [{ on: 'payload', reply: httpReply({ status: 201, body: 'stored' }) }],
      },
      { blockTimeMs: 30 },
    );
    const answer = await fetch(`${server.url}/x`, { method: 'POST', body: 'payload' });
    expect([answer.status, await answer.text()]).toEqual([201, 'stored']);
  });

  it('accepts a chunk of 1,800,000 B and rejects a body above the message limit with 413', async () => {
    const server = await serve({ query: [any(upgrade)], update: [any(httpReply({ body: 'ok' }))] });
    const post = (bytes: number, accept = '*/*') =>
      fetch(`${server.url}/x`, { method: 'POST', body: new Uint8Array(bytes), headers: { accept } });
    expect((await post(1_800_000)).status).toBe(200);
    for (const bytes of [2_048 * KIB - 100, 2_048 * KIB + 1, 9_000_000]) {
      const answer = await post(bytes, 'application/json');
      expect(answer.status).toBe(413);
      const { error } = (await answer.json()) as { error: { kind: string; message: string } };
      expect(error.kind).toBe('request_too_large');
      expect(error.message).toContain('2097152 B');
    }
  });

  it('gets 503 with the text of a reject, and 502 for a reply that is not a response', async () => {
    const server = await serve({
      query: [
        { on: '/trap', reply: undefined },
        { on: '/garbage', reply: new TextEncoder().encode('DIDL\0\0') },
        { on: '/header', reply: httpReply({ headers: [['x', 'a\r\nb: c']] }) },
        { on: '/status', reply: httpReply({ status: 7 }) },
        any(upgrade),
      ],
      update: [],
    });
    for (const path of ['/trap', '/update']) {
      const answer = await fetch(server.url + path);
      expect([answer.status, await answer.text()]).toEqual([503, expect.stringContaining('IC0502')]);
    }
    for (const path of ['/garbage', '/header', '/status']) {
      const answer = await fetch(server.url + path);
      expect([answer.status, await answer.text()]).toEqual([
        502,
        expect.stringContaining('response_malformed'),
      ]);
    }
  });
});

describe('a body in parts', () => {
  const part = (first: number, last: number, total: number, fields: object = {}) =>
    httpReply({
      status: 206,
      headers: [
        ['Content-Range', `bytes ${first}-${last}/${total}`],
        ['etag', '"v1"'],
        ['content-type', 'text/x'],
      ],
      body: 'abcdefghijklmnopqrstuvwxyz'.slice(first, last + 1),
      ...fields,
    });

  it('is joined into one 200 response if the canister answers 206 without a Range, by query or by update', async () => {
    const server = await serve({
      query: [
        { on: '/updated', reply: httpReply({ upgrade: true }) },
        { on: 'bytes=10-', reply: part(10, 19, 26) },
        { on: 'bytes=20-', reply: part(20, 25, 26) },
        any(part(0, 9, 26)),
      ],
      update: [{ on: 'bytes=10-', reply: part(10, 25, 26) }, any(part(0, 9, 26))],
    });
    for (const path of ['/queried', '/updated']) {
      const whole = await fetch(server.url + path);
      expect([whole.status, await whole.text()]).toEqual([200, 'abcdefghijklmnopqrstuvwxyz']);
      expect(whole.headers.get('content-length')).toBe('26');
      expect(whole.headers.get('content-range')).toBe(null);
      expect(whole.headers.get('content-type')).toBe('text/x');
      const head = await fetch(server.url + path, { method: 'HEAD' });
      expect([head.status, head.headers.get('content-length')]).toEqual([200, '26']);
    }
    const ranged = await fetch(`${server.url}/queried`, { headers: { range: 'bytes=10-' } });
    expect([ranged.status, ranged.headers.get('content-range'), await ranged.text()]).toEqual([
      206,
      'bytes 10-19/26',
      'klmnopqrst',
    ]);
  });

  it.each([
    ['a part at another position', part(11, 20, 26)],
    ['another total length', part(10, 19, 27)],
    [
      'a part of another version',
      part(10, 25, 26, {
        headers: [
          ['content-range', 'bytes 10-25/26'],
          ['etag', '"v2"'],
        ],
      }),
    ],
    ['a part that is too short', part(10, 25, 26, { body: 'klm' })],
    ['an error in the middle', httpReply({ status: 404 })],
    ['a trap in the middle', undefined],
  ])('closes the connection on %s, so that the client notices the incomplete body', async (_, second) => {
    const server = await serve({ query: [{ on: 'bytes=10-', reply: second }, any(part(0, 9, 26))] });
    const answer = await fetch(`${server.url}/x`);
    expect(answer.status).toBe(200);
    await expect(answer.text()).rejects.toThrow();
  });

  it('is fetched from a streaming callback until it returns no token, for tokens of any type', async () => {
    const Key = IDL.Record({ key: IDL.Text, index: IDL.Nat, sha256: IDL.Opt(IDL.Vec(IDL.Nat8)) });
    const token = (index: bigint, key: string) => [Key, { key, index, sha256: [Uint8Array.of(1)] }] as const;
    const server = await serve({
      query: [
        { on: '/record', reply: httpReply({ body: 'one ', token: token(1n, 'two-key') }) },
        { on: '/plain', reply: httpReply({ body: 'one ', token: [IDL.Nat64, 0x7a7a_7a7an] }) },
        { on: '/broken', reply: httpReply({ body: 'one ', token: [IDL.Text, 'nobody knows'] }) },
      ],
      next: [
        { on: 'two-key', reply: partReply('two ', token(2n, 'three-key')) },
        { on: 'three-key', reply: partReply('three') },
        { on: 'zzzz', reply: partReply('end') },
      ],
    });
    expect(await (await fetch(`${server.url}/record`)).text()).toBe('one two three');
    expect(await (await fetch(`${server.url}/plain`)).text()).toBe('one end');
    await expect((await fetch(`${server.url}/broken`)).text()).rejects.toThrow();
  });

  it('is no longer fetched after the client closed the connection, without an error of the server', async () => {
    const failures: unknown[] = [];
    const body = new Uint8Array(50_000).fill(97);
    const total = 50_000 * 50;
    const reply = (at: number) =>
      httpReply({ status: 206, body, headers: [['content-range', `bytes ${at}-${at + 49_999}/${total}`]] });
    const server = await serve(
      {
        query: [
          { on: 'bytes=50000-', reply: reply(50_000) },
          { on: 'bytes=100000-', reply: undefined },
          any(reply(0)),
        ],
      },
      { onError: (error) => failures.push(error) },
    );
    const controller = new AbortController();
    const answer = await fetch(`${server.url}/x`, { signal: controller.signal });
    await answer.body!.getReader().read();
    controller.abort();
    expect((await fetch(`${server.url}/x`, { method: 'HEAD' })).status).toBe(200);
    expect(failures).toEqual([]);
  });
});

describe('the limits of forwarding', () => {
  it('drops hop-by-hop headers in both directions', async () => {
    const server = await serve({
      query: [
        { on: 'keep-alive', reply: httpReply({ status: 500 }) },
        any(
          httpReply({
            headers: [
              ['Transfer-Encoding', 'chunked'],
              ['connection', 'close'],
            ],
            body: 'x',
          }),
        ),
      ],
    });
    const head = 'GET /x HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nkeep-alive: 5\r\n\r\n';
    const seen = await rawExchange(server.port, head);
    expect(seen).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(seen).not.toMatch(/transfer-encoding/i);
    expect(seen).toMatch(/content-length: 1\r\n/);
  });

  it('encodes requests as the Candid that canisters decode, and ignores invalid ranges', () => {
    const url = '/x';
    const encoded = encodeQueryRequest({ method: 'GET', url, headers: [['a', 'b']], body: Uint8Array.of(1) });
    const fields = {
      method: IDL.Text,
      url: IDL.Text,
      headers: IDL.Vec(IDL.Tuple(IDL.Text, IDL.Text)),
      body: IDL.Vec(IDL.Nat8),
      certificate_version: IDL.Opt(IDL.Nat16),
    };
    expect(IDL.decode([IDL.Record(fields)], encoded)[0]).toEqual({
      method: 'GET',
      url,
      headers: [['a', 'b']],
      body: Uint8Array.of(1),
      certificate_version: [2],
    });
    expect(decodeResponse(httpReply({ status: 404, upgrade: false }))).toMatchObject({
      status: 404,
      upgrade: false,
    });
    for (const text of ['bytes 5-4/9', 'bytes 0-9/9', 'bytes */9', 'items 0-1/2', undefined, 'bytes 0-1/*'])
      expect(parseContentRange(text)).toBe(undefined);
    expect(parseContentRange('bytes 0-8/9')).toEqual({ first: 0, last: 8, total: 9 });
  });
});
