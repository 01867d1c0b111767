import { Actor, HttpAgent } from '@icp-sdk/core/agent';
import type { Principal } from '@icp-sdk/core/principal';
import { describe, expect, it } from 'vitest';
import { type CborValue, decodeCbor, encodeCbor, type CborInput } from '../../certification/cbor.js';
import { utf8 } from '../../certification/bytes.js';
import { lookupValue } from '../../certification/hash-tree.js';
import { verifyCertificate } from '../ic/certificate.js';
import { hashOfMap } from '../ic/request-id.js';
import { parsePrincipalText } from './principal-text.js';
import { counterModule } from './testing/counter-module.js';
import { createInstance } from './testing/instance.js';
import { NEW, setUp } from './testing/pic-network.js';

const CANISTER = 'lxzze-o7777-77777-aaaaa-cai';
const ABSENT = 'lqy7q-dh777-77777-aaaaq-cai';
const SUBNET = 'qxw6a-xchhl-fytzl-qfagk-kuv6t-ye6xf-box4s-fiqod-vn2ex-qkp3q-5ae';
const OTHER_SUBNET = 'j3hn4-tfek2-2dzwi-2fiwt-yl43g-lljef-o5tyt-oi44t-pnvrw-tbquz-bae';
const MINUTE_NS = 60_000_000_000n;

interface Counter {
  inc(): Promise<bigint>;
  get(): Promise<bigint>;
}

async function setUpCounter() {
  const { pic, url, timeNs } = await setUp({ nns: NEW, application: [NEW] });
  const canisterId = await pic.createCanister();
  await pic.installCode({ canisterId, wasm: await counterModule() });
  const post = async (path: string, body: CborInput): Promise<Response> =>
    fetch(`${url}/instances/0/api/${path}`, { method: 'POST', body: Buffer.from(encodeCbor(body)) });
  return { pic, url, timeNs, canisterId, post };
}

function createActor(agent: HttpAgent, canisterId: Principal): Counter {
  return Actor.createActor<Counter & Record<string, never>>(
    ({ IDL }) =>
      IDL.Service({
        inc: IDL.Func([], [IDL.Nat64], []),
        get: IDL.Func([], [IDL.Nat64], ['query']),
      }),
    { agent, canisterId },
  );
}

async function fieldsOf(response: Response): Promise<ReadonlyMap<string, CborValue>> {
  return decodeCbor(new Uint8Array(await response.arrayBuffer())) as ReadonlyMap<string, CborValue>;
}

