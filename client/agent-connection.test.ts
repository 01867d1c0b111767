import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type AgentError,
  CertificateVerificationErrorCode,
  HttpErrorCode,
  HttpFetchErrorCode,
  MissingRootKeyErrorCode,
  ExternalError,
  ProtocolError,
  RejectError,
  ReplicaRejectCode,
  TransportError,
  TrustError,
  CertifiedRejectErrorCode,
  Cbor,
} from '@icp-sdk/core/agent';
import { afterEach, describe, expect, test } from 'vitest';
import { connectAgent, toCallFailure } from './agent-connection.js';
import { connect, ConnectError } from './connect.js';
import { CallFailure } from './connection.js';
import { developmentIdentity } from './identity.js';

const CANISTER = 'lxzze-o7777-77777-aaaaa-cai';

let servers: Server[] = [];
afterEach(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  servers = [];
});

type Answer = { status: number; body: Uint8Array | string } | 'hang' | 'reset';

/** A host that answers by path, and records the requested paths in `asked`. */
async function host(
  answer: (path: string) => Answer,
): Promise<{ url: string; asked: string[]; closed: string[] }> {
  const asked: string[] = [];
  const closed: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    asked.push(path);
    response.on('close', () => {
      if (!response.writableFinished) closed.push(path);
    });
    request.resume();
    request.on('end', () => {
      const given = answer(path);
      if (given === 'hang') return;
      if (given === 'reset') return void request.socket.resetAndDestroy();
      response.writeHead(given.status, { 'content-type': 'application/cbor' }).end(given.body);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, closed };
}

const rootKey = new Uint8Array(133).fill(1);
const STATUS: Answer = {
  status: 200,
  body: Cbor.encode({ root_key: rootKey, replica_health_status: 'healthy' }),
};
const serve = (call: Answer) => host((path) => (path === '/api/v2/status' ? STATUS : call));

async function failureOf(work: Promise<unknown>): Promise<CallFailure> {
  const error: unknown = await work.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(CallFailure);
  return error as CallFailure;
}

describe('the conversion of agent exceptions', () => {
  const requestId = new Uint8Array(32) as never;
  const cases: [string, AgentError, Partial<CallFailure>][] = [
    [
      'a trap',
      RejectError.fromCode(
        new CertifiedRejectErrorCode(
          requestId,
          ReplicaRejectCode.CanisterError,
          'Canister trapped',
          'IC0502',
        ),
      ),
      {
        kind: 'reject',
        transient: false,
        reject: { code: 5, errorCode: 'IC0502', text: 'Canister trapped' },
      },
    ],
    [
      'a canister that is being upgraded',
      RejectError.fromCode(
        new CertifiedRejectErrorCode(requestId, ReplicaRejectCode.CanisterError, 'is stopped', 'IC0508'),
      ),
      { kind: 'reject', transient: true },
    ],
    [
      'a full queue',
      RejectError.fromCode(
        new CertifiedRejectErrorCode(requestId, ReplicaRejectCode.SysTransient, 'queue is full', undefined),
      ),
      { kind: 'reject', transient: true, reject: { code: 2, errorCode: null, text: 'queue is full' } },
    ],
    [
      'HTTP 400',
      ProtocolError.fromCode(new HttpErrorCode(400, 'Bad Request', [], 'no')),
      { kind: 'refused', transient: false },
    ],
    ['HTTP 413', ProtocolError.fromCode(new HttpErrorCode(413, 'Too Large', [])), { kind: 'refused' }],
    [
      'HTTP 429',
      ProtocolError.fromCode(new HttpErrorCode(429, 'Too Many', [])),
      { kind: 'transport', transient: true },
    ],
    ['HTTP 503', ProtocolError.fromCode(new HttpErrorCode(503, 'Unavailable', [])), { kind: 'transport' }],
    [
      'a broken line',
      TransportError.fromCode(new HttpFetchErrorCode(new Error('reset'))),
      { kind: 'transport', message: 'reset' },
    ],
    [
      'a certificate that does not verify',
      TrustError.fromCode(new CertificateVerificationErrorCode('Signature verification failed')),
      { kind: 'transport', transient: true },
    ],
    ['no root key', ExternalError.fromCode(new MissingRootKeyErrorCode()), { kind: 'refused' }],
  ];
  test.each(cases)('%s', (_, error, expected) => {
    const failure = toCallFailure('uploads_put_chunk', error);
    expect(failure).toMatchObject(expected);
    expect(failure.method).toBe('uploads_put_chunk');
    expect(failure.cause).toBe(error);
    expect(failure.message).not.toContain('\n');
  });
});

describe('the agent connection over a socket', () => {
  const open = (url: string) =>
    connectAgent({ host: url, canister: CANISTER, identity: developmentIdentity() });

  test('sends a put only once, even if it fails', async () => {
    for (const answer of ['reset', { status: 503, body: 'busy' }] as const) {
      const { url, asked } = await serve(answer);
      const connection = await open(url);
      const failure = await failureOf(connection.putChunk(1n, 0, new Uint8Array(100)));
      expect(failure).toMatchObject({ kind: 'transport', method: 'uploads_put_chunk' });
      expect(asked.filter((path) => path.endsWith('/call'))).toEqual([
        expect.stringMatching(/^\/api\/v[34]\/canister\/[a-z0-9-]+\/call$/),
      ]);
    }
  });

  test('closes the socket of a call when its signal is aborted', async () => {
    const { url, asked, closed } = await serve('hang');
    const connection = await open(url);
    const controller = new AbortController();
    const waiting = connection.putChunk(1n, 0, new Uint8Array(100), { signal: controller.signal });
    await expect.poll(() => asked.some((path) => path.endsWith('/call'))).toBe(true);
    controller.abort();
    expect(await failureOf(waiting)).toMatchObject({ kind: 'transport' });
    await expect
      .poll(() => closed)
      .toEqual([expect.stringMatching(/^\/api\/v[34]\/canister\/[a-z0-9-]+\/call$/)]);
  });

  test('reports a reject before execution with its code and text', async () => {
    const body = Cbor.encode({
      status: 'non_replicated_rejection',
      reject_code: 5n,
      reject_message: 'Canister is stopped',
      error_code: 'IC0508',
    });
    const connection = await open((await serve({ status: 200, body })).url);
    expect(await failureOf(connection.abort(1n))).toMatchObject({
      kind: 'reject',
      reject: { code: 5, errorCode: 'IC0508', text: 'Canister is stopped' },
      transient: true,
    });
  });

  test('treats a garbled or uncertified answer as a transport failure', async () => {
    const certificate = Cbor.encode({ tree: [0], signature: new Uint8Array(48) });
    const bodies = [Buffer.from('garbage'), Cbor.encode({ status: 'replied', certificate })];
    for (const body of bodies) {
      const connection = await open((await serve({ status: 200, body })).url);
      expect(await failureOf(connection.abort(1n))).toMatchObject({ kind: 'transport' });
    }
  });

  test('reports an unreachable host in one line', async () => {
    const failure = await failureOf(open('http://127.0.0.1:9'));
    expect(failure.kind).toBe('transport');
    await expect(connect({ host: 'http://127.0.0.1:9', canister: CANISTER })).rejects.toThrow(
      /^http:\/\/127\.0\.0\.1:9 does not answer as a replica: [^\n]+$/,
    );
  });
});

describe('the discovery of the canister', () => {
  const found = async (body: string) => {
    const { url } = await host((path) => (path === '/' ? { status: 200, body } : STATUS));
    return connect({ host: url }).then(
      ({ canister }) => canister,
      (error: unknown) => (error instanceof ConnectError ? error.message.replace(url, 'HOST') : error),
    );
  };
  const OTHER = 'rrkah-fqaaa-aaaaa-aaaaq-cai';

  test.each([
    [JSON.stringify({ canister: CANISTER, other: OTHER }), CANISTER],
    [`<p>The upload canister is <code>${CANISTER}</code>.</p>`, CANISTER],
    [`user ${developmentIdentity().getPrincipal().toText()} canister ${CANISTER} ${CANISTER}`, CANISTER],
    [`${CANISTER} ${OTHER}`, 'HOST names several canisters: pass the canister id with --canister'],
    ['nothing', 'HOST names no canister: pass the canister id with --canister'],
  ])('%s', async (body, expected) => {
    expect(await found(body)).toBe(expected);
  });

  test('reports invalid options in one line', async () => {
    const says = (options: Parameters<typeof connect>[0], words: RegExp) =>
      expect(connect(options)).rejects.toThrow(words);
    await says({ host: 'localhost:4943' }, /^localhost:4943 is not a host: use a URL such as http/);
    await says({ host: 'http://127.0.0.1:9', canister: 'hello' }, /^hello is not a canister id$/);
    await says(
      { host: 'https://icp-api.io', canister: CANISTER },
      /need your own key: pass a PEM file with --identity$/,
    );
    await says({ host: 'http://127.0.0.1:9' }, /^http:\/\/127\.0\.0\.1:9 does not answer: /);
  });
});
