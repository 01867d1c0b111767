/** What the recorded session does not have: errors, busy and started replies, limits, malformed requests, the port file, the ends. */
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { InstanceBackend } from './backend.js';
import { serve } from './serve.js';
import { CANISTER, createFakeBackend } from './testing/fake-backend.js';
import { CREATE_INSTANCE, sendTo, startServer, type Send } from './testing/start-server.js';

const ID = '///////gAAABAQ==';
const ABSENT = '///////gAAEBAQ==';
const SUBNET = 'RzrLieVwKAylUr6eCeuULr8kVEHDq3RLwU/cOgI=';

async function instance(methods: Partial<InstanceBackend> = {}): Promise<Send> {
  const { url } = await startServer(createFakeBackend(methods));
  const send = sendTo(url);
  expect((await send('POST', '/instances', CREATE_INSTANCE)).status).toBe(201);
  return send;
}

const message = (text: string): string => JSON.stringify({ message: text });
const call = (more: object = {}): string =>
  JSON.stringify({
    sender: 'BA==',
    canister_id: ID,
    method: 'm',
    payload: '',
    effective_principal: 'None',
    ...more,
  });

describe('malformed requests', () => {
  const post = '/instances/0/update/set_time';
  it.each([
    ['no JSON', post, '{', 400, /^Failed to parse the request body as JSON: /],
    ['nothing', post, '', 400, /^Failed to parse/],
    [
      'a missing field',
      post,
      '{}',
      422,
      /^Failed to deserialize the JSON body into the target type: nanos_since_epoch: /,
    ],
    ['a negative time', post, '{"nanos_since_epoch":-1}', 422, /nanos_since_epoch/],
    ['half a nanosecond', post, '{"nanos_since_epoch":1.5}', 422, /nanos_since_epoch: not an integer/],
    ['a time beyond u64', post, '{"nanos_since_epoch":18446744073709551616}', 422, /not a u64/],
    ['a list', post, '[]', 422, /^Failed to deserialize/],
    ['null', post, 'null', 422, /^Failed to deserialize/],
    ['bad base64', '/instances/0/read/query', call({ payload: 'A' }), 422, /payload: not base64/],
    [
      'an unknown route',
      '/instances/0/read/query',
      call({ effective_principal: 'All' }),
      422,
      /effective_principal/,
    ],
    [
      'a principal of 30 bytes',
      '/instances/0/read/query',
      call({ sender: 'A'.repeat(40) }),
      400,
      /Bad sender principal/,
    ],
    [
      'a short message id',
      '/instances/0/read/ingress_status',
      '{"raw_message_id":{"effective_principal":"None","message_id":"AAAA"}}',
      400,
      /Bad message id/,
    ],
    ['an instance that is no number', '/instances/x/read/get_time', '{}', 400, /^Invalid URL/],
    ['an unknown endpoint', '/instances/0/update/fly', '{}', 404, /^$/],
    ['another unknown endpoint', '/', '{}', 404, /^$/],
    ['an absurd path', '//%zz', '{}', 404, /^$/],
    ['a path that does not decode', '/read_graph/%zz/x', '{}', 405, /^$/],
  ])('%s gets a 4xx', async (_what, target, body, status, text) => {
    const send = await instance();
    const answer = await send('POST', target, body);
    expect([answer.status, answer.text]).toEqual([status, expect.stringMatching(text)]);
    expect((await send('GET', '/status')).status).toBe(200);
  });

  it('the wrong method and the wrong type get a 4xx', async () => {
    const send = await instance();
    expect((await send('GET', post)).status).toBe(405);
    expect((await send('PUT', '/instances/0')).status).toBe(405);
    expect((await send('GET', '/read_graph/%zz/x')).text).toBe('Invalid URL');
    const answer = await send('POST', post, '{"nanos_since_epoch":1}', { 'content-type': 'text/plain' });
    expect([answer.status, answer.text]).toEqual([
      415,
      'Expected request with `Content-Type: application/json`',
    ]);
  });

  it('a body beyond the limit gets 413, declared or not', async () => {
    const { url, port } = await startServer(createFakeBackend(), { bodyBytesMax: 1000 });
    expect((await sendTo(url)('POST', '/blobstore', 'x'.repeat(1001))).status).toBe(413);
    const status = await new Promise((resolve, reject) => {
      const streamed = httpRequest(
        { port, host: '127.0.0.1', path: '/blobstore', method: 'POST' },
        (response) => resolve(response.statusCode),
      );
      streamed.on('error', reject);
      streamed.write('x'.repeat(600));
      streamed.write('x'.repeat(600));
    });
    expect(status).toBe(413);
    expect((await sendTo(url)('POST', '/blobstore', 'x'.repeat(1000))).status).toBe(200);
  });

  it('a client that breaks off does not harm the server', async () => {
    const { url, port } = await startServer(createFakeBackend());
    await new Promise((resolve) => {
      const broken = httpRequest({
        port,
        host: '127.0.0.1',
        path: '/blobstore',
        method: 'POST',
        headers: { 'content-length': 100 },
      });
      broken.on('error', resolve);
      broken.write('x', () => broken.destroy(new Error('gone')));
    });
    expect((await sendTo(url)('GET', '/status')).status).toBe(200);
  });
});