describe('the HTTP interface of an instance', () => {
  it('serves an unmodified agent on a subnet whose key the root subnet confirms', async () => {
    const { url, canisterId } = await setUpCounter();
    await fetch(`${url}/instances/0/auto_progress`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    const agent = await HttpAgent.create({
      host: 'http://127.0.0.1',
      shouldFetchRootKey: true,
      fetch: (input: RequestInfo | URL, init?: RequestInit) =>
        fetch(`${url}/instances/0${new URL(input instanceof Request ? input.url : input).pathname}`, init),
    });
    const counter = createActor(agent, canisterId);
    expect(await counter.inc()).toBe(1n);
    expect(await counter.inc()).toBe(2n);
    expect(await counter.get()).toBe(2n);
  });

  it('certifies the answer of a synchronous call when another request has run the rounds', async () => {
    const { pic, timeNs, canisterId, post } = await setUpCounter();
    const content = {
      request_type: 'call',
      canister_id: canisterId.toUint8Array(),
      method_name: 'inc',
      arg: utf8('DIDL\0\0'),
      sender: Uint8Array.of(4),
      ingress_expiry: (await timeNs()) + MINUTE_NS,
      nonce: utf8('once'),
    };
    const call = post(`v4/canister/${canisterId.toText()}/call`, { content });
    const requestId = hashOfMap(content);
    const status = () =>
      post(`v2/canister/${canisterId.toText()}/read_state`, {
        content: {
          request_type: 'read_state',
          sender: content.sender,
          ingress_expiry: content.ingress_expiry,
          paths: [[utf8('request_status'), requestId]],
        },
      });
    const rootKeyDer = new Uint8Array(await pic.getPubKey((await pic.getNnsSubnet())!.id));
    const statusIn = async (response: Response | Promise<Response>): Promise<string | undefined> => {
      const bytes = (await fieldsOf(await response)).get('certificate') as Uint8Array;
      const verified = verifyCertificate(bytes, { rootKeyDer, canisterId: canisterId.toUint8Array() });
      if (!verified.ok) throw new Error(verified.reason);
      const path = [utf8('request_status'), requestId, utf8('status')];
      const value = lookupValue(verified.certificate.tree, path);
      return value && Buffer.from(value).toString();
    };
    expect(await statusIn(status())).toBeUndefined();
    await pic.tick();
    expect(await statusIn(call)).toBe('replied');
    expect(await statusIn(status())).toBe('replied');
    // The network keeps the status of an ended message for five minutes.
    await pic.advanceTime(300_000);
    await pic.tick();
    expect(await statusIn(status())).toBe('replied');
    await pic.tick();
    expect(await statusIn(status())).toBeUndefined();
  });

  it.each([
    [
      'POST',
      `/instances/9/api/v2/canister/${CANISTER}/query`,
      400,
      'UpdateError { message: "Instance not found" }',
    ],
    ['GET', '/instances/9/api/v2/status', 400, 'UpdateError { message: "Instance not found" }'],
    ['POST', '/instances/0/api/v2/status', 405, ''],
    ['GET', `/instances/0/api/v2/canister/${CANISTER}/query`, 405, ''],
    ['POST', '/instances/0/api/v1/status', 404, ''],
    [
      'POST',
      `/instances/0/api/v2/subnet/${OTHER_SUBNET}/read_state`,
      400,
      'error: subnet_not_found\ndetails: The specified subnet cannot be found.',
    ],
    [
      'POST',
      '/instances/0/api/v3/subnet/hello/read_state',
      400,
      'Invalid URL: Cannot parse `sid` with value `hello`: Text is too short.',
    ],
  ])('answers %s %s with %i', async (method, path, status, text) => {
    const send = await createInstance();
    expect(await send(method, path)).toMatchObject({ status, text });
  });

  it('refuses bodies above 4 MiB', async () => {
    const send = await createInstance();
    const path = `/instances/0/api/v2/canister/${CANISTER}/query`;
    expect(await send('POST', path, 'x'.repeat(4 * 1_024 * 1_024 + 1))).toMatchObject({
      status: 413,
      text: 'error: payload_too_large\ndetails: Payload is too large: maximum body size is 4194304 bytes.',
    });
  });
});

describe('parsePrincipalText', () => {
  it.each([
    ['', 'Text is too short.'],
    ['hello', 'Text is too short.'],
    ['hell0', 'Text must be in valid Base32 encoding.'],
    [`${CANISTER.slice(0, -1)}j`, 'Text must be in valid Base32 encoding.'],
    [CANISTER.replace('l', 'm'), "CRC32 check sequence doesn't match with calculated from Principal bytes."],
    [
      CANISTER.replaceAll('-', ''),
      `Text should be separated by - (dash) every 5 characters: expected "${CANISTER}"`,
    ],
    ['a'.repeat(60), 'Text is too long.'],
  ])('explains why %j is no principal', (text, reason) => {
    expect(parsePrincipalText(text)).toBe(reason);
  });

  it.each(['aaaaa-aa', '2vxsx-fae', CANISTER, ABSENT, SUBNET, CANISTER.toUpperCase()])(
    'accepts %s',
    (text) => {
      expect(parsePrincipalText(text)).toBeInstanceOf(Uint8Array);
    },
  );
});
