import { describe, expect, it } from 'vitest';
import { createEmbeddedReplica } from '../embedded-replica.js';
import { FORWARD, forwardArg, PRELUDE } from '../testing/module-text.js';
import { costOfIngress, createTestDriver, NO_ARG, USER } from '../testing/test-driver.js';
import { canisterArgument, callManagement, NO_SETTINGS, replyBytes } from '../testing/management-call.js';
import { decodeResult } from '../management-interface/candid-types.js';

const CODE = `${PRELUDE} ${FORWARD}
  (func (export "canister_update ok") (call $reply))
  (func (export "canister_update forward") (call $forward (i32.const 10) (i64.const 0) (i32.const 0)))
  (func (export "canister_update reply_code")
    (call $call_new (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
      (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 0))
    (i32.store8 (i32.const 500) (call $call_perform))
    (call $append (i32.const 500) (i32.const 1)) (call $reply))`;

const DAY_NS = 86_400_000_000_000n;

const BALANCE = `(import "ic0" "canister_cycle_balance" (func $balance (result i64))) ${CODE}
  (func (export "canister_update balance")
    (i64.store (i32.const 500) (call $balance))
    (call $append (i32.const 500) (i32.const 8)) (call $reply))
  (func (export "canister_update long")
    (call $append (i32.const 600) (i32.const 100)) (call $reply))`;

/** The fixed fee of a message, the cost of its instruction limit, and the cost of a response of maximum size. */
const BASE = 5_000_000n;
const LIMIT = 40_000_000_000n;
const RESPONSE_MAX = 2_097_152_000n;