describe('errors of operations', () => {
  it.each([
    ['read/get_cycles', { canister_id: ABSENT }, 'CanisterNotFound(CanisterId(lqy7q-dh777-77777-aaaaq-cai))'],
    [
      'read/get_controllers',
      { canister_id: ABSENT },
      'CanisterNotFound(CanisterId(lqy7q-dh777-77777-aaaaq-cai))',
    ],
    [
      'read/get_stable_memory',
      { canister_id: ABSENT },
      'CanisterNotFound(CanisterId(lqy7q-dh777-77777-aaaaq-cai))',
    ],
    [
      'update/add_cycles',
      { canister_id: ABSENT, amount: 1 },
      'CanisterNotFound(CanisterId(lqy7q-dh777-77777-aaaaq-cai))',
    ],
    [
      'update/set_stable_memory',
      { canister_id: ID, blob_id: 'AAAA' },
      'ConversionError { message: "Bad blob id" }',
    ],
    ['update/set_time', { nanos_since_epoch: 5 }, 'SettingTimeIntoPast((1620328630000000001, 5))'],
    ['read/pub_key', { subnet_id: 'BA==' }, 'SubnetNotFound(2vxsx-fae)'],
    [
      'update/mock_canister_http',
      { subnet_id: { subnet_id: SUBNET }, request_id: 7 },
      expect.stringMatching(/^InvalidCanisterHttpRequestId\(.*\(7\)\)\)$/),
    ],
    [
      'update/submit_ingress_message',
      JSON.parse(call({ canister_id: 'AAAAAAAAAAAB' })),
      expect.stringMatching(/^BadIngressMessage\("The canister .* does not belong to any subnet\."\)$/),
    ],
    [
      'read/query',
      JSON.parse(call({ effective_principal: { SubnetId: 'BA==' } })),
      'BadIngressMessage("The subnet 2vxsx-fae does not exist.")',
    ],
  ])('%s %j', async (endpoint, body, text) => {
    const answer = await (await instance())('POST', `/instances/0/${endpoint}`, JSON.stringify(body));
    expect([answer.status, answer.contentType, JSON.parse(answer.text)]).toEqual([
      400,
      'application/json',
      { message: text },
    ]);
  });

  it('the subnet of an absent canister is null', async () => {
    const answer = await (
      await instance()
    )('POST', '/instances/0/read/get_subnet', JSON.stringify({ canister_id: ABSENT }));
    expect([answer.status, answer.text]).toEqual([200, 'null']);
  });

  it('an unknown message is pending for ever, a message of somebody else is forbidden', async () => {
    const send = await instance({
      ingressStatus: (id) =>
        Promise.resolve(id[0] === 1 ? { caller: 'aaaaa-aa', outcome: undefined } : undefined),
    });
    const ask = (first: number) =>
      send(
        'POST',
        '/instances/0/read/ingress_status',
        JSON.stringify({
          raw_message_id: {
            effective_principal: 'None',
            message_id: Buffer.alloc(32, first).toString('base64'),
          },
          raw_caller: { principal_id: 'BA==' },
        }),
      );
    expect(await ask(0)).toMatchObject({ status: 200, text: 'null' });
    expect(await ask(1)).toMatchObject({ status: 403 });
  });

  it('await_ingress_message gives up after 100 rounds', async () => {
    let rounds = 0;
    const send = await instance({ tick: () => Promise.resolve(void (rounds += 1)) });
    const id = {
      effective_principal: { SubnetId: SUBNET },
      message_id: Buffer.alloc(32, 10).toString('base64'),
    };
    const answer = await send('POST', '/instances/0/update/await_ingress_message', JSON.stringify(id));
    expect(rounds).toBe(100);
    expect(answer).toMatchObject({
      status: 400,
      text: message(
        `BadIngressMessage("Failed to answer to ingress 0x${'0a'.repeat(32)} after 100 rounds.")`,
      ),
    });
  });

  it('refusals: a reject is 200 and not certified, a message that is none is 400', async () => {
    const reject = { kind: 'reject', code: 5, errorCode: 'IC0508', text: 'stopped' } as const;
    const refused = await instance({ submit: () => Promise.resolve({ kind: 'refused', reject }) });
    expect(await refused('POST', '/instances/0/update/submit_ingress_message', call())).toMatchObject({
      status: 200,
      text: '{"Err":{"reject_code":"CanisterError","reject_message":"stopped","error_code":"CanisterStopped","certified":false}}',
    });
    const malformed = await instance({
      submit: () => Promise.resolve({ kind: 'malformed', text: 'too "large"' }),
    });
    expect(await malformed('POST', '/instances/0/update/submit_ingress_message', call())).toMatchObject({
      status: 400,
      text: message('BadIngressMessage("too \\"large\\"")'),
    });
  });

  it('an engine that breaks is a 500 with its message', async () => {
    const send = await instance({ tick: () => Promise.reject(new Error('broken')) });
    expect(await send('POST', '/instances/0/update/tick', '{}')).toMatchObject({
      status: 500,
      text: message('broken'),
    });
    expect((await send('GET', '/instances/0/read/get_time')).status).toBe(200);
  });
});

