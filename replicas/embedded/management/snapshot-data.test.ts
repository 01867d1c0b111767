/** Reading and uploading snapshots: a copy of a canister behaves as the original, and wrong uploads are refused. */
import { createHash } from 'node:crypto';
import { Principal } from '@icp-sdk/core/principal';
import { describe, expect, it } from 'vitest';
import { decodeResult } from '../management-interface/candid-types.js';
import type { CandidSnapshotUpload } from '../management-interface/arguments.js';
import { canisterArgument, callManagement, NO_SETTINGS, replyBytes } from '../testing/management-call.js';
import { PRELUDE } from '../testing/module-text.js';
import { createTestDriver, hexOf, type TestDriver } from '../testing/test-driver.js';

/** Counts in a global, in the heap, and in stable memory. */
const COUNTER = `(import "ic0" "stable64_grow" (func $grow (param i64) (result i64)))
  (import "ic0" "stable64_write" (func $write (param i64 i64 i64)))
  (import "ic0" "stable64_read" (func $read (param i64 i64 i64)))
  ${PRELUDE}
  (global $n (mut i32) (i32.const 0))
  (func (export "canister_init") (drop (call $grow (i64.const 1))))
  (func (export "canister_update add")
    (global.set $n (i32.add (global.get $n) (i32.const 1)))
    (i32.store8 (i32.const 500) (global.get $n))
    (call $write (i64.const 7) (i64.const 500) (i64.const 1))
    (call $reply))
  (func (export "canister_query get")
    (call $read (i64.const 501) (i64.const 7) (i64.const 1))
    (i32.store8 (i32.const 502) (global.get $n))
    (call $append (i32.const 500) (i32.const 3)) (call $reply))`;

interface Metadata extends Omit<CandidSnapshotUpload, 'canister_id' | 'replace_snapshot'> {
  readonly source: object;
  readonly canister_version: bigint;
}

const PARTS = [
  ['wasm_module', 'wasm_module_size'],
  ['wasm_memory', 'wasm_memory_size'],
  ['stable_memory', 'stable_memory_size'],
] as const;

async function take(driver: TestDriver, canister: string): Promise<Uint8Array> {
  const argument = canisterArgument(canister, { replace_snapshot: [] });
  const bytes = replyBytes(await callManagement(driver, 'take_canister_snapshot', argument));
  return (decodeResult('take_canister_snapshot', bytes) as { id: Uint8Array }).id;
}

async function metadataOf(driver: TestDriver, canister: string, snapshot_id: Uint8Array): Promise<Metadata> {
  const argument = canisterArgument(canister, { snapshot_id });
  const bytes = replyBytes(await callManagement(driver, 'read_canister_snapshot_metadata', argument));
  return decodeResult('read_canister_snapshot_metadata', bytes) as Metadata;
}

function read(driver: TestDriver, canister: string, snapshot_id: Uint8Array, kind: object) {
  return callManagement(
    driver,
    'read_canister_snapshot_data',
    canisterArgument(canister, { snapshot_id, kind }),
  );
}

async function upload(driver: TestDriver, canister: string, metadata: object): Promise<Uint8Array> {
  const argument = canisterArgument(canister, { ...metadata, replace_snapshot: [] });
  const bytes = replyBytes(await callManagement(driver, 'upload_canister_snapshot_metadata', argument));
  return (decodeResult('upload_canister_snapshot_metadata', bytes) as { snapshot_id: Uint8Array })
    .snapshot_id;
}

function write(
  driver: TestDriver,
  canister: string,
  snapshot_id: Uint8Array,
  kind: object,
  chunk: Uint8Array,
) {
  return callManagement(
    driver,
    'upload_canister_snapshot_data',
    canisterArgument(canister, { snapshot_id, kind, chunk }),
  );
}

function load(driver: TestDriver, canister: string, snapshot_id: Uint8Array) {
  return callManagement(driver, 'load_canister_snapshot', canisterArgument(canister, { snapshot_id }));
}

/** Uploads a copy of a snapshot to another canister, with changes of the metadata. */
async function copy(
  driver: TestDriver,
  from: string,
  id: Uint8Array,
  to: string,
  change: object = {},
): Promise<Uint8Array> {
  const metadata = await metadataOf(driver, from, id);
  const uploaded = await upload(driver, to, { ...metadata, ...change });
  for (const [kind, size] of PARTS) {
    const slice = { [kind]: { offset: 0n, size: metadata[size] } };
    const bytes = replyBytes(await read(driver, from, id, slice));
    const { chunk } = decodeResult('read_canister_snapshot_data', bytes) as { chunk: Uint8Array };
    replyBytes(await write(driver, to, uploaded, { [kind]: { offset: 0n } }, chunk));
  }
  return uploaded;
}

