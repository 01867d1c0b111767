import { describe, expect, it, onTestFinished } from 'vitest';
import { ReplicaError, type Replica } from '../replica.js';
import { createPocketIcReplica } from './pocketic-replica.js';
import { startServer } from './server-process.js';
import { writeFakeServer } from './testing/fake-server.js';
import { exchanges, exchangesOf, sessionModule } from './testing/golden-exchanges.js';
import { startReplayServer, type ReplayServer, type ScriptedExchange } from './testing/replay-server.js';

const CANISTER = 'lxzze-o7777-77777-aaaaa-cai';
const ANONYMOUS = '2vxsx-fae';
const CREATE = exchangesOf('PocketIc.create(url)');
const NOTHING = new Uint8Array(0);

async function connect(
  script: readonly ScriptedExchange[],
): Promise<{ server: ReplayServer; replica: Replica }> {
  const server = await startReplayServer([...CREATE, ...script]);
  return { server, replica: await createPocketIcReplica({ serverUrl: server.url, version: '10.0.0' }) };
}

function followed(server: ReplayServer): void {
  expect(server.deviations).toEqual([]);
  expect(server.remaining()).toBe(0);
}

function reply(
  method: 'GET' | 'POST',
  endpoint: string,
  request: unknown,
  response: string,
  status = 200,
): ScriptedExchange {
  const body = request === undefined ? '' : typeof request === 'string' ? request : JSON.stringify(request);
  return { method, path: `/instances/0${endpoint}`, request: body, status, response };
}

const submitted = exchangesOf('updateCall ok')[0]!;
function call(method: string, arg: Uint8Array = NOTHING, caller = ANONYMOUS) {
  return {
    canister: CANISTER,
    method,
    arg,
    caller,
  };
}

describe('the PocketIC replica in the recorded session', () => {
  it('sends the requests of @dfinity/pic and decodes the server’s replies', async () => {
    const script = [
      ...exchangesOf('createCanister'),
      ...exchangesOf('installCode'),
      ...exchangesOf('updateCall ok'),
      ...exchangesOf('queryCall ok'),
      ...exchangesOf('queryCall reject'),
      ...exchangesOf('updateCall trap'),
      ...exchangesOf('updateCall missing method'),
      ...exchangesOf('updateCall other sender'),
      ...exchangesOf('tick(2)'),
      ...exchangesOf('setTime'),
      ...exchangesOf('getTime').slice(1, 2),
      ...exchangesOf('upgradeCanister'),
      ...exchangesOf('reinstallCode'),
      ...exchangesOf('tearDown'),
    ];
    const { server, replica } = await connect(script);
    const wasm = sessionModule();

    expect(await replica.createCanister({ controller: ANONYMOUS })).toBe(CANISTER);
    const installed = await replica.install({ canister: CANISTER, mode: 'install', wasm, arg: NOTHING });
    expect(installed).toEqual({ kind: 'reply', bytes: new TextEncoder().encode('DIDL\0\0') });

    const run = async (method: string, arg?: Uint8Array, caller?: string) => {
      const submission = await replica.submit(call(method, arg, caller));
      if (submission.kind === 'refused') throw new Error(submission.reject.text);
      await replica.round();
      return await replica.poll(submission.id);
    };
    expect(await run('mutate', Uint8Array.of(1, 2, 3))).toEqual({ kind: 'reply', bytes: NOTHING });
    const state = await replica.query(call('state'));
    expect(state.kind === 'reply' && Buffer.from(state.bytes).toString('hex')).toBe(
      '63000000000000004d0000000000000004000000',
    );
    expect(await replica.query(call('query_reject'))).toEqual({
      kind: 'reject',
      code: 4,
      errorCode: 'IC0406',
      text: 'hello, world',
    });
    expect(await run('trap')).toMatchObject({
      kind: 'reject',
      code: 5,
      errorCode: 'IC0503',
      text: expect.stringContaining('hello, world') as string,
    });
    expect(await run('absent')).toMatchObject({ kind: 'reject', code: 5, errorCode: 'IC0536' });
    expect(
      await run('print', undefined, 'izwuf-gb2vh-b6iqq-fhxvm-dfric-yfku3-tu6fg-3ibrs-3fsg6-nb7cm-jae'),
    ).toEqual({ kind: 'reply', bytes: NOTHING });
    await replica.round();
    await replica.round();
    await replica.setTime(1704067200000000000n);
    expect(await replica.time()).toBe(1704067200000000000n);
    for (const mode of ['upgrade', 'reinstall'] as const) {
      expect((await replica.install({ canister: CANISTER, mode, wasm, arg: NOTHING })).kind).toBe('reply');
    }
    await replica.dispose();
    await replica.dispose();
    followed(server);
  });

  it('was recorded from a session of 0.16.1 with one application subnet', () => {
    expect(exchanges[0]?.path).toBe('/instances');
    expect(exchanges.at(-1)).toMatchObject({ method: 'DELETE', path: '/instances/0', status: 200 });
  });
});