describe('exact integers', () => {
  it('nanoseconds and cycles beyond 2^53 pass unchanged', async () => {
    const send = await instance();
    await send('POST', '/instances/0/update/set_time', '{"nanos_since_epoch":1704067200000000001}');
    expect((await send('GET', '/instances/0/read/get_time')).text).toBe(
      '{"nanos_since_epoch":1704067200000000001}',
    );
    const add = (amount: string) =>
      send('POST', '/instances/0/update/add_cycles', `{"canister_id":"${ID}","amount":${amount}}`);
    expect((await add('340282366920938463463374607431768')).text).toBe(
      '{"cycles":340282366920939463463374607431768}',
    );
    expect((await add('1e+21')).text).toBe('{"cycles":1001000000000000000000}');
  });
});

describe('instances', () => {
  it('are numbered, listed and deleted, and deleted ones refuse', async () => {
    const disposed: number[] = [];
    let made = 0;
    const { url } = await startServer(() => {
      const number = made++;
      return Promise.resolve(
        createFakeBackend({ dispose: () => Promise.resolve(void disposed.push(number)) }),
      );
    });
    const send = sendTo(url);
    await send('POST', '/instances/', CREATE_INSTANCE);
    await send('POST', '/instances', CREATE_INSTANCE);
    expect((await send('DELETE', '/instances/0')).status).toBe(200);
    expect((await send('DELETE', '/instances/0')).status).toBe(200);
    expect((await send('GET', '/instances')).text).toBe('["Deleted","Available"]');
    expect(await send('GET', '/instances/0/read/get_time')).toMatchObject({
      status: 400,
      text: message('UpdateError { message: "Instance was deleted" }'),
    });
    expect((await send('GET', '/instances/9/read/get_time')).text).toContain('Instance 9 not found');
    expect(disposed).toEqual([0]);
  });

  const set = (more: object): string =>
    JSON.stringify({ subnet_config_set: { system: [], application: [], verified_application: [], ...more } });
  const NEW = { dts_flag: 'Enabled', instruction_config: 'Production', state_config: 'New' };
  it.each([
    ['no subnet', set({}), 'SubnetConfigSet must contain at least one subnet'],
    [
      'an NNS',
      set({ nns: NEW, application: [NEW] }),
      'this server runs one application subnet per instance (asked for nns): use a PocketIC server',
    ],
    ['a system subnet', set({ system: [NEW] }), /asked for system/],
    ['two subnets', set({ application: [NEW, NEW] }), /asked for 2/],
    [
      'a saved state',
      set({ application: [{ ...NEW, state_config: { FromPath: '/x' } }] }),
      /cannot load a state/,
    ],
    [
      'benchmarking limits',
      set({ application: [{ ...NEW, instruction_config: 'Benchmarking' }] }),
      /no benchmarking limits/,
    ],
    [
      'features',
      JSON.stringify({ ...JSON.parse(CREATE_INSTANCE), icp_features: { ii: 'DefaultConfig' } }),
      /no ICP features \(asked for ii\)/,
    ],
  ])('with %s are refused with a reason', async (_what, body, reason) => {
    const { url } = await startServer(createFakeBackend());
    const answer = await sendTo(url)('POST', '/instances', body);
    const { Error: error } = JSON.parse(answer.text) as { Error: { message: string } };
    expect(answer.status).toBe(400);
    if (typeof reason === 'string') expect(error.message).toBe(reason);
    else expect(error.message).toMatch(reason);
  });
});