async function counted(driver: TestDriver, times: number): Promise<string> {
  const canister = await driver.install(COUNTER);
  for (let i = 0; i < times; i++) await driver.update(canister, 'add');
  return canister;
}

describe('a snapshot that is read and uploaded', () => {
  it('restores heap, stable memory, and globals in another canister', async () => {
    const driver = createTestDriver();
    const original = await counted(driver, 3);
    const target = await driver.replica.createCanister();
    const uploaded = await copy(driver, original, await take(driver, original), target);
    replyBytes(await load(driver, target, uploaded));
    expect(hexOf(await driver.query(target, 'get'))).toBe('030303');
    await driver.update(target, 'add');
    expect(hexOf(await driver.query(target, 'get'))).toBe('040404');
    expect(hexOf(await driver.query(original, 'get'))).toBe('030303');
  });

  it('has the metadata of the canister', async () => {
    const driver = createTestDriver();
    const canister = await counted(driver, 1);
    const metadata = await metadataOf(driver, canister, await take(driver, canister));
    expect(metadata).toMatchObject({
      source: { taken_from_canister: null },
      globals: [{ i32: 1 }],
      wasm_memory_size: 65_536n,
      stable_memory_size: 65_536n,
      global_timer: [{ inactive: null }],
      on_low_wasm_memory_hook_status: [{ condition_not_satisfied: null }],
    });
  });

  it('keeps its metadata and takes space from the beginning', async () => {
    const driver = createTestDriver();
    const original = await counted(driver, 1);
    const target = await driver.replica.createCanister();
    const id = await take(driver, original);
    const metadata = await metadataOf(driver, original, id);
    const uploaded = await upload(driver, target, metadata);
    expect(await metadataOf(driver, target, uploaded)).toEqual({
      ...metadata,
      source: { metadata_upload: null },
      canister_version: 0n,
    });
    const list = replyBytes(
      await callManagement(driver, 'list_canister_snapshots', canisterArgument(target)),
    );
    const [{ total_size: size }] = decodeResult('list_canister_snapshots', list) as [{ total_size: bigint }];
    expect(size).toBe(metadata.wasm_module_size + 2n * 65_536n + 32n);
  });

  it('has the chunks that were added to it', async () => {
    const driver = createTestDriver();
    const original = await counted(driver, 0);
    const id = await take(driver, original);
    const uploaded = await copy(driver, original, id, original);
    const chunk = Buffer.from('a chunk');
    replyBytes(await write(driver, original, uploaded, { wasm_chunk: null }, chunk));
    const hash = new Uint8Array(createHash('sha256').update(chunk).digest());
    const bytes = replyBytes(await read(driver, original, uploaded, { wasm_chunk: { hash } }));
    expect(decodeResult('read_canister_snapshot_data', bytes)).toEqual({ chunk: new Uint8Array(chunk) });
    expect(await read(driver, original, id, { wasm_chunk: { hash } })).toMatchObject({
      text: expect.stringContaining('not found') as string,
    });
  });

  it('sets the timer and the hook of the canister that loads it', async () => {
    const driver = createTestDriver();
    const original = await counted(driver, 0);
    const settings = { ...NO_SETTINGS, wasm_memory_threshold: [2n ** 40n] };
    replyBytes(await callManagement(driver, 'update_settings', canisterArgument(original, { settings })));
    const id = await take(driver, original);
    const active = { global_timer: [{ active: 5n }], on_low_wasm_memory_hook_status: [{ executed: null }] };
    replyBytes(await load(driver, original, await copy(driver, original, id, original, active)));
    const loaded = await metadataOf(driver, original, await take(driver, original));
    expect(loaded).toMatchObject({ global_timer: [{ active: 5n }] });
    const calm = { on_low_wasm_memory_hook_status: [{ condition_not_satisfied: null }] };
    expect(await load(driver, original, await copy(driver, original, id, original, calm))).toMatchObject({
      errorCode: 'IC0408',
      text: expect.stringContaining('Hook status (Some(ConditionNotSatisfied))') as string,
    });
  });
});

