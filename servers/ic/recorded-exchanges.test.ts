/** Sends every recorded request to this server and compares the responses with the recorded ones. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { IcBackend } from './backend.js';
import { fromHex, toHex } from '../../certification/bytes.js';
import { type CborValue, decodeCbor, isCborMap } from '../../certification/cbor.js';
import { decodeCertificate, verifyCertificate } from './certificate.js';
import { createEmbeddedBackend } from './embedded-backend.js';
import type { HashTree } from '../../certification/hash-tree.js';
import { type LiveServer, startLiveServer } from './live-server.js';
import { type AgentExchange, RECORDED_AT_NS, agentExchanges } from './testing/agent-exchanges.js';
import { FAKE_CANISTER, createFakeBackend } from './testing/fake-backend.js';

/** Returns texts and small numbers as they are, and the lengths of ids, keys, times, and signatures. */
function shapeOf(value: CborValue): unknown {
  if (isCborMap(value)) {
    return Object.fromEntries([...value].map(([key, item]) => [key as string, fieldShape(key, item)]));
  }
  if (Array.isArray(value)) return value.map(shapeOf);
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  return typeof value === 'bigint' ? 'u64' : value;
}

function fieldShape(key: CborValue, value: CborValue): unknown {
  if (key === 'certificate') return certificateShape(value);
  return key === 'arg' ? toHex(value as Uint8Array) : shapeOf(value);
}

/** Fields that hold answers, not identities. They are compared exactly. */
const EXACT = new Set([
  'status',
  'reply',
  'reject_code',
  'reject_message',
  'error_code',
  'controllers',
  'module_hash',
]);

const isId = (label: Uint8Array): boolean => label.length === 29;

/** Returns the labels in order, with leaves. Forks and pruned parts depend on the ids, so they are included only if `withForks`. */
function treeShape(tree: HashTree, name: string, withForks: boolean): unknown {
  switch (tree[0]) {
    case 0:
      return 'empty';
    case 1: {
      const halves = [treeShape(tree[1], name, withForks), treeShape(tree[2], name, withForks)];
      return withForks ? { fork: halves } : halves.flat().filter((half) => half !== 'pruned');
    }
    case 2: {
      const label = Buffer.from(tree[1]).toString('latin1');
      const shown = isId(tree[1]) ? 'id' : /^[ -~]+$/.test(label) ? label : toHex(tree[1]);
      return [{ [shown]: treeShape(tree[2], label, withForks && label !== 'request_status') }];
    }
    case 3:
      return EXACT.has(name) ? toHex(tree[1]) : `${tree[1].length} bytes`;
    case 4:
      return 'pruned';
  }
}

function certificateShape(value: CborValue): unknown {
  const { tree, signature, delegation } = decodeCertificate(value as Uint8Array);
  return { tree: treeShape(tree, '', true), signature: signature.length, delegation };
}

type Recorded = AgentExchange & { readonly path: string; readonly method: string; readonly status: number };
const recorded = agentExchanges.filter((exchange): exchange is Recorded => exchange.path !== undefined);

/** Starts a backend with the canister of the recording: without custom sections, and controlled by the anonymous user. */
async function startFake(): Promise<IcBackend> {
  const backend = createFakeBackend();
  const [facts] = await backend.canisters();
  backend.setFacts({ ...facts!, module: { ...facts!.module!, metadata: [] } });
  return backend;
}

async function startEmbedded(): Promise<IcBackend> {
  const backend = createEmbeddedBackend({
    seed: new Uint8Array(32),
    timeNs: RECORDED_AT_NS - 1_000_000_000n,
  });
  const canister = await backend.replica.createCanister({ controller: '2vxsx-fae' });
  const wasm = readFileSync(new URL('../../conformance/golden/wasm/traps.traps.wasm', import.meta.url));
  const outcome = await backend.replica.install({ canister, mode: 'install', wasm, arg: new Uint8Array(0) });
  expect(outcome).toMatchObject({ kind: 'reply' });
  return backend;
}

describe.each([
  ['a fake backend', startFake],
  ['the embedded engine', startEmbedded],
] as const)('a recorded request to a server with %s', (_name, startBackend) => {
  let server: LiveServer;
  beforeAll(async () => {
    server = await startLiveServer(await startBackend(), { now: () => RECORDED_AT_NS });
  });
  afterAll(() => server.close());

  it('exists for each of the 20 exchanges', () => {
    expect(recorded).toHaveLength(20);
    expect(recorded.some(({ path }) => path.includes(FAKE_CANISTER))).toBe(true);
  });

  it.each(recorded.map((exchange, index) => [index, exchange.api, exchange] as const))(
    '%i (%s) gets the answer of the real server',
    async (_index, _api, exchange) => {
      const response = await fetch(`${server.url}${exchange.path}`, {
        method: exchange.method,
        ...(exchange.request_hex && {
          body: fromHex(exchange.request_hex) as Uint8Array<ArrayBuffer>,
          headers: { 'content-type': exchange.request_content_type ?? '' },
        }),
      });
      const body = new Uint8Array(await response.arrayBuffer());
      expect(response.status).toBe(exchange.status);
      expect(response.headers.get('content-type')).toBe(exchange.response_content_type);
      if (exchange.response_text !== undefined) {
        expect(new TextDecoder().decode(body)).toBe(exchange.response_text);
      } else {
        expect(shapeOf(decodeCbor(body))).toEqual(shapeOf(decodeCbor(fromHex(exchange.response_hex!))));
        const decoded = decodeCbor(body) as ReadonlyMap<string, CborValue>;
        const certificate = decoded.get('certificate') as Uint8Array | undefined;
        if (certificate) expect(verifyCertificate(certificate, server)).toMatchObject({ ok: true });
      }
    },
  );
});