describe('busy and started', () => {
  function slowTick() {
    let finish: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      finish = resolve;
    });
    return { finish, tick: () => gate };
  }

  it('a long operation is started, polled and found done, with null for its result', async () => {
    const { tick, finish } = slowTick();
    const send = await instance({ tick });
    const started = await send('POST', '/instances/0/update/tick', '{}', {
      'content-type': 'application/json',
      'processing-timeout-ms': '20',
    });
    const { state_label: label, op_id: id } = JSON.parse(started.text) as Record<string, string>;
    expect(started.status).toBe(202);
    expect(Buffer.from(label!, 'base64url')).toHaveLength(16);
    expect(`${label}${id}`).toMatch(/^[\w=-]+$/);
    const graph = `/read_graph/${label}/${id}`;
    expect(await send('GET', graph)).toMatchObject({
      status: 404,
      text: expect.stringContaining('state_label / op_id not found'),
    });
    const busy = await send('GET', '/instances/0/read/get_time');
    expect([busy.status, busy.text]).toEqual([409, started.text]);
    const waiting = send('GET', '/instances/0/_/topology');
    finish();
    expect((await waiting).status).toBe(200);
    expect(await send('GET', graph)).toMatchObject({
      status: 200,
      text: 'null',
      contentType: 'application/json',
    });
    expect((await send('GET', '/instances/0/read/get_time')).status).toBe(200);
  });

  it('a started operation that fails is found failed', async () => {
    const send = await instance({ tick: () => delay(50).then(() => Promise.reject(new Error('late'))) });
    const started = await send('POST', '/instances/0/update/tick', '{}', {
      'content-type': 'application/json',
      'processing-timeout-ms': '1',
    });
    const { state_label: label, op_id: id } = JSON.parse(started.text) as Record<string, string>;
    await delay(100);
    expect(await send('GET', `/read_graph/${label}/${id}`)).toMatchObject({
      status: 500,
      text: message('late'),
    });
  });

  it('instances do not wait for one another', async () => {
    const { tick, finish } = slowTick();
    const send = await instance({ tick });
    await send('POST', '/instances', CREATE_INSTANCE);
    const slow = send('POST', '/instances/0/update/tick', '{}');
    expect((await send('GET', '/instances/1/read/get_time')).status).toBe(200);
    finish();
    expect((await slow).status).toBe(200);
  });
});

