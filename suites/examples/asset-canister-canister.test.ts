/** The canister of examples/asset-canister, called by hand: what its README states about the crate ic-certified-assets 0.3.0. */
import { createHash } from 'node:crypto';
import { IDL } from '@icp-sdk/core/candid';
import { Principal } from '@icp-sdk/core/principal';
import { beforeEach, describe, expect, it } from 'vitest';
import { idlFactory } from '../../examples/asset-canister/interface.js';
import { CanisterClient, encodeArg, readModule } from './testing/canister-client.js';
import { readOverHttp } from './testing/read-over-http.js';

const [ALICE, BOB] = ['rrkah-fqaaa-aaaaa-aaaaq-cai', 'ryjl3-tyaaa-aaaaa-aaaba-cai'];
const wasm = readModule('asset-canister/wasm/asset-canister');
const none = encodeArg([IDL.Opt(IDL.Null)], [[]]);

let client: CanisterClient;
let canister: string;

function call(caller: string, method: string, value?: object) {
  return client.call(canister, caller, method, ...(value === undefined ? [] : [value]));
}
const get = (path: string) => readOverHttp(client.replica, canister, path);
const upgrade = () => client.install(canister, 'upgrade', wasm, none);

async function begin(caller: string): Promise<bigint> {
  return ((await call(caller, 'create_batch')) as { batch_id: bigint }).batch_id;
}
async function put(caller: string, batch_id: bigint, text: string): Promise<bigint> {
  const answer = await call(caller, 'create_chunk', { batch_id, content: Buffer.from(text) });
  return (answer as { chunk_id: bigint }).chunk_id;
}
function commit(
  caller: string,
  batch_id: bigint,
  key: string,
  chunk_ids: readonly bigint[],
  hashOf?: string,
) {
  const sha256 = hashOf === undefined ? [] : [createHash('sha256').update(hashOf).digest()];
  const content = { key, content_encoding: 'identity', chunk_ids, last_chunk: [], sha256 };
  const create = { key, content_type: 'text/plain' };
  return call(caller, 'commit_batch', {
    batch_id,
    operations: [{ CreateAsset: create }, { SetAssetContent: content }],
  });
}

beforeEach(async () => {
  client = new CanisterClient(idlFactory);
  canister = await client.create();
  await client.install(canister, 'install', wasm, none);
  for (const caller of [ALICE, BOB]) {
    const grant = { to_principal: Principal.fromText(caller), permission: { Commit: null } };
    await call(client.controller, 'grant_permission', grant);
  }
});

describe('asset canister 0.3.0', () => {
  it('stores a file, serves it with a certificate, and keeps it in an upgrade', async () => {
    const batch = await begin(ALICE);
    const chunks = [await put(ALICE, batch, 'hello '), await put(ALICE, batch, 'world')];
    expect(await commit(ALICE, batch, '/a', chunks, 'hello world')).toBeUndefined();
    const file = { status: 200, body: 'hello world', problem: undefined };
    expect(await get('/a')).toEqual(file);
    await upgrade();
    expect(await get('/a')).toEqual(file);
  });

  it('refuses a caller without permission', async () => {
    expect(await call('2ibo7-dia', 'create_batch')).toContain('Caller does not have Prepare permission');
  });

  it('gives out the ids of lost chunks again after an upgrade, and publishes the bytes of another upload', async () => {
    const lost = await begin(ALICE);
    const ids = [await put(ALICE, lost, 'alice 0'), await put(ALICE, lost, 'alice 1')];
    await upgrade();
    const batch = await begin(BOB);
    const own: bigint[] = [];
    for (const index of [0, 1, 2]) own.push(await put(BOB, batch, `bob ${index}`));
    expect(own).toEqual(expect.arrayContaining(ids));

    expect(await commit(ALICE, lost, '/alice', ids)).toBeUndefined();
    expect(await get('/alice')).toEqual({ status: 200, body: 'bob 1bob 2', problem: undefined });
    expect(await commit(BOB, batch, '/bob', own)).toContain('chunk not found');
  });

  it('does not compare the hash of a commit with the bytes, and serves the file with a certificate for other bytes', async () => {
    const batch = await begin(ALICE);
    expect(await commit(ALICE, batch, '/a', [await put(ALICE, batch, 'file')], 'other')).toBeUndefined();
    const problem = 'the certificate does not cover the response';
    expect(await get('/a')).toEqual({ status: 200, body: 'file', problem });
  });

  it('commits a batch that does not exist, with the chunks of another one', async () => {
    const batch = await begin(BOB);
    const chunk = await put(BOB, batch, 'bob');
    expect(await commit(ALICE, 99n, '/a', [chunk])).toBeUndefined();
    expect((await get('/a')).body).toBe('bob');
    expect(await commit(BOB, batch, '/b', [chunk])).toContain('chunk not found');
  });

  it('has no certificate for a missing file between an upgrade and the next commit', async () => {
    const batch = await begin(ALICE);
    await commit(ALICE, batch, '/a', [await put(ALICE, batch, 'file')]);
    expect(await get('/missing')).toMatchObject({ status: 404, problem: undefined });
    await upgrade();
    const problem = 'the tree has no entry for the IC-CertificateExpression header';
    expect(await get('/missing')).toMatchObject({ status: 404, problem });
  });

  it('keeps the certificate of a deleted file, and has none for its absence', async () => {
    const batch = await begin(ALICE);
    await commit(ALICE, batch, '/a', [await put(ALICE, batch, 'file')]);
    await call(ALICE, 'delete_asset', { key: '/a' });
    const problem = 'the tree has no entry for the IC-CertificateExpression header';
    expect(await get('/a')).toMatchObject({ status: 404, problem });
  });
});
