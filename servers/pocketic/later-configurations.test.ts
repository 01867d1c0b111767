/** Configurations of instances that clients of servers 11 to 16 send: each field takes effect, or is refused with a reason. */
import { Principal } from '@icp-sdk/core/principal';
import { describe, expect, it, onTestFinished } from 'vitest';
import { decodeCbor, encodeCbor, type CborInput, type CborValue } from '../../certification/cbor.js';
import { utf8 } from '../../certification/bytes.js';
import { encodeArgument } from '../../replicas/embedded/management-interface/candid-types.js';
import { verifyCertificate } from '../ic/certificate.js';
import { principalToBytes } from '../ic/principals.js';
import { createInProcessServer } from './in-process.js';

const SUBNET = { state_config: 'New', instruction_config: 'Production', cost_schedule: 'Normal' };
const FREE = { ...SUBNET, cost_schedule: 'Free' };
const ADMINS = { subnet_admins: [{ principal_id: 'BA==' }] };
const EMPTY_SET = { system: [], application: [], verified_application: [] };
const MAINNET_NNS = 'tdb26-jop6k-aogll-7ltgs-eruif-6kk7m-qpktf-gdiqx-mxtrf-vb5e6-eqe';
const YEAR_NS = 365n * 86_400n * 1_000_000_000n;

async function create(subnets: object, more: object = {}) {
  const { handle, dispose } = createInProcessServer();
  onTestFinished(() => dispose());
  const send = async (method: string, path: string, body: string | Uint8Array = '') => {
    const headers = { 'content-type': 'application/json' };
    const reply = await handle({ method, path, headers, body: Buffer.from(body) });
    return { status: reply.status, body: Buffer.from(reply.body) };
  };
  const post = (path: string, body: object) => send('POST', path, JSON.stringify(body));
  const config = { subnet_config_set: { ...EMPTY_SET, ...subnets }, ...more };
  const { status, body } = await post('/instances', config);
  return { send, post, status, text: body.toString() };
}

type Created = Awaited<ReturnType<typeof create>>;

async function createCanister({ post }: Created): Promise<void> {
  const payload = encodeArgument('provisional_create_canister_with_cycles', {
    amount: [10n ** 12n],
    settings: [],
    specified_id: [],
    sender_canister_version: [],
  });
  const submitted = await post('/instances/0/update/submit_ingress_message', {
    sender: 'BA==',
    canister_id: '',
    method: 'provisional_create_canister_with_cycles',
    payload: Buffer.from(payload).toString('base64'),
    effective_principal: 'None',
  });
  const { Ok } = JSON.parse(submitted.body.toString()) as { Ok: object };
  await post('/instances/0/update/await_ingress_message', Ok);
}

describe('a configuration of a later client', () => {
  it.each([
    [FREE, true],
    [SUBNET, false],
  ])('with the subnet %j decides whether canisters pay for their memory', async (subnet, isFree) => {
    const created = await create({ application: [subnet] });
    await createCanister(created);
    const cycles = async () => {
      const { body } = await created.post('/instances/0/read/get_cycles', {
        canister_id: '///////gAAABAQ==',
      });
      return BigInt(/\d+/.exec(body.toString())![0]);
    };
    const before = await cycles();
    const { body: time } = await created.send('GET', '/instances/0/read/get_time');
    const later = BigInt(/\d+/.exec(time.toString())![0]) + YEAR_NS;
    await created.send('POST', '/instances/0/update/set_time', `{"nanos_since_epoch":${later}}`);
    await created.post('/instances/0/update/tick', {});
    expect((await cycles()) === before).toBe(isFree);
    expect(created.text).toContain(`"cost_schedule":"${subnet.cost_schedule}"`);
  });

  it('gives the NNS subnet its id of the mainnet, and certificates remain valid', async () => {
    const { send, text } = await create(
      { nns: SUBNET, application: [SUBNET] },
      { mainnet_nns_subnet_id: true },
    );
    expect(text).toContain(`"${MAINNET_NNS}":{"subnet_kind":"NNS"`);
    const { body: status } = await send('GET', '/instances/0/api/v2/status');
    const rootKeyDer = (decodeCbor(status) as ReadonlyMap<string, CborValue>).get('root_key') as Uint8Array;
    const canister = /"default_effective_canister_id":\{"canister_id":"([^"]+)"/.exec(text)![1]!;
    const canisterId = new Uint8Array(Buffer.from(canister, 'base64'));
    const content = {
      request_type: 'read_state',
      sender: Uint8Array.of(4),
      ingress_expiry: 2n ** 63n,
      paths: [[utf8('subnet'), principalToBytes(MAINNET_NNS), utf8('canister_ranges')]],
    };
    const path = '/instances/0/api/v3/canister/7tjcv-pp777-77776-qaaaa-cai/read_state';
    const { body } = await send('POST', path, encodeCbor({ content }));
    const certificate = (decodeCbor(body) as ReadonlyMap<string, CborValue>).get('certificate') as Uint8Array;
    expect(verifyCertificate(certificate, { rootKeyDer, canisterId })).toMatchObject({ ok: true });
  });

  it.each([
    [true, 202],
    [false, 400],
  ])('with disable_ingress_validation %j answers an expired call with %i', async (isDisabled, status) => {
    const created = await create({ application: [SUBNET] }, { disable_ingress_validation: isDisabled });
    await createCanister(created);
    const canister = 'lxzze-o7777-77777-aaaaa-cai';
    const content: CborInput = {
      request_type: 'call',
      sender: Uint8Array.of(1, 2, 3),
      ingress_expiry: 1n,
      canister_id: new Uint8Array(0),
      method_name: 'provisional_top_up_canister',
      arg: encodeArgument('provisional_top_up_canister', {
        canister_id: Principal.fromText(canister),
        amount: 1n,
      }),
    };
    const path = `/instances/0/api/v2/canister/${canister}/call`;
    expect((await created.send('POST', path, encodeCbor({ content }))).status).toBe(status);
  });

  it.each([
    [
      { nns: { ...SUBNET, ...ADMINS } },
      'Subnet admins can only be specified for subnet of kind `Application`',
    ],
    [{ system: [FREE] }, 'Non-default cost schedule can only be specified for subnet of kind `Application`'],
    [
      { application: [{ ...SUBNET, ...ADMINS }] },
      'Subnet admins can only be specified for subnet with cost schedule of kind `Free`',
    ],
    [{ cloud_engine: [SUBNET] }, 'Every subnet of kind `CloudEngine` must have cost schedule of kind `Free`'],
    [{ cloud_engine: [FREE] }, 'this server does not support subnets of the kind cloud_engine'],
    [{ application: [{ ...FREE, ...ADMINS }] }, 'this server does not support subnet_admins'],
    [{ test_threshold_keys: SUBNET }, 'this server does not support the subnet test_threshold_keys'],
  ])('is refused with a reason for the subnets %j', async (subnets, reason) => {
    const { status, text } = await create(subnets);
    expect(status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({ Error: { message: expect.stringContaining(reason) as string } });
  });

  it.each(['dogecoind_addr', 'bitcoind_addr'])('is refused with a reason for %s', async (field) => {
    const { status, text } = await create({ application: [SUBNET] }, { [field]: ['127.0.0.1:18443'] });
    expect(status).toBe(400);
    expect(text).toContain(`this server does not support ${field}`);
  });
});
