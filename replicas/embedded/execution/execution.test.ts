import { Principal } from '@icp-sdk/core/principal';
import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../replica.js';
import { compileWat } from '../testing/compile-wat.js';
import { FORWARD, forwardArg, PRELUDE } from '../testing/module-text.js';
import { costOfIngress, createTestDriver, hexOf, NO_ARG, USER } from '../testing/test-driver.js';

const CALLER = `${PRELUDE} ${FORWARD}
  (func (export "canister_update forward") (call $forward (i32.const 10) (i64.const 0) (i32.const 0)))
  (func (export "canister_update pay") (call $forward (i32.const 10) (i64.const 1000) (i32.const 0)))
  (func (export "canister_update hurry") (call $forward (i32.const 10) (i64.const 0) (i32.const 10)))
  (func (export "canister_update manage") (call $forward (i32.const 0) (i64.const 0) (i32.const 0)))
  (func (export "canister_composite_query composed") (call $forward (i32.const 10) (i64.const 0) (i32.const 0)))`;

const ECHO = `${PRELUDE}
  (func (export "canister_update echo")
    (call $arg_copy (i32.const 0) (i32.const 0) (call $arg_size))
    (call $append (i32.const 0) (call $arg_size))
    (call $reply))
  (func (export "canister_update take") (drop (call $accept (i64.const 400))) (call $reply))
  (func (export "canister_query read")
    (i32.store (i32.const 0) (call $replicated))
    (call $append (i32.const 0) (i32.const 1))
    (call $reply))`;

function latin1(outcome: Outcome | undefined): string {
  return outcome?.kind === 'reply' ? Buffer.from(outcome.bytes).toString('latin1') : '';
}

/** 260,000 cycles and 1,000 cycles for each of the four bytes of the method name. */
const CALL_FEE = 264_000n;
/** Cycles set aside until the response arrives: for a callback of 40e9 instructions and a response of 2 MiB. */
const RESERVE = 5_000_000n + 40_000_000_000n + 2_097_152_000n;