describe('the blobstore', () => {
  it('names blobs by their hash and unpacks gzip when they are used', async () => {
    const send = await instance();
    const blob = gzipSync('hello');
    const { text: id } = await send('POST', '/blobstore', new Uint8Array(blob), {
      'content-encoding': 'gzip',
    });
    expect(id).toBe(createHash('sha256').update(blob).digest('hex'));
    const blobId = Buffer.from(id, 'hex').toString('base64');
    await send(
      'POST',
      '/instances/0/update/set_stable_memory',
      JSON.stringify({ canister_id: ID, blob_id: blobId }),
    );
    const { text } = await send(
      'POST',
      '/instances/0/read/get_stable_memory',
      JSON.stringify({ canister_id: ID }),
    );
    expect(text).toBe(`{"blob":"${Buffer.from('hello').toString('base64')}"}`);
    expect(CANISTER).toContain('cai');
    expect((await send('GET', `/blobstore/${id}`)).status).toBe(200);
    expect((await send('GET', '/blobstore/00')).status).toBe(404);
  });

  it('refuses other encodings and broken gzip', async () => {
    const send = await instance();
    expect(await send('POST', '/blobstore', 'x', { 'content-encoding': 'br' })).toMatchObject({
      status: 400,
      text: expect.stringContaining("Only 'gzip'"),
    });
    const { text: id } = await send('POST', '/blobstore', 'x', { 'content-encoding': 'gzip' });
    const body = JSON.stringify({ canister_id: ID, blob_id: Buffer.from(id, 'hex').toString('base64') });
    expect((await send('POST', '/instances/0/update/set_stable_memory', body)).text).toContain(
      'Decompression failed',
    );
  });
});

describe('the life of a server', () => {
  const folder = (): string => {
    const made = mkdtempSync(path.join(tmpdir(), 'upload-stress-serve-'));
    onTestFinished(() => rmSync(made, { recursive: true }));
    return made;
  };
  const createBackend = () => Promise.resolve(createFakeBackend());

  it('writes the port when it listens and removes the file at its end', async () => {
    const portFile = path.join(folder(), 'x.port');
    const server = await startServer(createFakeBackend(), { portFile });
    expect(readFileSync(portFile, 'utf8')).toBe(`${server.port}\n`);
    await Promise.all([server.stop(), server.stop(), server.ended]);
    expect(existsSync(portFile)).toBe(false);
    await expect(fetch(server.url)).rejects.toThrow();
  });

  it('leaves the field to the server whose port file is there', async () => {
    const portFile = path.join(folder(), 'x.port');
    writeFileSync(portFile, '1\n');
    expect(await serve({ createBackend, portFile })).toBeUndefined();
    expect(readFileSync(portFile, 'utf8')).toBe('1\n');
  });

  it('says when the port is taken or the file cannot be made, and leaves no file', async () => {
    const taken = await startServer(createFakeBackend());
    const portFile = path.join(folder(), 'x.port');
    await expect(serve({ createBackend, portFile, port: taken.port })).rejects.toThrow(/EADDRINUSE/);
    expect(existsSync(portFile)).toBe(false);
    await expect(serve({ createBackend, portFile: path.join(folder(), 'no', 'x.port') })).rejects.toThrow(
      /ENOENT/,
    );
  });

  it('ends after a time without requests, not while one is under way', async () => {
    const server = await startServer(createFakeBackend({ tick: () => delay(500) }), { ttlSeconds: 0.2 });
    const send = sendTo(server.url);
    await send('POST', '/instances', CREATE_INSTANCE);
    expect((await send('POST', '/instances/0/update/tick', '{}')).status).toBe(200);
    const from = performance.now();
    await server.ended;
    expect(performance.now() - from).toBeLessThan(2000);
  });
});
