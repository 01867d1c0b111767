/** Modules of the Motoko compiler in both of its persistence modes (see `testing/motoko/README.md`). */
import { readFileSync } from 'node:fs';
import { IDL } from '@icp-sdk/core/candid';
import { Principal } from '@icp-sdk/core/principal';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Outcome } from '../../replica.js';
import { createEmbeddedReplica } from '../embedded-replica.js';
import { createTestDriver, NO_ARG, type TestDriver } from '../testing/test-driver.js';
import { decodeResult } from '../management-interface/candid-types.js';
import { canisterArgument, callManagement, replyBytes } from '../testing/management-call.js';

const MODES = ['classical', 'enhanced'] as const;
type Mode = (typeof MODES)[number];
function moduleOf(mode: Mode): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`../testing/motoko/keeper-${mode}.wasm.gz`, import.meta.url)));
}

/**
 * Instructions of `instructionsOf` for no iteration of its loop, and for ten iterations. The values come from this engine, because no
 * server's counts are known.
 */
const INSTRUCTIONS: Readonly<Record<Mode, readonly bigint[]>> = {
  classical: [244n, 580n],
  enhanced: [249n, 680n],
};
const EMPTY = new Uint8Array(IDL.encode([], []));
const nat = (value: bigint | number): Uint8Array => new Uint8Array(IDL.encode([IDL.Nat], [BigInt(value)]));
function decode(outcome: Outcome | undefined, ...types: IDL.Type[]): unknown[] {
  return IDL.decode(types, replyBytes(outcome));
}
function nats(outcome: Outcome | undefined, count = 1): unknown[] {
  return decode(outcome, ...new Array<IDL.Type>(count).fill(IDL.Nat));
}

describe.each(MODES)('a Motoko actor with %s persistence', (mode) => {
  let driver: TestDriver;
  let canister: string;
  beforeEach(async () => {
    driver = createTestDriver(createEmbeddedReplica());
    canister = await driver.replica.createCanister();
    const outcome = await driver.replica.install({
      canister,
      mode: 'install',
      wasm: moduleOf(mode),
      arg: NO_ARG,
    });
    expect(outcome).toMatchObject({ kind: 'reply' });
  });

  const upgrade = (memory: [] | [{ keep: null } | { replace: null }]): Promise<Outcome> =>
    callManagement(
      driver,
      'install_code',
      canisterArgument(canister, {
        mode: { upgrade: [{ skip_pre_upgrade: [], wasm_memory_persistence: memory }] },
        wasm_module: moduleOf(mode),
        arg: NO_ARG,
      }),
    );

  const get = async (): Promise<unknown[]> => nats(await driver.query(canister, 'get', EMPTY), 2);

  it('answers updates and queries', async () => {
    expect(nats(await driver.update(canister, 'add', nat(5)))).toEqual([5n]);
    expect(nats(await driver.update(canister, 'add', nat(2n ** 70n)))).toEqual([2n ** 70n + 5n]);
    expect(await get()).toEqual([2n ** 70n + 5n, 2n]);
  });

  it('awaits calls to itself', async () => {
    expect(nats(await driver.update(canister, 'addTwice', nat(3)))).toEqual([6n]);
    expect(await get()).toEqual([6n, 2n]);
  });

  it('is rolled back by a trap', async () => {
    await driver.update(canister, 'add', nat(1));
    const outcome = await driver.update(canister, 'addThenTrap', nat(100));
    expect(outcome).toMatchObject({ kind: 'reject', code: 5, errorCode: 'IC0503' });
    expect((outcome as { text: string }).text).toContain(
      "Canister called `ic0.trap` with message: 'changed my mind'",
    );
    expect(await get()).toEqual([1n, 1n]);
  });

  it('catches the trap of an awaited message, and only that message is rolled back', async () => {
    const [text] = decode(await driver.update(canister, 'tryToFail', nat(10)), IDL.Text);
    expect(text).toContain('IC0503: Error from Canister');
    expect(text).toContain('changed my mind');
    expect(await get()).toEqual([10n, 0n]);
  });

  it('accepts and returns a megabyte', async () => {
    const megabyte = Uint8Array.from({ length: 1_048_576 }, (_, index) => (index * 7 + (index >>> 8)) & 0xff);
    const arg = new Uint8Array(IDL.encode([IDL.Vec(IDL.Nat8)], [megabyte]));
    expect(nats(await driver.update(canister, 'keep', arg))).toEqual([1_048_576n]);
    const [kept] = decode(await driver.query(canister, 'kept', EMPTY), IDL.Vec(IDL.Nat8));
    expect(Buffer.compare(Buffer.from(kept as Uint8Array), megabyte)).toBe(0);
  });

  it('runs a timer when it is due', async () => {
    const arg = new Uint8Array(IDL.encode([IDL.Nat64], [60n]));
    await driver.update(canister, 'tickAfter', arg);
    const { replica } = driver;
    await replica.round();
    expect(nats(await driver.query(canister, 'ticked', EMPTY))).toEqual([0n]);
    await replica.setTime((await replica.time()) + 60_000_000_000n);
    await replica.round();
    expect(nats(await driver.query(canister, 'ticked', EMPTY))).toEqual([1n]);
  });

  it('uses the same number of instructions in every run', async () => {
    const count = async (n: number): Promise<bigint> =>
      decode(await driver.query(canister, 'instructionsOf', nat(n)), IDL.Nat64)[0] as bigint;
    const [none, ten, twenty] = [await count(0), await count(10), await count(20)];
    expect(await count(10)).toBe(ten);
    expect(twenty - ten).toBe(ten - none);
    expect([none, ten - none]).toEqual(INSTRUCTIONS[mode]);
  });

  it('keeps its persistent state across an upgrade and loses its transient state', async () => {
    await driver.update(canister, 'add', nat(2n ** 80n));
    await driver.update(canister, 'keep', new Uint8Array(IDL.encode([IDL.Vec(IDL.Nat8)], [[1, 2, 3]])));
    for (let round = 0; round < 3; round++) {
      expect(await upgrade(mode === 'enhanced' ? [{ keep: null }] : [])).toMatchObject({ kind: 'reply' });
      expect(await get()).toEqual([2n ** 80n, 0n]);
    }
    expect(decode(await driver.query(canister, 'kept', EMPTY), IDL.Vec(IDL.Nat8))).toEqual([
      Uint8Array.of(1, 2, 3),
    ]);
    expect(nats(await driver.update(canister, 'add', nat(1)))).toEqual([2n ** 80n + 1n]);
  });

  it('is upgraded through the replica port without an option', async () => {
    await driver.update(canister, 'add', nat(6));
    const request = { canister, mode: 'upgrade', wasm: moduleOf(mode), arg: NO_ARG } as const;
    expect(await driver.replica.install(request)).toMatchObject({ kind: 'reply' });
    expect(await get()).toEqual([6n, 0n]);
  });

  it('is restored from a snapshot of the replica', async () => {
    const { replica } = driver;
    await driver.update(canister, 'add', nat(4));
    const snapshot = await replica.snapshot();
    const { heapBytes } = await replica.metrics(canister);
    await driver.update(
      canister,
      'keep',
      new Uint8Array(IDL.encode([IDL.Vec(IDL.Nat8)], [new Uint8Array(1_500_000)])),
    );
    await driver.update(canister, 'add', nat(4));
    await replica.restore(snapshot);
    expect(await get()).toEqual([4n, 1n]);
    expect((await replica.metrics(canister)).heapBytes).toBe(heapBytes);
    expect(nats(await driver.update(canister, 'addTwice', nat(3)))).toEqual([14n]);
  });

  it('is restored from a snapshot of the management canister', async () => {
    await driver.update(canister, 'add', nat(4));
    const taken = await callManagement(driver, 'take_canister_snapshot', {
      canister_id: Principal.fromText(canister),
      replace_snapshot: [],
    });
    expect(taken).toMatchObject({ kind: 'reply' });
    const { id } = decodeResult('take_canister_snapshot', replyBytes(taken)) as { id: Uint8Array };
    await driver.update(canister, 'add', nat(4));
    const loaded = await callManagement(
      driver,
      'load_canister_snapshot',
      canisterArgument(canister, { snapshot_id: id }),
    );
    expect(loaded).toMatchObject({ kind: 'reply' });
    expect(await get()).toEqual([4n, 1n]);
  });
});