describe('a call to another canister', () => {
  it('passes the argument to the callee and the reply to the caller', async () => {
    const driver = createTestDriver();
    const [caller, echo] = [await driver.install(CALLER), await driver.install(ECHO)];
    const arg = forwardArg(echo, 'echo', Uint8Array.of(1, 2, 3));
    expect(hexOf(await driver.update(caller, 'forward', arg))).toBe('010203');
  });

  it('transfers the accepted cycles and refunds the others', async () => {
    const driver = createTestDriver();
    const [caller, echo] = [await driver.install(CALLER), await driver.install(ECHO)];
    const arg = forwardArg(echo, 'take');
    const id = await driver.submit(caller, 'pay', arg);
    const cycles = async (canister: string) => (await driver.replica.metrics(canister)).cycles;
    const start = (await cycles(caller)) - costOfIngress('pay', arg);
    const sending = await driver.deliver('ingress');
    expect(start - (await cycles(caller))).toBe(
      1_000n + CALL_FEE + RESERVE + 5_000_000n + BigInt(sending.instructions),
    );
    const before = await cycles(echo);
    const taking = await driver.deliver('request');
    expect((await cycles(echo)) - before).toBe(400n - 5_000_000n - BigInt(taking.instructions));
    const sent = await cycles(caller);
    const returning = await driver.deliver('response');
    expect((await cycles(caller)) - sent).toBe(600n + RESERVE - 5_000_000n - BigInt(returning.instructions));
    expect(await driver.replica.poll(id)).toMatchObject({ kind: 'reply' });
  });

  it('reaches the management canister, whose raw_rand repeats its 32 bytes after a restore, whatever was delivered in between', async () => {
    const driver = createTestDriver();
    const [caller, echo] = [await driver.install(CALLER), await driver.install(ECHO)];
    const arg = Uint8Array.from([8, ...Buffer.from('raw_rand'), ...Buffer.from('DIDL\0\0')]);
    const snapshot = await driver.replica.snapshot();
    const first = hexOf(await driver.update(caller, 'manage', arg));
    expect(first).toMatch(/^4449444c016d7b010020[0-9a-f]{64}$/);
    expect(hexOf(await driver.update(caller, 'manage', arg))).not.toBe(first);
    await driver.replica.restore(snapshot);
    await driver.update(echo, 'echo');
    expect(hexOf(await driver.update(caller, 'manage', arg))).toBe(first);
  });

  it('is rejected at once, with the error code, for an unknown method of the management canister', async () => {
    const driver = createTestDriver();
    const caller = await driver.install(CALLER);
    const outcome = await driver.update(caller, 'manage', Uint8Array.from([4, ...Buffer.from('nope')]));
    expect(outcome?.kind === 'reply' && Buffer.from(outcome.bytes).toString('latin1')).toBe(
      "\u0005\0\0\0IC0536: Management canister has no method 'nope'",
    );
  });

  it('delays stop_canister while it is open, and new messages are refused in the meantime', async () => {
    const driver = createTestDriver();
    const [caller, echo] = [await driver.install(CALLER), await driver.install(ECHO)];
    const call = await driver.submit(caller, 'forward', forwardArg(echo, 'echo', Uint8Array.of(7)));
    await driver.deliver('ingress');
    const stop = driver.replica.engine.submitManagement('stop_canister', USER, {
      canister_id: Principal.fromText(caller),
    });
    if (stop.kind !== 'accepted') throw new Error('refused');
    await driver.replica.deliver(stop.id);
    expect(await driver.replica.poll(stop.id)).toBeUndefined();
    const refused = await driver.replica.submit({
      canister: caller,
      method: 'forward',
      arg: NO_ARG,
      caller: USER,
    });
    expect(refused).toMatchObject({ kind: 'refused', reject: { errorCode: 'IC0509' } });
    await driver.deliver('request');
    await driver.deliver('response');
    expect(hexOf(await driver.replica.poll(call))).toBe('07');
    expect(hexOf(await driver.replica.poll(stop.id))).toBe('4449444c0000');
  });

  it('expires at its deadline if it is best-effort, and its late response is dropped', async () => {
    const driver = createTestDriver();
    const [caller, echo] = [await driver.install(CALLER), await driver.install(ECHO)];
    const id = await driver.submit(caller, 'hurry', forwardArg(echo, 'echo'));
    await driver.deliver('ingress');
    await driver.deliver('request');
    await driver.replica.setTime((await driver.replica.time()) + 9_000_000_000n);
    expect((await driver.replica.deliverable()).map(({ kind }) => kind)).toEqual(['response']);
    const answered = await driver.replica.snapshot();
    await driver.deliver('response');
    expect(hexOf(await driver.replica.poll(id))).toBe('');
    await driver.replica.restore(answered);

    const slow = await driver.submit(caller, 'hurry', forwardArg(echo, 'echo'));
    await driver.replica.deliver(slow);
    await driver.replica.setTime((await driver.replica.time()) + 11_000_000_000n);
    const kinds = (await driver.replica.deliverable()).map(({ kind }) => kind);
    expect(kinds).toEqual(['response', 'response']);
    await driver.deliver('response');
    await driver.deliver('response');
    const outcome = await driver.replica.poll(slow);
    expect(outcome?.kind === 'reply' && Buffer.from(outcome.bytes).toString('latin1')).toBe(
      '\u0006\0\0\0Call deadline has expired.',
    );
  });

  it('is never lost if it has a guaranteed response', async () => {
    const driver = createTestDriver();
    const [caller, echo] = [await driver.install(CALLER), await driver.install(ECHO)];
    await driver.submit(caller, 'forward', forwardArg(echo, 'echo'));
    await driver.deliver('ingress');
    const [request] = await driver.replica.deliverable();
    expect(request).not.toHaveProperty('mayBeLost');
    await expect(driver.replica.lose(request?.id ?? '')).rejects.toThrow('cannot be lost');
  });

  it('may lose its request if it is best-effort: the callee does not execute it, and the outcome is unknown', async () => {
    const { replica, deliver, ...driver } = createTestDriver();
    const [caller, echo] = [await driver.install(CALLER), await driver.install(ECHO)];
    const id = await driver.submit(caller, 'hurry', forwardArg(echo, 'echo', Uint8Array.of(1)));
    await deliver('ingress');
    const [request] = await replica.deliverable();
    expect(request).toMatchObject({ kind: 'request', mayBeLost: true });
    const before = (await replica.metrics(echo)).instructions;
    await replica.lose(request?.id ?? '');
    await deliver('response');
    expect((await replica.metrics(echo)).instructions).toBe(before);
    expect(latin1(await replica.poll(id))).toBe('\u0006\0\0\0Call deadline has expired.');
    expect(await replica.deliverable()).toEqual([]);
  });

  it('may lose its response if it is best-effort: the callee has executed it, and the outcome is unknown', async () => {
    const { replica, deliver, ...driver } = createTestDriver();
    const [caller, echo] = [await driver.install(CALLER), await driver.install(ECHO)];
    const id = await driver.submit(caller, 'hurry', forwardArg(echo, 'echo', Uint8Array.of(1)));
    await deliver('ingress');
    const before = (await replica.metrics(echo)).instructions;
    await deliver('request');
    const [response] = await replica.deliverable();
    await replica.lose(response?.id ?? '');
    const [unknown] = await replica.deliverable();
    expect(unknown).not.toHaveProperty('mayBeLost');
    await deliver('response');
    expect((await replica.metrics(echo)).instructions).toBeGreaterThan(before);
    expect(latin1(await replica.poll(id))).toBe('\u0006\0\0\0Response was dropped.');
  });

  it.each(['frozen', 'out of cycles'] as const)(
    'is rejected with IC0207 if its callee is %s',
    async (condition) => {
      const driver = createTestDriver();
      const [caller, echo] = [await driver.install(CALLER), await driver.install(ECHO)];
      await driver.replica.setCondition(echo, condition);
      const arg = forwardArg(echo, 'echo', Uint8Array.of(1));
      expect(latin1(await driver.update(caller, 'forward', arg))).toMatch(/^\u0002\0\0\0.*out of cycles/s);
      await driver.replica.setCondition(echo, 'normal');
      expect(hexOf(await driver.update(caller, 'forward', arg))).toBe('01');
    },
  );

  it('is rejected when its canister is uninstalled, and its late response is dropped', async () => {
    const driver = createTestDriver();
    const [caller, echo] = [await driver.install(CALLER), await driver.install(ECHO)];
    const call = await driver.submit(caller, 'forward', forwardArg(echo, 'echo'));
    await driver.deliver('ingress');
    const uninstall = driver.replica.engine.submitManagement('uninstall_code', USER, {
      canister_id: Principal.fromText(caller),
    });
    if (uninstall.kind !== 'accepted') throw new Error('refused');
    await driver.replica.deliver(uninstall.id);
    expect(await driver.replica.poll(call)).toMatchObject({
      code: 4,
      text: 'Canister has been uninstalled.',
    });
    await driver.deliver('request');
    expect((await driver.deliver('response')).instructions).toBe(0);
    expect(await driver.replica.deliverable()).toEqual([]);
  });
});

