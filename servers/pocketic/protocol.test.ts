/** Tests what the recorded session does not contain: errors, long operations, several instances, and blobs. */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createFakeBackend } from './testing/fake-backend.js';
import {
  ABSENT_BASE64,
  CANISTER_BASE64,
  SUBNET_BASE64,
  callBody,
  createInstance,
  message,
} from './testing/instance.js';
import { CREATE_INSTANCE, sendTo, startServer } from './testing/start-server.js';

describe('an operation that fails', () => {
  it.each([
    [
      'read/get_cycles',
      { canister_id: ABSENT_BASE64 },
      'CanisterNotFound(CanisterId(lqy7q-dh777-77777-aaaaq-cai))',
    ],
    [
      'read/get_controllers',
      { canister_id: ABSENT_BASE64 },
      'CanisterNotFound(CanisterId(lqy7q-dh777-77777-aaaaq-cai))',
    ],
    [
      'read/get_stable_memory',
      { canister_id: ABSENT_BASE64 },
      'CanisterNotFound(CanisterId(lqy7q-dh777-77777-aaaaq-cai))',
    ],
    [
      'update/add_cycles',
      { canister_id: ABSENT_BASE64, amount: 1 },
      'CanisterNotFound(CanisterId(lqy7q-dh777-77777-aaaaq-cai))',
    ],
    [
      'update/set_stable_memory',
      { canister_id: CANISTER_BASE64, blob_id: 'AAAA' },
      'ConversionError { message: "Bad blob id" }',
    ],
    ['update/set_time', { nanos_since_epoch: 5 }, 'SettingTimeIntoPast((1620328630000000001, 5))'],
    [
      'read/pub_key',
      { subnet_id: 'BA==' },
      `SubnetNotFound(Principal { len: 1, bytes: [4, ${'0, '.repeat(27)}0] })`,
    ],
    [
      'update/mock_canister_http',
      {
        subnet_id: { subnet_id: SUBNET_BASE64 },
        request_id: 7,
        response: { CanisterHttpReject: { reject_code: 2, message: 'no' } },
        additional_responses: [],
      },
      expect.stringMatching(/^InvalidCanisterHttpRequestId\(\(qxw6a-[a-z0-9-]+, 7\)\)$/),
    ],
    [
      'update/submit_ingress_message',
      JSON.parse(callBody({ canister_id: 'AAAAAAAAAAAB' })),
      expect.stringMatching(/^BadIngressMessage\("Canister .* does not belong to any subnet\."\)$/),
    ],
    [
      'read/query',
      JSON.parse(callBody({ effective_principal: { SubnetId: 'BA==' } })),
      'BadIngressMessage("Subnet with ID 2vxsx-fae not found")',
    ],
  ])('gets 400 with the server’s text: %s %j', async (endpoint, body, text: string) => {
    const answer = await (await createInstance())('POST', `/instances/0/${endpoint}`, JSON.stringify(body));
    const reply: unknown = JSON.parse(answer.text);
    expect([answer.status, answer.contentType, reply]).toEqual([400, 'application/json', { message: text }]);
  });

  it('returns null for the subnet of a missing canister', async () => {
    const answer = await (
      await createInstance()
    )('POST', '/instances/0/read/get_subnet', JSON.stringify({ canister_id: ABSENT_BASE64 }));
    expect([answer.status, answer.text]).toEqual([200, 'null']);
  });

  it('reports an unknown message as pending, and refuses the status of another caller’s message', async () => {
    const send = await createInstance({
      ingressStatus: (id) =>
        Promise.resolve(id[0] === 1 ? { caller: 'aaaaa-aa', outcome: undefined } : undefined),
    });
    const ask = (first: number) =>
      send(
        'POST',
        '/instances/0/read/ingress_status',
        JSON.stringify({
          raw_message_id: {
            effective_principal: { SubnetId: SUBNET_BASE64 },
            message_id: Buffer.alloc(32, first).toString('base64'),
          },
          raw_caller: { principal_id: 'BA==' },
        }),
      );
    expect(await ask(0)).toMatchObject({ status: 200, text: 'null' });
    expect(await ask(1)).toMatchObject({ status: 403 });
  });

  it('stops await_ingress_message after 100 rounds', async () => {
    let rounds = 0;
    const send = await createInstance({ tick: () => Promise.resolve(void (rounds += 1)) });
    const id = {
      effective_principal: { SubnetId: SUBNET_BASE64 },
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

  it('replies to a refused message with 200 and an uncertified reject, and to a malformed one with 400', async () => {
    const reject = { kind: 'reject', code: 5, errorCode: 'IC0508', text: 'stopped' } as const;
    const refused = await createInstance({ submit: () => Promise.resolve({ kind: 'refused', reject }) });
    expect(await refused('POST', '/instances/0/update/submit_ingress_message', callBody())).toMatchObject({
      status: 200,
      text: '{"Err":{"reject_code":"CanisterError","reject_message":"stopped","error_code":"CanisterStopped","certified":false}}',
    });
    const malformed = await createInstance({
      submit: () => Promise.resolve({ kind: 'malformed', text: 'too "large"' }),
    });
    expect(await malformed('POST', '/instances/0/update/submit_ingress_message', callBody())).toMatchObject({
      status: 400,
      text: message('BadIngressMessage("too \\"large\\"")'),
    });
  });

  it('gets 500 with the message of the engine’s error', async () => {
    const send = await createInstance({ tick: () => Promise.reject(new Error('broken')) });
    expect(await send('POST', '/instances/0/update/tick', '{}')).toMatchObject({
      status: 500,
      text: message('broken'),
    });
    expect((await send('GET', '/instances/0/read/get_time')).status).toBe(200);
  });
});

describe('an integer above 2^53', () => {
  it('is exact in times and cycles', async () => {
    const send = await createInstance();
    await send('POST', '/instances/0/update/set_time', '{"nanos_since_epoch":1704067200000000001}');
    expect((await send('GET', '/instances/0/read/get_time')).text).toBe(
      '{"nanos_since_epoch":1704067200000000001}',
    );
    const add = (amount: string) =>
      send(
        'POST',
        '/instances/0/update/add_cycles',
        `{"canister_id":"${CANISTER_BASE64}","amount":${amount}}`,
      );
    expect((await add('340282366920938463463374607431768')).text).toBe(
      '{"cycles":340282366920939463463374607431768}',
    );
    expect(await add('1e+21')).toMatchObject({
      status: 400,
      text: expect.stringContaining('expected `,` or `}`') as string,
    });
  });
});

describe('instances', () => {
  it('are numbered, listed, and deleted, and a deleted one refuses requests', async () => {
    const disposed: number[] = [];
    let made = 0;
    const { url } = await startServer(() => {
      const number = made++;
      return Promise.resolve(
        createFakeBackend({ dispose: () => Promise.resolve(void disposed.push(number)) }),
      );
    });
    const send = sendTo(url);
    await send('POST', '/instances', CREATE_INSTANCE);
    await send('POST', '/instances', CREATE_INSTANCE);
    expect((await send('DELETE', '/instances/0')).status).toBe(200);
    expect((await send('DELETE', '/instances/0')).status).toBe(200);
    expect((await send('GET', '/instances')).text).toBe('["Deleted","Available"]');
    expect(await send('GET', '/instances/0/read/get_time')).toMatchObject({
      status: 400,
      text: message('UpdateError { message: "Instance was deleted" }'),
    });
    expect((await send('GET', '/instances/9/read/get_time')).text).toContain('Instance not found');
    expect(disposed).toEqual([0]);
  });

  const set = (more: object): string =>
    JSON.stringify({ subnet_config_set: { system: [], application: [], verified_application: [], ...more } });
  const NEW = { dts_flag: 'Enabled', instruction_config: 'Production', state_config: 'New' };
  const config = (more: object): string =>
    JSON.stringify({ ...(JSON.parse(CREATE_INSTANCE) as object), ...more });
  it.each([
    [
      'no subnet',
      set({}),
      'Subnet config failed to validate: "ExtendedSubnetConfigSet must contain at least one subnet"',
    ],
    [
      'a cost schedule of a subnet that is not for applications',
      set({ nns: { ...NEW, cost_schedule: 'Free' } }),
      'Subnet config failed to validate: "Non-default cost schedule can only be specified for subnet of kind `Application` or `CloudEngine`"',
    ],
    [
      'admins of a system subnet',
      set({ system: [{ ...NEW, subnet_admins: [] }] }),
      'Subnet config failed to validate: "Subnet admins can only be specified for subnet of kind `Application` or `CloudEngine`"',
    ],
    [
      'admins of a subnet that is not free',
      set({ application: [{ ...NEW, subnet_admins: [], cost_schedule: 'Normal' }] }),
      'Subnet config failed to validate: "Subnet admins can only be specified for subnet with cost schedule of kind `Free`"',
    ],
    [
      'a saved state',
      set({ application: [{ ...NEW, state_config: { FromPath: '/x' } }] }),
      /cannot load a state/,
    ],
    [
      'a saved state of one subnet',
      set({ nns: NEW, application: [{ ...NEW, state_config: { FromPath: '/x' } }] }),
      'this server cannot load a state from disk; use a PocketIC server',
    ],
    [
      'a disabled feature that the engine always has',
      JSON.stringify({
        ...JSON.parse(CREATE_INSTANCE),
        icp_config: { function_name_length_limits: 'Disabled' },
      }),
      /cannot disable function_name_length_limits of icp_config/,
    ],
    ['a folder for their state', config({ state_dir: '/x' }), /cannot keep the state of an instance/],
    ['a bitcoin node', config({ bitcoind_addr: ['127.0.0.1:1'] }), /does not support bitcoind_addr/],
    ['a dogecoin node', config({ dogecoind_addr: ['127.0.0.1:1'] }), /does not support dogecoind_addr/],
    ['an unknown log level', config({ log_level: 'loud' }), 'Failed to parse log level: ()'],
    [
      'ICP features',
      JSON.stringify({ ...JSON.parse(CREATE_INSTANCE), icp_features: { ii: 'DefaultConfig' } }),
      /does not support ICP features \(requested: ii\)/,
    ],
  ])('are refused with a reason if they have %s', async (_what, body, reason) => {
    const { url } = await startServer(createFakeBackend());
    const answer = await sendTo(url)('POST', '/instances', body);
    const { Error: error } = JSON.parse(answer.text) as { Error: { message: string } };
    expect(answer.status).toBe(400);
    if (typeof reason === 'string') expect(error.message).toBe(reason);
    else expect(error.message).toMatch(reason);
  });
});

describe('a long operation', () => {
  function slowTick() {
    let finish: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      finish = resolve;
    });
    return { finish, tick: () => gate };
  }

  it('gets 202, then 404 while it runs, then its result', async () => {
    const { tick, finish } = slowTick();
    const send = await createInstance({ tick });
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
      text: expect.stringContaining('state_label / op_id not found') as string,
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

  it('gets its error when polled after it failed', async () => {
    let fail: () => void = () => undefined;
    const gate = new Promise<void>((_resolve, reject) => {
      fail = () => reject(new Error('late'));
    });
    const send = await createInstance({ tick: () => gate });
    const started = await send('POST', '/instances/0/update/tick', '{}', {
      'content-type': 'application/json',
      'processing-timeout-ms': '1',
    });
    const { state_label: label, op_id: id } = JSON.parse(started.text) as Record<string, string>;
    fail();
    expect(await send('GET', `/read_graph/${label}/${id}`)).toMatchObject({
      status: 500,
      text: message('late'),
    });
  });

  it('does not block other instances', async () => {
    const { tick, finish } = slowTick();
    const send = await createInstance({ tick });
    await send('POST', '/instances', CREATE_INSTANCE);
    const slow = send('POST', '/instances/0/update/tick', '{}');
    expect((await send('GET', '/instances/1/read/get_time')).status).toBe(200);
    finish();
    expect((await slow).status).toBe(200);
  });
});

describe('the blobstore', () => {
  it('names blobs by their hash and decompresses gzip on use', async () => {
    const send = await createInstance();
    const blob = gzipSync('hello');
    const { text: id } = await send('POST', '/blobstore', new Uint8Array(blob), {
      'content-encoding': 'gzip',
    });
    expect(id).toBe(createHash('sha256').update(blob).digest('hex'));
    const blobId = Buffer.from(id, 'hex').toString('base64');
    await send(
      'POST',
      '/instances/0/update/set_stable_memory',
      JSON.stringify({ canister_id: CANISTER_BASE64, blob_id: blobId }),
    );
    const { text } = await send(
      'POST',
      '/instances/0/read/get_stable_memory',
      JSON.stringify({ canister_id: CANISTER_BASE64 }),
    );
    expect(text).toBe(`{"blob":"${Buffer.from('hello').toString('base64')}"}`);
    expect((await send('GET', `/blobstore/${id}`)).status).toBe(200);
    expect((await send('GET', '/blobstore/00')).status).toBe(404);
  });

  it('refuses other encodings and invalid gzip', async () => {
    const send = await createInstance();
    expect(await send('POST', '/blobstore', 'x', { 'content-encoding': 'br' })).toMatchObject({
      status: 400,
      text: expect.stringContaining("Only 'gzip'") as string,
    });
    const { text: id } = await send('POST', '/blobstore', 'x', { 'content-encoding': 'gzip' });
    const body = JSON.stringify({
      canister_id: CANISTER_BASE64,
      blob_id: Buffer.from(id, 'hex').toString('base64'),
    });
    expect((await send('POST', '/instances/0/update/set_stable_memory', body)).text).toContain(
      'Decompression failed',
    );
  });
});