describe('a wrong upload', () => {
  it.each([
    ['WasmModuleEmpty', { wasm_module_size: 0n }],
    ['WasmModuleTooLarge', { wasm_module_size: 2n ** 40n }],
    ['WasmMemoryNotPageAligned', { wasm_memory_size: 1n }],
    ['WasmMemoryTooLarge', { wasm_memory_size: 2n ** 33n }],
    ['StableMemoryNotPageAligned', { stable_memory_size: 1n }],
    ['StableMemoryTooLarge', { stable_memory_size: 2n ** 40n }],
    ['ExportedGlobalsTooLarge', { globals: new Array(1_001).fill({ i32: 1 }) }],
    ['CertifiedDataTooLarge', { certified_data: new Uint8Array(33) }],
  ])('of metadata is refused as %s', async (reason, change) => {
    const driver = createTestDriver();
    const canister = await counted(driver, 0);
    const metadata = await metadataOf(driver, canister, await take(driver, canister));
    const argument = canisterArgument(canister, { ...metadata, ...change, replace_snapshot: [] });
    expect(await callManagement(driver, 'upload_canister_snapshot_metadata', argument)).toMatchObject({
      text: `Snapshot Metadata contains invalid data: ${reason}`,
    });
  });

  it('beyond the end of a part is refused, as is a read', async () => {
    const driver = createTestDriver();
    const canister = await counted(driver, 0);
    const uploaded = await copy(driver, canister, await take(driver, canister), canister);
    const kind = { wasm_memory: { offset: 65_535n } };
    expect(await write(driver, canister, uploaded, kind, new Uint8Array(2))).toMatchObject({
      text: expect.stringContaining('offset: 65535, size: 2') as string,
    });
    const slice = { wasm_memory: { offset: 65_535n, size: 2n } };
    expect(await read(driver, canister, uploaded, slice)).toMatchObject({ errorCode: 'IC0408' });
    const large = { wasm_memory: { offset: 0n, size: 2_000_001n } };
    expect(await read(driver, canister, uploaded, large)).toMatchObject({
      text: 'Requested slice too large: 2000001 > 2000000',
    });
  });

  it('to a snapshot that was taken is refused', async () => {
    const driver = createTestDriver();
    const canister = await counted(driver, 0);
    const id = await take(driver, canister);
    expect(
      await write(driver, canister, id, { wasm_memory: { offset: 0n } }, new Uint8Array(1)),
    ).toMatchObject({ errorCode: 'IC0409' });
  });

  it.each([
    ['too few', []],
    ['of another type', [{ i64: 1n }]],
  ])('with globals that are %s cannot be loaded', async (_, globals) => {
    const driver = createTestDriver();
    const canister = await counted(driver, 2);
    const uploaded = await copy(driver, canister, await take(driver, canister), canister, { globals });
    expect(await load(driver, canister, uploaded)).toMatchObject({
      text: 'Wasm exported globals of canister module and snapshot metadata do not match.',
    });
    expect(hexOf(await driver.query(canister, 'get'))).toBe('020202');
  });

  it('whose module is not valid cannot be loaded', async () => {
    const driver = createTestDriver();
    const canister = await counted(driver, 0);
    const metadata = await metadataOf(driver, canister, await take(driver, canister));
    const uploaded = await upload(driver, canister, metadata);
    expect(await load(driver, canister, uploaded)).toMatchObject({
      kind: 'reject',
      text: expect.stringContaining("Canister's Wasm module is not valid") as string,
    });
  });
});

describe('a snapshot of another canister', () => {
  it('is loadable once its subnet wrote it to disk', async () => {
    const driver = createTestDriver();
    const { replica } = driver;
    const original = await counted(driver, 3);
    const target = await replica.createCanister();
    const outcomeOf = async (
      method: 'take_canister_snapshot' | 'load_canister_snapshot',
      argument: object,
    ) => {
      const { engine } = replica;
      const submission = engine.submitManagement(method, '2vxsx-fae', argument);
      if (submission.kind !== 'accepted') throw new Error(submission.kind);
      engine.round();
      return (await replica.poll(submission.id))!;
    };
    const taken = replyBytes(
      await outcomeOf('take_canister_snapshot', {
        canister_id: Principal.fromText(original),
        replace_snapshot: [],
      }),
    );
    const { id } = decodeResult('take_canister_snapshot', taken) as { id: Uint8Array };
    const argument = {
      canister_id: Principal.fromText(target),
      snapshot_id: id,
      sender_canister_version: [],
    };
    expect(await outcomeOf('load_canister_snapshot', argument)).toMatchObject({
      errorCode: 'IC0406',
      text: expect.stringContaining('is not currently loadable') as string,
    });
    for (let round = 0; round < 500; round++) replica.engine.round();
    expect(await outcomeOf('load_canister_snapshot', argument)).toMatchObject({ kind: 'reply' });
    expect(hexOf(await driver.query(target, 'get'))).toBe('030303');
  });
});