describe('a query', () => {
  it('knows whether it runs in replicated mode', async () => {
    const driver = createTestDriver();
    const echo = await driver.install(ECHO);
    expect(hexOf(await driver.query(echo, 'read'))).toBe('00');
    expect(hexOf(await driver.update(echo, 'read'))).toBe('01');
  });

  it('calls other queries if it is composite, and cannot be called as an update', async () => {
    const driver = createTestDriver();
    const [caller, echo] = [await driver.install(CALLER), await driver.install(ECHO)];
    expect(hexOf(await driver.query(caller, 'composed', forwardArg(echo, 'read')))).toBe('00');
    const missing = await driver.query(caller, 'composed', forwardArg(echo, 'echo'));
    expect(missing.kind === 'reply' && Buffer.from(missing.bytes).toString('latin1')).toContain(
      "Canister has no query method 'echo'.",
    );
    const refused = await driver.replica.submit({
      canister: caller,
      method: 'composed',
      arg: NO_ARG,
      caller: USER,
    });
    expect(refused).toMatchObject({ kind: 'refused', reject: { errorCode: 'IC0527' } });
  });
});

describe('tasks and time', () => {
  it('offers a timer once when it is due', async () => {
    const driver = createTestDriver();
    const canister = await driver.install(`${PRELUDE}
      (global $fired (mut i32) (i32.const 0))
      (func (export "canister_update set")
        (drop (call $timer (i64.add (call $time) (i64.const 1000)))) (call $reply))
      (func (export "canister_global_timer") (global.set $fired (i32.add (global.get $fired) (i32.const 1))))
      (func (export "canister_query fired")
        (i32.store (i32.const 0) (global.get $fired)) (call $append (i32.const 0) (i32.const 1)) (call $reply))`);
    await driver.update(canister, 'set');
    expect(await driver.replica.deliverable()).toEqual([]);
    await driver.replica.setTime((await driver.replica.time()) + 1_000n);
    expect(await driver.replica.deliverable()).toEqual([
      { id: `timer:${canister}`, kind: 'timer', receiver: canister, method: '', root: undefined },
    ]);
    await driver.deliver('timer');
    expect(await driver.replica.deliverable()).toEqual([]);
    expect(hexOf(await driver.query(canister, 'fired'))).toBe('01');
  });

  it('offers a heartbeat once per value of the replica time', async () => {
    const driver = createTestDriver();
    await driver.install('(func (export "canister_heartbeat"))');
    await driver.deliver('heartbeat');
    expect(await driver.replica.deliverable()).toEqual([]);
    await driver.replica.setTime((await driver.replica.time()) + 1n);
    await driver.deliver('heartbeat');
  });

  it('refuses to set the time back', async () => {
    const { replica } = createTestDriver();
    await expect(replica.setTime(1n)).rejects.toThrow('time cannot go back');
  });
});