describe('a Motoko actor with enhanced persistence only', () => {
  const installed = async (wasm: Uint8Array): Promise<[TestDriver, string]> => {
    const driver = createTestDriver();
    const canister = await driver.replica.createCanister();
    await driver.replica.install({ canister, mode: 'install', wasm, arg: NO_ARG });
    await driver.update(canister, 'add', nat(5));
    return [driver, canister];
  };
  const upgradeTo = (
    driver: TestDriver,
    canister: string,
    wasm: Uint8Array,
    memory: object[],
  ): Promise<Outcome> =>
    callManagement(
      driver,
      'install_code',
      canisterArgument(canister, {
        mode: { upgrade: [{ skip_pre_upgrade: [], wasm_memory_persistence: memory }] },
        wasm_module: wasm,
        arg: NO_ARG,
      }),
    );

  it('rejects an upgrade without wasm_memory_persistence and keeps its state', async () => {
    const [driver, canister] = await installed(moduleOf('enhanced'));
    expect(await upgradeTo(driver, canister, moduleOf('enhanced'), [])).toEqual({
      kind: 'reject',
      code: 5,
      errorCode: 'IC0504',
      text:
        'Missing upgrade option: Enhanced orthogonal persistence requires the ' +
        '`wasm_memory_persistence` upgrade option.',
    });
    expect(nats(await driver.query(canister, 'get', EMPTY), 2)).toEqual([5n, 1n]);
  });

  it('rejects an upgrade that keeps the memory for a module without enhanced persistence', async () => {
    const [driver, canister] = await installed(moduleOf('enhanced'));
    const outcome = await upgradeTo(driver, canister, moduleOf('classical'), [{ keep: null }]);
    expect(outcome).toMatchObject({ kind: 'reject', errorCode: 'IC0504' });
    expect((outcome as { text: string }).text).toContain('Invalid upgrade option');
    expect(nats(await driver.query(canister, 'get', EMPTY), 2)).toEqual([5n, 1n]);
  });

  it('loses its state when an upgrade replaces the memory', async () => {
    const [driver, canister] = await installed(moduleOf('enhanced'));
    const outcome = await upgradeTo(driver, canister, moduleOf('enhanced'), [{ replace: null }]);
    expect(outcome).toMatchObject({ kind: 'reply' });
    expect(nats(await driver.query(canister, 'get', EMPTY), 2)).toEqual([0n, 0n]);
  });

  it('rejects, in its own runtime, an implicit upgrade from classical persistence', async () => {
    const [driver, canister] = await installed(moduleOf('classical'));
    const outcome = await upgradeTo(driver, canister, moduleOf('enhanced'), [{ replace: null }]);
    expect(outcome).toMatchObject({ kind: 'reject', errorCode: 'IC0503' });
    expect((outcome as { text: string }).text).toContain(
      'Detected implicit upgrade from classical orthogonal persistence to enhanced orthogonal persistence.',
    );
    expect(nats(await driver.query(canister, 'get', EMPTY), 2)).toEqual([5n, 1n]);
  });
});