describe('the cost of a message', () => {
  const setUp = async () => {
    const replica = createEmbeddedReplica();
    const driver = createTestDriver(replica);
    const [caller, callee] = [await driver.install(BALANCE), await driver.install(BALANCE)];
    const cycles = async (canister = caller) => (await replica.metrics(canister)).cycles;
    return { replica, driver, caller, callee, cycles };
  };

  it('is set aside for the whole limit while the message runs, and is then its fee and its instructions', async () => {
    const { driver, caller, cycles } = await setUp();
    await driver.submit(caller, 'balance');
    const before = (await cycles()) - costOfIngress('balance');
    const { choice, instructions } = await driver.deliver('ingress');
    const seen = Buffer.from(replyBytes(await driver.replica.poll(choice.id))).readBigUInt64LE();
    expect(seen).toBe(before - BASE - LIMIT);
    expect(await cycles()).toBe(before - BASE - BigInt(instructions));
  });

  it('includes a reserve for the callback and the largest response of a call, which returns the unused part', async () => {
    const { driver, caller, callee, cycles } = await setUp();
    const arg = forwardArg(callee, 'long');
    const id = await driver.submit(caller, 'forward', arg);
    const before = (await cycles()) - costOfIngress('forward', arg);
    const sending = await driver.deliver('ingress');
    const fee = 260_000n + 4n * 1_000n;
    expect(await cycles()).toBe(
      before - BASE - BigInt(sending.instructions) - fee - (BASE + LIMIT) - RESPONSE_MAX,
    );
    await driver.deliver('request');
    const returning = await driver.deliver('response');
    const all = BigInt(sending.instructions + returning.instructions);
    expect(await cycles()).toBe(before - 2n * BASE - all - fee - 100n * 1_000n);
    expect(replyBytes(await driver.replica.poll(id)).length).toBe(100);
  });

  it('is hidden, like all reserves, from the balance that a message sees', async () => {
    const { driver, caller, cycles } = await setUp();
    // The canister calls itself, so the callee runs while the reserve is set aside.
    const id = await driver.submit(caller, 'forward', forwardArg(caller, 'balance'));
    await driver.deliver('ingress');
    const during = await cycles();
    await driver.deliver('request');
    await driver.deliver('response');
    const seen = Buffer.from(replyBytes(await driver.replica.poll(id))).readBigUInt64LE();
    expect(seen).toBe(during - BASE - LIMIT);
  });

  it('is the fee and the bytes of the reject for a call that cannot be delivered', async () => {
    const { driver, caller, cycles } = await setUp();
    const missing = 'mf7xa-laaaa-aaaar-qaaaa-cai';
    const arg = forwardArg(missing, 'ok');
    const id = await driver.submit(caller, 'forward', arg);
    const before = (await cycles()) - costOfIngress('forward', arg);
    const sending = await driver.deliver('ingress');
    const returning = await driver.deliver('response');
    const text = `No route to canister ${missing}`;
    const all = BigInt(sending.instructions + returning.instructions);
    expect(await cycles()).toBe(before - 2n * BASE - all - 262_000n - BigInt(text.length + 1) * 1_000n);
    expect(Buffer.from(replyBytes(await driver.replica.poll(id)).slice(4)).toString()).toBe(text);
  });

  it('must be payable for the whole limit of an installation', async () => {
    const { replica, driver, caller, cycles } = await setUp();
    replica.engine.addCycles(caller, 300_000_000_000n - (await cycles()));
    const settings = { ...NO_SETTINGS, freezing_threshold: [0n] };
    await callManagement(driver, 'update_settings', canisterArgument(caller, { settings }));
    const install = () =>
      replica.install({ canister: caller, mode: 'reinstall', wasm: EMPTY_MODULE, arg: NO_ARG });
    expect(await install()).toMatchObject({
      errorCode: 'IC0207',
      text: expect.stringMatching(
        /^Canister installation failed with `Canister .* is out of cycles/,
      ) as string,
    });
    replica.engine.addCycles(caller, 10_000_000n);
    expect(await install()).toMatchObject({ kind: 'reply' });
  });
});

/** The magic number and the version of a wasm module. */
const EMPTY_MODULE = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

describe('a canister with few cycles', () => {
  it('is frozen: it accepts neither ingress messages nor calls, and only controllers learn the missing amount', async () => {
    const driver = createTestDriver();
    const canister = await driver.install(CODE);
    const caller = await driver.install(CODE);
    const settings = { ...NO_SETTINGS, freezing_threshold: [10n ** 18n] };
    await callManagement(driver, 'update_settings', canisterArgument(canister, { settings }));
    const submit = (user: string) =>
      driver.replica.submit({ canister, method: 'ok', arg: NO_ARG, caller: user });
    expect(await submit(USER)).toMatchObject({
      kind: 'refused',
      reject: {
        errorCode: 'IC0207',
        text: expect.stringMatching(
          /is out of cycles: please top up the canister with at least [\d_]+ additional cycles$/,
        ) as string,
      },
    });
    expect(await submit('aaaaa-aa')).toMatchObject({
      reject: { errorCode: 'IC0207', text: `Canister ${canister} is out of cycles` },
    });
    const rejected = await driver.update(caller, 'forward', forwardArg(canister, 'ok'));
    expect(replyBytes(rejected)[0]).toBe(2);
    // A controller can still lower the threshold.
    const unfrozen = { ...NO_SETTINGS, freezing_threshold: [0n] };
    await callManagement(driver, 'update_settings', canisterArgument(canister, { settings: unfrozen }));
    expect(await driver.update(canister, 'ok')).toMatchObject({ kind: 'reply' });
  });

  it('gets an error code, not a trap, when it sends a call that it cannot pay for', async () => {
    const replica = createEmbeddedReplica();
    const driver = createTestDriver(replica);
    const canister = await driver.install(CODE);
    expect(replyBytes(await driver.update(canister, 'reply_code'))[0]).toBe(0);
    await driver.deliver('response');
    const { cycles } = await replica.metrics(canister);
    replica.engine.addCycles(canister, 42_000_000_000n - cycles);
    const settings = { ...NO_SETTINGS, freezing_threshold: [0n] };
    await callManagement(driver, 'update_settings', canisterArgument(canister, { settings }));
    expect(replyBytes(await driver.update(canister, 'reply_code'))[0]).toBe(2);
  });

  it('loses its code and its canister history when it cannot pay for its memory', async () => {
    const replica = createEmbeddedReplica();
    const driver = createTestDriver(replica);
    const canister = await driver.install(CODE);
    const { cycles } = await replica.metrics(canister);
    replica.engine.addCycles(canister, 1_000_000n - cycles);
    await replica.setTime((await replica.time()) + 365n * DAY_NS);
    await replica.round();
    expect(await replica.metrics(canister)).toMatchObject({ heapBytes: 0, cycles: 0n });
    expect(replica.engine.moduleHash(canister)).toBeUndefined();
    replica.engine.addCycles(canister, 10n ** 12n);
    const status = decodeResult(
      'canister_status',
      replyBytes(await callManagement(driver, 'canister_status', canisterArgument(canister))),
    );
    expect(status).toMatchObject({ module_hash: [], memory_size: 0n });
  });

  it('pays for memory over time in proportion to its size', async () => {
    const replica = createEmbeddedReplica();
    const driver = createTestDriver(replica);
    const small = await driver.install(PRELUDE);
    const large = await driver.install(PRELUDE.replace('(memory 1)', '(memory 100)'));
    const balances = async () =>
      await Promise.all([small, large].map(async (id) => (await replica.metrics(id)).cycles));
    const before = await balances();
    await replica.setTime((await replica.time()) + DAY_NS);
    await replica.round();
    const after = await balances();
    const [paid, paidMore] = before.map((balance, i) => balance - after[i]!);
    expect(Number(paidMore! / paid!)).toBeGreaterThan(50);
  });
});