describe('failures and instances', () => {
  const NESTED = `${PRELUDE}
    (func $inner unreachable)
    (func $_ZN4core9panicking5panic17h0123456789abcdefE (call $inner))
    (func (export "canister_update boom") (call $_ZN4core9panicking5panic17h0123456789abcdefE))`;

  it('shows the backtrace in the log, and in the reject for callers who may read the log', async () => {
    const driver = createTestDriver();
    const canister = await driver.install(NESTED);
    const trace = 'unreachable\nCanister Backtrace:\ninner\ncore::panicking::panic\n';
    const outcome = await driver.update(canister, 'boom');
    expect(outcome).toMatchObject({ kind: 'reject', errorCode: 'IC0502' });
    expect(outcome?.kind === 'reject' && outcome.text).toContain(
      `Error from Canister ${canister}: Canister trapped: ${trace}`,
    );
    const [record] = await driver.replica.logs(canister);
    expect(Buffer.from(record!.content).toString()).toContain(`[TRAP]: ${trace}`);

    const stranger = 'rrkah-fqaaa-aaaaa-aaaaq-cai';
    const submission = await driver.replica.submit({
      canister,
      method: 'boom',
      arg: NO_ARG,
      caller: stranger,
    });
    if (submission.kind !== 'accepted') throw new Error('refused');
    await driver.replica.deliver(submission.id);
    const seen = await driver.replica.poll(submission.id);
    expect(seen?.kind === 'reject' && seen.text).toContain('Canister trapped: unreachable.\nConsider');
  });

  it('gives a module that drops data segments a new instance for each message', async () => {
    const driver = createTestDriver();
    const canister = await driver.install(`${PRELUDE}
      (data $d "abc")
      (func (export "canister_update once")
        (memory.init $d (i32.const 0) (i32.const 0) (i32.const 3)) (data.drop $d)
        (call $append (i32.const 0) (i32.const 3)) (call $reply))`);
    for (let i = 0; i < 2; i++) expect(hexOf(await driver.update(canister, 'once'))).toBe('616263');
  });

  it('rejects a message to a canister without cycles before any code runs', async () => {
    const driver = createTestDriver();
    const canister = await driver.replica.createCanister({ cycles: 1_000_000_000_000n });
    const wasm = await compileWat('(module (func (export "canister_update x")))');
    expect(await driver.replica.install({ canister, mode: 'install', wasm, arg: NO_ARG })).toMatchObject({
      kind: 'reply',
    });
    // Below the cost of the message's instruction limit. The installation needed more than that.
    driver.replica.engine.addCycles(canister, -999_000_000_000n);
    const id = await driver.submit(canister, 'x');
    const { failure } = await driver.deliver('ingress');
    expect(failure).toMatchObject({ code: 2, errorCode: 'IC0207' });
    expect(await driver.replica.poll(id)).toMatchObject({
      text: expect.stringMatching(
        / is out of cycles: please top up the canister with at least [\d_]+ additional cycles$/,
      ) as string,
    });
  });
});