describe('a time above 2^53 ns', () => {
  it('is read and set exactly', async () => {
    const { server, replica } = await connect([
      ...exchangesOf('getTime').slice(0, 1),
      reply('POST', '/update/set_time', '{"nanos_since_epoch":1620328630000000003}', 'null'),
    ]);
    expect(await replica.time()).toBe(1620328630000000001n);
    await replica.setTime(1620328630000000003n);
    followed(server);
  });
});

describe('the PocketIC replica', () => {
  it('turns an ingress message that is too large into a refused submission', async () => {
    const text =
      'Request 0x5a is too large. Message byte size 2097316 is larger than the max allowed 2097152.';
    const { replica } = await connect([
      { ...submitted, status: 400, response: JSON.stringify({ message: `BadIngressMessage("${text}")` }) },
    ]);
    const submission = await replica.submit(call('mutate', Uint8Array.of(1, 2, 3)));
    expect(submission).toMatchObject({
      kind: 'refused',
      reject: { code: 1, errorCode: '', text: `BadIngressMessage("${text}")` },
    });
  });

  it('turns a reject of the submission into a refused submission', async () => {
    const err = {
      reject_code: 'CanisterReject',
      reject_message: 'Canister rejected the message',
      error_code: 'CanisterRejectedMessage',
      certified: false,
    };
    const { replica } = await connect([{ ...submitted, response: JSON.stringify({ Err: err }) }]);
    expect(await replica.submit(call('mutate', Uint8Array.of(1, 2, 3)))).toEqual({
      kind: 'refused',
      reject: { kind: 'reject', code: 4, errorCode: 'IC0406', text: 'Canister rejected the message' },
    });
  });

  it.each([
    [
      'an error of the server',
      400,
      '{"message":"SettingTimeIntoPast((2, 1))"}',
      /SettingTimeIntoPast\(\(2, 1\)\)/,
    ],
    [
      'plain text for a malformed request',
      422,
      'Failed to deserialize the JSON body',
      /\(422\): Failed to deserialize/,
    ],
    ['an internal error of the server', 500, '', /refused POST .*\(500\)/],
    ['a reply that is not JSON', 200, '<html>', /is not JSON: <html>/],
  ])('throws ReplicaError on %s', async (_what, status, response, message) => {
    const { replica } = await connect([
      reply('POST', '/update/set_time', '{"nanos_since_epoch":1}', response, status),
    ]);
    const set = replica.setTime(1n);
    await expect(set).rejects.toThrow(ReplicaError);
    await expect(set).rejects.toThrow(message);
  });

  it.each([
    ['a number in place of a result', '5'],
    [
      'an unknown reject code',
      '{"Err":{"reject_code":"New","reject_message":"","error_code":"X","certified":true}}',
    ],
    ['neither Ok nor Err', '{}'],
  ])('throws ReplicaError on %s', async (_what, response) => {
    const { replica } = await connect([{ ...exchangesOf('queryCall ok')[0]!, response }]);
    await expect(replica.query(call('state'))).rejects.toThrow(/the PocketIC server sent .* in place of/);
  });

  it('uses an unknown error code as it is', async () => {
    const err = {
      reject_code: 'CanisterError',
      reject_message: 'm',
      error_code: 'CanisterBoredom',
      certified: true,
    };
    const { replica } = await connect([
      { ...exchangesOf('queryCall ok')[0]!, response: JSON.stringify({ Err: err }) },
    ]);
    expect(await replica.query(call('state'))).toMatchObject({ code: 5, errorCode: 'CanisterBoredom' });
  });

  it('names the missing ability', async () => {
    const { replica } = await connect([]);
    await expect(replica.deliverable()).rejects.toThrow(/does not support delivery-order/);
    await expect(replica.deliver('x')).rejects.toThrow(ReplicaError);
    await expect(replica.snapshot()).rejects.toThrow(/does not support snapshot/);
    await expect(replica.restore({ replica: 'pocketic' })).rejects.toThrow(ReplicaError);
    expect([...replica.info.abilities].sort()).toEqual([
      'heap-size',
      'logs',
      'stable-memory',
      'stop',
      'time',
    ]);
  });

  it('fails if no server listens', async () => {
    await expect(createPocketIcReplica({ serverUrl: 'http://127.0.0.1:9' })).rejects.toThrow(
      /no answer from the PocketIC server at http:\/\/127\.0\.0\.1:9 to GET \/status/,
    );
  });
});

