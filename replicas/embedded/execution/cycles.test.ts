import { describe, expect, it } from 'vitest';
import { createEmbeddedReplica } from '../embedded-replica.js';
import { createBench, FORWARD, forwardArg, NO_ARG, PRELUDE, USER } from '../testing/bench-canister.js';
import { about, manage, NO_SETTINGS, valueOf } from '../testing/manage.js';
import { decodeResult } from '../management/candid-types.js';

const CODE = `${PRELUDE} ${FORWARD}
  (func (export "canister_update ok") (call $reply))
  (func (export "canister_update forward") (call $forward (i32.const 10) (i64.const 0) (i32.const 0)))
  (func (export "canister_update reply_code")
    (call $call_new (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
      (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 0))
    (i32.store8 (i32.const 500) (call $call_perform))
    (call $append (i32.const 500) (i32.const 1)) (call $reply))`;

const DAY_NS = 86_400_000_000_000n;

describe('a canister short of cycles', () => {
  it('is frozen: neither ingress nor calls get in, a stranger is not told how much it lacks', async () => {
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
    // It can be mended.
    const mended = { ...NO_SETTINGS, freezing_threshold: [0n] };
    await manage(bench, 'update_settings', about(canister, { settings: mended }));
    expect(await bench.update(canister, 'ok')).toMatchObject({ kind: 'reply' });
  });

  it('cannot send calls that it could not pay for; nothing traps', async () => {
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

  it('loses its code and its history when it cannot pay for its memory', async () => {
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

  it('pays for time by its memory: more of it costs more', async () => {
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
