import { describe, expect, it } from 'vitest';
import { createEmbeddedReplica } from '../embedded-replica.js';
import { createBench, FORWARD, forwardArg, NO_ARG, PRELUDE, USER } from '../testing/bench-canister.js';
import { about, manage, NO_SETTINGS, valueOf } from '../testing/manage.js';
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
    const bench = createBench(replica);
    const [caller, callee] = [await bench.install(BALANCE), await bench.install(BALANCE)];
    const cycles = async (canister = caller) => (await replica.metrics(canister)).cycles;
    return { replica, bench, caller, callee, cycles };
  };

  it('is set aside for the whole limit while the message runs, and is then its fee and its instructions', async () => {
    const { bench, caller, cycles } = await setUp();
    await bench.submit(caller, 'balance');
    const before = await cycles();
    const { choice, instructions } = await bench.deliver('ingress');
    const seen = Buffer.from(valueOf(await bench.replica.poll(choice.id))).readBigUInt64LE();
    expect(seen).toBe(before - BASE - LIMIT);
    expect(await cycles()).toBe(before - BASE - BigInt(instructions));
  });

  it('includes a reserve for the callback and the largest response of a call, which returns the unused part', async () => {
    const { bench, caller, callee, cycles } = await setUp();
    const id = await bench.submit(caller, 'forward', forwardArg(callee, 'long'));
    const before = await cycles();
    const sending = await bench.deliver('ingress');
    const fee = 260_000n + 4n * 1_000n;
    expect(await cycles()).toBe(
      before - BASE - BigInt(sending.instructions) - fee - (BASE + LIMIT) - RESPONSE_MAX,
    );
    await bench.deliver('request');
    const returning = await bench.deliver('response');
    const all = BigInt(sending.instructions + returning.instructions);
    expect(await cycles()).toBe(before - 2n * BASE - all - fee - 100n * 1_000n);
    expect(valueOf(await bench.replica.poll(id)).length).toBe(100);
  });

  it('is hidden, like all reserves, from the balance that a message sees', async () => {
    const { bench, caller, cycles } = await setUp();
    // The canister calls itself, so the callee runs while the reserve is set aside.
    const id = await bench.submit(caller, 'forward', forwardArg(caller, 'balance'));
    await bench.deliver('ingress');
    const during = await cycles();
    await bench.deliver('request');
    await bench.deliver('response');
    const seen = Buffer.from(valueOf(await bench.replica.poll(id))).readBigUInt64LE();
    expect(seen).toBe(during - BASE - LIMIT);
  });

  it('is the fee and the bytes of the reject for a call that cannot be delivered', async () => {
    const { bench, caller, cycles } = await setUp();
    const missing = 'mf7xa-laaaa-aaaar-qaaaa-cai';
    const id = await bench.submit(caller, 'forward', forwardArg(missing, 'ok'));
    const before = await cycles();
    const sending = await bench.deliver('ingress');
    const returning = await bench.deliver('response');
    const text = `No route to canister ${missing}`;
    const all = BigInt(sending.instructions + returning.instructions);
    expect(await cycles()).toBe(before - 2n * BASE - all - 262_000n - BigInt(text.length) * 1_000n);
    expect(Buffer.from(valueOf(await bench.replica.poll(id)).slice(4)).toString()).toBe(text);
  });

  it('must be payable for the whole limit of an installation', async () => {
    const { replica, bench, caller, cycles } = await setUp();
    replica.engine.addCycles(caller, 300_000_000_000n - (await cycles()));
    const settings = { ...NO_SETTINGS, freezing_threshold: [0n] };
    await manage(bench, 'update_settings', about(caller, { settings }));
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
    const bench = createBench();
    const canister = await bench.install(CODE);
    const caller = await bench.install(CODE);
    const settings = { ...NO_SETTINGS, freezing_threshold: [10n ** 18n] };
    await manage(bench, 'update_settings', about(canister, { settings }));
    const submit = (user: string) =>
      bench.replica.submit({ canister, method: 'ok', arg: NO_ARG, caller: user });
    expect(await submit(USER)).toMatchObject({
      kind: 'refused',
      reject: {
        errorCode: 'IC0207',
        text: expect.stringMatching(
          /is out of cycles: please top up the canister with at least \d+ additional cycles$/,
        ) as string,
      },
    });
    expect(await submit('aaaaa-aa')).toMatchObject({
      reject: { errorCode: 'IC0207', text: `Canister ${canister} is out of cycles` },
    });
    const rejected = await bench.update(caller, 'forward', forwardArg(canister, 'ok'));
    expect(valueOf(rejected)[0]).toBe(2);
    // A controller can still lower the threshold.
    const unfrozen = { ...NO_SETTINGS, freezing_threshold: [0n] };
    await manage(bench, 'update_settings', about(canister, { settings: unfrozen }));
    expect(await bench.update(canister, 'ok')).toMatchObject({ kind: 'reply' });
  });

  it('gets an error code, not a trap, when it sends a call that it cannot pay for', async () => {
    const replica = createEmbeddedReplica();
    const bench = createBench(replica);
    const canister = await bench.install(CODE);
    expect(valueOf(await bench.update(canister, 'reply_code'))[0]).toBe(0);
    const { cycles } = await replica.metrics(canister);
    replica.engine.addCycles(canister, 42_000_000_000n - cycles);
    const settings = { ...NO_SETTINGS, freezing_threshold: [0n] };
    await manage(bench, 'update_settings', about(canister, { settings }));
    expect(valueOf(await bench.update(canister, 'reply_code'))[0]).toBe(2);
  });

  it('loses its code and its canister history when it cannot pay for its memory', async () => {
    const replica = createEmbeddedReplica();
    const bench = createBench(replica);
    const canister = await bench.install(CODE);
    const { cycles } = await replica.metrics(canister);
    replica.engine.addCycles(canister, 1_000_000n - cycles);
    await replica.setTime((await replica.time()) + 365n * DAY_NS);
    await replica.round();
    expect(await replica.metrics(canister)).toMatchObject({ heapBytes: 0, cycles: 0n });
    expect(replica.engine.moduleHash(canister)).toBeUndefined();
    replica.engine.addCycles(canister, 10n ** 12n);
    const status = decodeResult(
      'canister_status',
      valueOf(await manage(bench, 'canister_status', about(canister))),
    );
    expect(status).toMatchObject({ module_hash: [], memory_size: 0n });
  });

  it('pays for memory over time in proportion to its size', async () => {
    const replica = createEmbeddedReplica();
    const bench = createBench(replica);
    const small = await bench.install(PRELUDE);
    const large = await bench.install(PRELUDE.replace('(memory 1)', '(memory 100)'));
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