describe('a busy or started operation', () => {
  const tick = { method: 'POST', path: '/instances/0/update/tick', request: '{}' };
  const STARTED = '{"state_label":"AAAAAAAAAAAAAAAAAAAAAA==","op_id":"tick"}';
  const graph = { method: 'GET', path: '/read_graph/AAAAAAAAAAAAAAAAAAAAAA%3D%3D/tick', request: '' };

  it('is sent again while the server is busy, and polled after it started; null is a result', async () => {
    const { server, replica } = await connect([
      { ...tick, status: 409, response: STARTED },
      { ...tick, status: 409, response: STARTED },
      { ...tick, status: 202, response: STARTED },
      { ...graph, status: 404, response: '{"message":"state_label / op_id not found"}' },
      { ...graph, status: 404, response: '{"message":"state_label / op_id not found"}' },
      { ...graph, status: 200, response: 'null' },
    ]);
    await replica.round();
    followed(server);
  });

  it('throws its error if it fails after it started', async () => {
    const { replica } = await connect([
      { ...tick, status: 202, response: STARTED },
      { ...graph, status: 400, response: '{"message":"BlockmakerNotFound"}' },
    ]);
    await expect(replica.round()).rejects.toThrow(/\(400\): BlockmakerNotFound/);
  });

  it('fails at the time limit if the server stays busy', async () => {
    const server = await startReplayServer([
      ...CREATE,
      ...Array.from({ length: 50 }, () => ({ ...tick, status: 409, response: STARTED })),
    ]);
    const replica = await createPocketIcReplica({ serverUrl: server.url, operationTimeoutMs: 100 });
    await expect(replica.round()).rejects.toThrow(/stayed busy and did not start POST .*tick/);
  });
});

describe('the PocketIC replica on servers of several versions', () => {
  it.each(['10.0.0', '11.0.0', '12.0.0', '13.0.0', '14.0.0', '15.0.0', '16.1.0'])(
    'creates an instance on version %s',
    async (version) => {
      const binary = await writeFakeServer('listen', { version });
      const replica = await createPocketIcReplica({ binary });
      onTestFinished(() => replica.dispose());
      expect(replica.info.version).toBe(version);
    },
  );

  it('creates an instance on a server that requires the fields of version 13 and does not tell its version', async () => {
    const server = await startServer({ binary: await writeFakeServer('listen', { version: '13.0.0' }) });
    onTestFinished(() => server.stop());
    await expect(createPocketIcReplica({ serverUrl: server.url, version: '12.0.0' })).rejects.toThrow(
      'the PocketIC server created no instance: missing field `cloud_engine`',
    );
    await expect(createPocketIcReplica({ serverUrl: server.url })).resolves.toBeDefined();
  });

  it('decodes the error codes that later servers added', async () => {
    const denied = {
      Err: {
        reject_code: 'CanisterError',
        reject_message: 'no',
        error_code: 'CanisterStatusAccessDenied',
        certified: false,
      },
    };
    const { replica } = await connect([
      { ...exchangesOf('queryCall ok')[0]!, response: JSON.stringify(denied) },
    ]);
    expect(await replica.query(call('state'))).toMatchObject({ errorCode: 'IC0542' });
  });
});

describe('the server process', () => {
  it('is reported with its last output if it exits', async () => {
    const replica = await createPocketIcReplica({ binary: await writeFakeServer('crash-on-tick') });
    await expect(replica.round()).rejects.toThrow(
      /no answer from the PocketIC server at .* to POST \/instances\/0\/update\/tick: .*\nthread main panicked: state is broken/s,
    );
    await replica.dispose();
  });

  it('is not started if the binary is not the server', async () => {
    const binary = await writeFakeServer('no-version');
    await expect(createPocketIcReplica({ binary })).rejects.toThrow(
      /is not a usable PocketIC server: --version printed no version/,
    );
    await expect(createPocketIcReplica({ binary: '/absent/pocket-ic' })).rejects.toThrow(/: missing$/);
  });
});
