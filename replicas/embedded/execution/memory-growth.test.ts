import { beforeEach, describe, expect, it } from 'vitest';
import type { Outcome } from '../../replica.js';
import { createEmbeddedReplica, type EmbeddedReplica } from '../embedded-replica.js';
import { decodeResult } from '../management-interface/candid-types.js';
import { principalToBytes } from '../principals.js';
import { callManagement, canisterArgument, NO_SETTINGS, replyBytes } from '../testing/management-call.js';
import { compileWat } from '../testing/compile-wat.js';
import { PRELUDE } from '../testing/module-text.js';
import { createTestDriver, NO_ARG, type TestDriver } from '../testing/test-driver.js';

const PAGE = 65_536n;
const GIB = 1_073_741_824n;

/** Each message grows a memory by 1,000 pages of 64 KiB and replies with the result of the instruction. */
const GROWING = `(import "ic0" "stable64_grow" (func $stable_grow (param i64) (result i64))) ${PRELUDE}
  (table 1 funcref)
  (elem (i32.const 0) $grow_later)
  (func $answer (param i64) (i64.store (i32.const 500) (local.get 0))
    (call $append (i32.const 500) (i32.const 8)) (call $reply))
  (func $heap (result i64) (i64.extend_i32_s (memory.grow (i32.const 1000))))
  (func (export "canister_update ok") (call $reply))
  (func (export "canister_update heap") (call $answer (call $heap)))
  (func (export "canister_update stable") (call $answer (call $stable_grow (i64.const 1000))))
  (func (export "canister_query heap_in_query") (call $answer (call $heap)))
  (func $grow_later (param i32) (call $answer (call $heap)))
  (func (export "canister_update heap_in_callback")
    (call $arg_copy (i32.const 0) (i32.const 0) (call $arg_size))
    (call $call_new (i32.const 0) (call $arg_size) (i32.const 600) (i32.const 2)
      (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))
    (drop (call $call_perform)))
  (data (i32.const 600) "ok")
  (func (export "canister_global_timer") (drop (call $heap)))
  (func (export "canister_update set_timer") (drop (call $timer (i64.const 1))) (call $reply))`;

