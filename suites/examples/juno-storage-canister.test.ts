/** The canister of examples/juno-storage, called by hand: what its README states about the crate junobuild-satellite 0.6.2. */
import { IDL } from '@icp-sdk/core/candid';
import { Principal } from '@icp-sdk/core/principal';
import { beforeEach, describe, expect, it } from 'vitest';
import { idlFactory, init } from '../../examples/juno-storage/interface.js';
import { CanisterClient, encodeArg, readModule } from './testing/canister-client.js';
import { readOverHttp } from './testing/read-over-http.js';

const ADMIN = 'rrkah-fqaaa-aaaaa-aaaaq-cai';
const [ALICE, BOB] = ['ryjl3-tyaaa-aaaaa-aaaba-cai', 'rno2w-sqaaa-aaaaa-aaacq-cai'];
const wasm = readModule('juno-storage/wasm/juno-storage');
const initArg = encodeArg(init({ IDL }), [
  { controllers: [Principal.fromText(ADMIN)], storage: [{ system_memory: [{ Stable: null }] }] },
]);
const MILLION = 1_000_000;

let client: CanisterClient;
let canister: string;

function call(caller: string, method: string, ...values: unknown[]) {
  return client.call(canister, caller, method, ...values);
}
function get(path: string, between?: () => Promise<unknown>) {
  return readOverHttp(client.replica, canister, path, between);
}

/** Lets the timers of the canister run, which certify the files after an upgrade. */
async function settle(): Promise<void> {
  for (let round = 0; round < 20; round++) await client.replica.round();
}
async function upgrade(): Promise<void> {
  await client.install(canister, 'upgrade', wasm, encodeArg([], []));
}

async function begin(caller: string, full_path: string, collection = 'images'): Promise<bigint> {
  const answer = await call(caller, 'init_asset_upload', { name: 'name', collection, full_path });
  return (answer as { batch_id: bigint }).batch_id;
}
async function put(caller: string, batch_id: bigint, content: string | Uint8Array): Promise<bigint> {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  const answer = await call(caller, 'upload_asset_chunk', { batch_id, content: bytes, order_id: [] });
  return (answer as { chunk_id: bigint }).chunk_id;
}
function commit(caller: string, batch_id: bigint, chunk_ids: readonly bigint[]): Promise<unknown> {
  return call(caller, 'commit_asset_upload', { batch_id, headers: [], chunk_ids });
}
async function upload(
  caller: string,
  path: string,
  chunks: readonly (string | Uint8Array)[],
  collection?: string,
): Promise<unknown> {
  const batch = await begin(caller, path, collection);
  const ids: bigint[] = [];
  for (const chunk of chunks) ids.push(await put(caller, batch, chunk));
  return commit(caller, batch, ids);
}

beforeEach(async () => {
  client = new CanisterClient(idlFactory, ADMIN);
  canister = await client.create();
  await client.install(canister, 'install', wasm, initArg);
  const rule = { read: { Public: null }, write: { Public: null }, memory: [{ Stable: null }] };
  await call(ADMIN, 'set_rule', { Storage: null }, 'images', rule);
});

describe('Juno satellite 0.6.2', () => {
  it('stores a file, serves it with a certificate, and keeps it in an upgrade', async () => {
    expect(await upload(ALICE, '/images/a', ['hello ', 'world'])).toBeUndefined();
    const file = { status: 200, body: 'hello world', problem: undefined };
    expect(await get('/images/a')).toEqual(file);
    await upgrade();
    await settle();
    expect(await get('/images/a')).toEqual(file);
  });

  it('refuses the chunks of another batch and of another caller', async () => {
    const [batch, other] = [await begin(ALICE, '/images/a'), await begin(ALICE, '/images/b')];
    const chunk = await put(ALICE, batch, 'a');
    expect(await commit(ALICE, other, [chunk])).toContain('chunk_not_included_in_batch');
    const foreign = { batch_id: batch, content: Buffer.from('b'), order_id: [] };
    expect(await call(BOB, 'upload_asset_chunk', foreign)).toContain('does not match chunk uploader');
  });

  it('gives out ids again after an upgrade: the commit of a lost upload publishes another one of the caller', async () => {
    const lost = await begin(ALICE, '/images/first');
    const ids = [await put(ALICE, lost, 'first')];
    await upgrade();
    await settle();
    const batch = await begin(ALICE, '/images/second');
    const own = [await put(ALICE, batch, 'second 0'), await put(ALICE, batch, 'second 1')];
    expect(batch).toBe(lost);

    expect(await commit(ALICE, lost, ids)).toBeUndefined();
    expect(await get('/images/first')).toMatchObject({ status: 404 });
    expect(await get('/images/second')).toMatchObject({ status: 200, body: 'second 0' });
    expect(await commit(ALICE, batch, own)).toContain('cannot_commit_batch');
  });

  it('serves files without a valid certificate after an upgrade, until its timer has run', async () => {
    await upload(ALICE, '/images/a', ['file']);
    await upgrade();
    expect((await get('/images/a')).problem).toBe(
      'the tree in the IC-Certificate header is not the certified data of the canister',
    );
    await settle();
    expect((await get('/images/a')).problem).toBeUndefined();
  });

  it('mixes two versions of a file if it is overwritten while it is read', async () => {
    await upload(ALICE, '/images/a', ['old 0 ', 'old 1']);
    const mixed = await get('/images/a', () => upload(ALICE, '/images/a', ['new 0 ', 'new 1']));
    expect(mixed).toMatchObject({ status: 200, body: 'old 0 new 1' });
  });

  it('lets a writer of a collection destroy a file of the app with the same path', async () => {
    expect(await upload(ADMIN, '/images/logo', ['official'], '#dapp')).toBeUndefined();
    expect(await upload(BOB, '/images/logo', ['forged'])).toBeUndefined();
    const problem = 'the certificate does not cover the response';
    expect(await get('/images/logo')).toEqual({ status: 200, body: 'forged', problem });
  });

  it('never frees the chunks of a longer version of a file', async () => {
    const chunk = new Uint8Array(1_000_000);
    const stableBytes = async () => (await client.replica.metrics(canister)).stableBytes;
    const cycle = async (path: string) => {
      await upload(
        ALICE,
        path,
        Array.from({ length: 4 }, () => chunk),
      );
      await upload(ALICE, path, ['short']);
      await call(ALICE, 'del_asset', 'images', path);
    };
    await cycle('/images/0');
    const before = await stableBytes();
    for (const number of [1, 2, 3]) await cycle(`/images/${number}`);
    expect((await stableBytes()) - before).toBeGreaterThan(8_000_000);
  });

  it('copies the pending chunks of all uploads once per chunk of a commit', async () => {
    const instructions = async () => (await client.replica.metrics(canister)).instructions;
    const costOfCommit = async (path: string) => {
      const batch = await begin(ALICE, path);
      const ids: bigint[] = [];
      for (let index = 0; index < 10; index++) ids.push(await put(ALICE, batch, 'x'));
      const before = await instructions();
      await commit(ALICE, batch, ids);
      return (await instructions()) - before;
    };
    const alone = await costOfCommit('/images/alone');
    const pending = await begin(BOB, '/images/pending');
    for (let index = 0; index < 10; index++) await put(BOB, pending, new Uint8Array(1_000_000));
    const beside = await costOfCommit('/images/beside');
    expect(alone).toBeLessThan(30 * MILLION);
    expect(beside).toBeGreaterThan(alone + 50 * MILLION);
  });
});
