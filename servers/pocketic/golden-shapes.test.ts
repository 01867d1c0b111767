/**
 * Compares the protocol with the recorded session of `@dfinity/pic` and a PocketIC 10.0.0 server. The same requests must give the same
 * status, content type, and body, byte for byte. A stub returns the values of the recorded canisters.
 */
import { describe, expect, it } from 'vitest';
import { rejectFromWire, type WireReject } from '../../replicas/pocketic/error-codes.js';
import { parseExactJson } from '../../replicas/pocketic/exact-json.js';
import { encodeInstallCode } from '../../replicas/pocketic/management.js';
import {
  exchanges,
  matchesRecorded,
  sessionModule,
  type Exchange,
} from '../../replicas/pocketic/testing/golden-exchanges.js';
import { decodeBytes, decodePrincipal, encodeBytes } from '../../replicas/pocketic/wire.js';
import type { Outcome } from '../../replicas/replica.js';
import type { InstanceBackend } from './backend.js';
import { EngineBackend } from './engine-backend.js';
import { sendTo, startServer } from './testing/start-server.js';

type Value = Record<string, unknown>;

function outcomeOf(response: unknown): Outcome {
  const { Ok, Err } = response as { Ok?: string; Err?: WireReject };
  return Err ? rejectFromWire(Err) : { kind: 'reply', bytes: decodeBytes(Ok ?? '') };
}

/** Answers each call with the value in the recorded response of the current exchange. */
function recordedBackend(current: () => Exchange): InstanceBackend {
  const response = (): unknown => parseExactJson(current().response);
  const field = (name: string): unknown => (response() as Value)[name];
  return {
    createSubnet: () => Promise.reject(new Error('the session creates no subnet')),
    deleteSubnet: () => Promise.reject(new Error('the session deletes no subnet')),
    submit: () =>
      Promise.resolve({
        kind: 'accepted',
        messageId: decodeBytes((field('Ok') as { message_id: string }).message_id),
      }),
    ingressStatus: () => Promise.resolve({ caller: '2vxsx-fae', outcome: outcomeOf(response()) }),
    awaitOutcome: () => Promise.resolve(undefined),
    query: () => Promise.resolve(outcomeOf(response())),
    startApi: () => Promise.reject(new Error('the session has no request to the HTTP interface')),
    finishApi: () => Promise.reject(new Error('the session has no request to the HTTP interface')),
    tick: () => Promise.resolve(),
    time: () =>
      Promise.resolve(current().path.endsWith('get_time') ? (field('nanos_since_epoch') as bigint) : 0n),
    setTime: (timeNs) => {
      expect(current().request).toBe(`{"nanos_since_epoch":${timeNs}}`);
      return Promise.resolve();
    },
    cycles: () => Promise.resolve(current().path.endsWith('get_cycles') ? (field('cycles') as bigint) : 1n),
    addCycles: (_canister, amount) => {
      expect(amount).toBe(1_000_000n);
      return Promise.resolve(field('cycles') as bigint);
    },
    controllers: () =>
      Promise.resolve(
        (response() as { principal_id: string }[]).map(({ principal_id: id }) => decodePrincipal(id)),
      ),
    stableMemory: () => {
      const bytes = new Uint8Array(65_536);
      bytes.set(decodeBytes((/"blob":"([^"…]*)/.exec(current().response)?.[1] ?? '').slice(0, 400)));
      return Promise.resolve(bytes);
    },
    setStableMemory: (_canister, bytes) => {
      expect(bytes).toEqual(Uint8Array.of(9, 8, 7));
      return Promise.resolve(undefined);
    },
    httpOutcalls: () => Promise.resolve([]),
    answerHttpOutcall: () => Promise.resolve(false),
    dispose: () => Promise.resolve(),
  };
}

/** Restores the payloads of modules, which the recording truncated. `setupCanister` installs on the second canister. */
function bodyOf(exchange: Exchange): string | undefined {
  if (exchange.request === '') return undefined;
  const head = /^(.*"payload":")[^"]*…\(\d+ characters\)$/s.exec(exchange.request)?.[1];
  if (head === undefined) return exchange.request;
  const payload = encodeInstallCode({
    canister:
      exchange.api === 'setupCanister' ? 'lqy7q-dh777-77777-aaaaq-cai' : 'lxzze-o7777-77777-aaaaa-cai',
    mode: exchange.api.startsWith('upgrade')
      ? 'upgrade'
      : exchange.api.startsWith('re')
        ? 'reinstall'
        : 'install',
    wasm: sessionModule(),
    arg: new Uint8Array(0),
  });
  return `${head}${encodeBytes(payload)}","effective_principal":"None"}`;
}

/** Returns the differences between the server's answers and the recorded ones. */
async function replay(url: string, before: (exchange: Exchange) => void): Promise<unknown[]> {
  const send = sendTo(url);
  const different: unknown[] = [];
  for (const exchange of exchanges) {
    before(exchange);
    const headers: Record<string, string> =
      exchange.content_type === undefined ? {} : { 'content-type': exchange.content_type };
    const body = bodyOf(exchange);
    if (body !== undefined && !matchesRecorded(body, exchange.request)) different.push({ exchange, body });
    const answer = await send(exchange.method, exchange.path, body, headers);
    const same =
      answer.status === exchange.status &&
      (exchange.response_content_type ?? null) === answer.contentType &&
      matchesRecorded(answer.text, exchange.response);
    if (!same) different.push({ exchange, answer });
  }
  return different;
}

describe('the protocol', () => {
  it('replies to the recorded session byte for byte if the backend returns the recorded values', async () => {
    let current = exchanges[0]!;
    const { url } = await startServer(recordedBackend(() => current));
    expect(await replay(url, (exchange) => (current = exchange))).toEqual([]);
    expect(exchanges.length).toBeGreaterThan(60);
  });

  it('replies to the recorded session byte for byte with the engine as its backend', async () => {
    const { url } = await startServer(new EngineBackend());
    expect(await replay(url, () => undefined)).toEqual([]);
  });
});