describe('a canister that grows', () => {
  let replica: EmbeddedReplica;
  let driver: TestDriver;
  let canister: string;
  beforeEach(async () => {
    replica = createEmbeddedReplica();
    driver = createTestDriver(replica);
    canister = await driver.install(GROWING);
  });

  const set = (settings: object) =>
    callManagement(
      driver,
      'update_settings',
      canisterArgument(canister, { settings: { ...NO_SETTINGS, ...settings } }),
    );
  /** Leaves the canister a trillion cycles and a freezing threshold that a growth by 1,000 pages exceeds. */
  const impoverish = async (): Promise<void> => {
    await set({ freezing_threshold: [300_000_000n] });
    replica.engine.addCycles(canister, 10n ** 12n - (await replica.metrics(canister)).cycles);
  };
  const grown = (outcome: Outcome | undefined) => Number(Buffer.from(replyBytes(outcome)).readBigInt64LE());
  const pages = async () => (await replica.metrics(canister)).heapBytes / Number(PAGE);

  describe('beyond what it can pay for until the freezing threshold', () => {
    beforeEach(() => impoverish());

    it.each(['heap', 'stable'])('fails in an update that grows the %s memory', async (method) => {
      expect(await driver.update(canister, method)).toMatchObject({
        kind: 'reject',
        errorCode: 'IC0532',
        text: expect.stringMatching(
          /cannot grow memory by 65536000 bytes due to insufficient cycles\. At least [\d_]+ additional cycles/,
        ) as string,
      });
      expect(await pages()).toBe(1);
    });

    it('fails in a timer', async () => {
      await driver.update(canister, 'set_timer');
      await replica.setTime((await replica.time()) + 1n);
      expect(await driver.deliver('timer')).toMatchObject({ failure: { errorCode: 'IC0532' } });
      expect(await pages()).toBe(1);
    });

    it('grows in a query, and in a callback, after which it is frozen', async () => {
      expect(grown(await driver.query(canister, 'heap_in_query'))).toBe(1);
      const callee = principalToBytes(canister);
      expect(grown(await driver.update(canister, 'heap_in_callback', callee))).toBe(1);
      expect(await pages()).toBe(1_001);
      expect(await driver.query(canister, 'heap_in_query')).toMatchObject({
        errorCode: 'IC0207',
        text: `Canister ${canister} is unable to process query calls because it's frozen. Please top up the canister with cycles and try again.`,
      });
    });

    it('fails at the end of an installation, which changes nothing', async () => {
      const wasm = await compileWat(`(module (memory 1001))`);
      const outcome = await replica.install({ canister, mode: 'reinstall', wasm, arg: NO_ARG });
      expect(outcome).toMatchObject({
        errorCode: 'IC0532',
        text: expect.stringMatching(/^Canister cannot grow memory by \d+ bytes/) as string,
      });
      expect(await pages()).toBe(1);
    });
  });

  describe('beyond its memory allocation', () => {
    beforeEach(() => set({ memory_allocation: [4n * 1_048_576n] }));

    it('fails if the heap grows, and gets -1 if the stable memory grows', async () => {
      expect(await driver.update(canister, 'heap')).toMatchObject({
        errorCode: 'IC0507',
        text: expect.stringContaining('Canister cannot grow its memory usage.') as string,
      });
      expect(grown(await driver.update(canister, 'stable'))).toBe(-1);
    });

    it('cannot have an allocation below its usage or beyond the subnet', async () => {
      expect(await set({ memory_allocation: [1n] })).toMatchObject({
        code: 4,
        errorCode: 'IC0402',
        text: expect.stringMatching(/was given 1 B memory allocation but at least \d+ of memory/) as string,
      });
      expect(await set({ memory_allocation: [600n * GIB] })).toMatchObject({
        code: 1,
        errorCode: 'IC0101',
        text: expect.stringContaining(
          'Canister requested 600.00 GiB of memory but only 509.50 GiB',
        ) as string,
      });
    });
  });

  describe('beyond its limit of Wasm memory', () => {
    beforeEach(() => set({ wasm_memory_limit: [500n * PAGE] }));

    it('fails in an update, and grows in a callback, after which it executes no update', async () => {
      expect(await driver.update(canister, 'heap')).toMatchObject({ errorCode: 'IC0539' });
      const callee = principalToBytes(canister);
      expect(grown(await driver.update(canister, 'heap_in_callback', callee))).toBe(1);
      expect(await driver.update(canister, 'ok')).toMatchObject({ errorCode: 'IC0539' });
      expect(grown(await driver.query(canister, 'heap_in_query'))).toBe(1_001);
    });

    it('cannot be installed with a larger initial memory', async () => {
      const wasm = await compileWat(`(module (memory 501))`);
      const outcome = await replica.install({ canister, mode: 'reinstall', wasm, arg: NO_ARG });
      expect(outcome).toMatchObject({ errorCode: 'IC0539' });
    });
  });

  it('reserves cycles for storage once the subnet is well filled, up to the limit of its settings', async () => {
    const reserved = async (): Promise<bigint> => {
      const status = await callManagement(driver, 'canister_status', canisterArgument(canister));
      const value = decodeResult('canister_status', replyBytes(status)) as { reserved_cycles: bigint };
      return value.reserved_cycles;
    };
    await driver.update(canister, 'stable');
    expect(await reserved()).toBe(0n);
    for (const gib of [450n, 380n]) await takeMemory(gib * GIB);
    expect(grown(await driver.update(canister, 'stable'))).toBe(1_000);
    const first = await reserved();
    expect(first).toBeGreaterThan(0n);
    expect(await set({ reserved_cycles_limit: [first - 1n] })).toMatchObject({ errorCode: 'IC0540' });
    await set({ reserved_cycles_limit: [first] });
    expect(await driver.update(canister, 'stable')).toMatchObject({
      errorCode: 'IC0534',
      text: expect.stringContaining('due to its reserved cycles limit') as string,
    });
    // The reserve pays for storage before the balance does.
    const { cycles } = await replica.metrics(canister);
    await replica.setTime((await replica.time()) + 100_000_000_000n);
    await replica.round();
    expect((await replica.metrics(canister)).cycles).toBe(cycles);
    expect(await reserved()).toBeLessThan(first);
  });

  /** Another canister takes this much of the subnet. */
  const takeMemory = async (bytes: bigint): Promise<void> => {
    const other = await replica.createCanister();
    replica.engine.addCycles(other, 10n ** 20n);
    const settings = { ...NO_SETTINGS, memory_allocation: [bytes], reserved_cycles_limit: [10n ** 18n] };
    const argument = canisterArgument(other, { settings });
    expect(await callManagement(driver, 'update_settings', argument)).toMatchObject({ kind: 'reply' });
  };
});
