/** Messages that a watch ends, on every path on which a canister can run. */
import { describe, expect, it } from 'vitest';
import { createEmbeddedReplica } from '../embedded-replica.js';
import type { ExecutionProgress } from '../execution-watch.js';
import { compileWat } from '../testing/compile-wat.js';
import { FORWARD, forwardArg, PRELUDE } from '../testing/module-text.js';
import { createTestDriver, hexOf, NO_ARG, USER } from '../testing/test-driver.js';

/** Ends a message at its first check, unless it is told to allow more. Counts the messages that begin. */
class CountingWatch {
  begun = 0;
  allowed = 0;
  readonly checks: ExecutionProgress[] = [];
  #overdue: string | undefined;

  begin(): void {
    this.begun++;
  }

  check(progress: ExecutionProgress): string | undefined {
    this.checks.push(progress);
    if (this.checks.length <= this.allowed) return undefined;
    this.#overdue = `${progress.what} takes too long`;
    return this.#overdue;
  }

  takeOverdue(): string | undefined {
    const overdue = this.#overdue;
    this.#overdue = undefined;
    return overdue;
  }
}

function createWatched() {
  const watch = new CountingWatch();
  return { watch, ...createTestDriver(createEmbeddedReplica({ watch })) };
}

const LOOP = '(global.set $n (i32.const 1)) (loop (br 0))';
/** A global and a query `n` that returns it, to see that a message was rolled back. */
const STATE = `${PRELUDE} (global $n (mut i32) (i32.const 0))
  (func (export "canister_query n") (i32.store (i32.const 0) (global.get $n)) (call $append (i32.const 0) (i32.const 1)) (call $reply))`;

describe('a watch', () => {
  it.each([
    ['canister_update x', 'update'],
    ['canister_query x', 'update'],
    ['canister_query x', 'query'],
    ['canister_composite_query x', 'query'],
  ] as const)('ends %s, called as an %s, and the message is rolled back', async (name, how) => {
    const driver = createWatched();
    const canister = await driver.install(`${STATE} (func (export "${name}") ${LOOP})`);
    await expect(driver[how](canister, 'x')).rejects.toThrow(`${name} takes too long`);
    expect(hexOf(await driver.query(canister, 'n'))).toBe('00');
    expect(driver.watch.checks[0]?.instructions).toBeGreaterThanOrEqual(50e6);
    expect(driver.watch.checks[0]?.canister).toBe(canister);
  });

  it.each(['update', 'query'] as const)(
    'ends an %s that grows the memory often, and what it wrote is rolled back',
    async (how) => {
      const driver = createWatched();
      const grow = '(loop (drop (memory.grow (i32.const 1))) (br 0))';
      const canister = await driver.install(`${PRELUDE}
        (func (export "canister_${how} x") (i32.store (i32.const 64) (i32.const 1)) ${grow})
        (func (export "canister_query n") (call $append (i32.const 64) (i32.const 1)) (call $reply))`);
      await expect(driver[how](canister, 'x')).rejects.toThrow(`canister_${how} x takes too long`);
      expect(driver.watch.checks[0]?.instructions).toBeLessThan(1e6);
      expect(hexOf(await driver.query(canister, 'n'))).toBe('00');
    },
  );

  it('makes the call fail with the reason', async () => {
    const driver = createWatched();
    const canister = await driver.install(`${STATE} (func (export "canister_update x") ${LOOP})`);
    const id = await driver.submit(canister, 'x');
    await expect(driver.deliver('ingress')).rejects.toThrow('takes too long');
    expect(hexOf(await driver.replica.poll(id))).toContain(
      'The embedded engine ended the message: canister_update x takes too long',
    );
  });

  it.each(['canister_init', 'canister_pre_upgrade', 'canister_post_upgrade', 'canister_start'])(
    'ends %s, and the canister keeps its code',
    async (hook) => {
      const driver = createWatched();
      const text = hook === 'canister_start' ? `(start $hook)` : `(export "${hook}" (func $hook))`;
      const canister = await driver.install(
        `${STATE} (func $hook) ${hook === 'canister_pre_upgrade' ? '' : text}`,
      );
      const endless = await compileWat(`(module ${STATE} (func $hook ${LOOP}) ${text})`);
      const mode = hook === 'canister_init' ? 'reinstall' : 'upgrade';
      const upgrade = () => driver.replica.install({ canister, mode, wasm: endless, arg: NO_ARG });
      // A hook before the upgrade is one of the old code.
      if (hook === 'canister_pre_upgrade') await upgrade();
      await expect(upgrade()).rejects.toThrow(`${hook} takes too long`);
      expect(hexOf(await driver.query(canister, 'n'))).toBe('00');
    },
  );

  it.each([
    ['timer', 'canister_global_timer'],
    ['heartbeat', 'canister_heartbeat'],
  ])('ends a %s', async (kind, name) => {
    const driver = createWatched();
    const canister = await driver.install(`${STATE} (func (export "${name}") ${LOOP})
      (func (export "canister_init") (drop (call $timer (i64.const 1))))`);
    await expect(driver.deliver(kind)).rejects.toThrow(`${name} takes too long`);
    expect(hexOf(await driver.query(canister, 'n'))).toBe('00');
  });

  it('ends an inspection of a message', async () => {
    const driver = createWatched();
    const canister = await driver.install(
      `${STATE} (func (export "canister_update x")) (func (export "canister_inspect_message") ${LOOP})`,
    );
    await expect(driver.submit(canister, 'x')).rejects.toThrow('canister_inspect_message takes too long');
  });

  it('ends a callback and the cleanup after it', async () => {
    const driver = createWatched();
    const canister = await driver.install(
      `${STATE} ${FORWARD.replace('(func $on_reply (param i32)', `(func $on_reply (param i32) ${LOOP}`)}
      (func (export "canister_update x") (call $forward (i32.const 10) (i64.const 0) (i32.const 0)))
      (func (export "canister_update y") (call $reply))`,
    );
    await driver.submit(canister, 'x', forwardArg(canister, 'y'));
    for (const kind of ['ingress', 'request']) await driver.deliver(kind);
    await expect(driver.deliver('response')).rejects.toThrow('reply callback takes too long');
  });

  it('ends a query that a composite query calls, and counts the tree as one message', async () => {
    const driver = createWatched();
    const leaf = await driver.install(`${STATE} (func (export "canister_query x") ${LOOP})`);
    const root = await driver.install(`${STATE} ${FORWARD}
      (func (export "canister_composite_query c") (call $forward (i32.const 10) (i64.const 0) (i32.const 0)))`);
    const { begun } = driver.watch;
    const call = { canister: root, method: 'c', arg: forwardArg(leaf, 'x'), caller: USER };
    await expect(driver.replica.query(call)).rejects.toThrow('canister_query x takes too long');
    expect(driver.watch.begun).toBe(begun + 1);
  });
});

describe('a watch that ends nothing', () => {
  /** Runs 300 million instructions, fills memory in one large step, and traps. */
  const BUSY = `${STATE} (func (export "canister_update x") (local $i i32)
    (loop (local.set $i (i32.add (local.get $i) (i32.const 1))) (br_if 0 (i32.lt_u (local.get $i) (i32.const 40000000))))
    (memory.fill (i32.const 0) (i32.const 7) (i32.const 65536))
    (global.set $n (i32.const 1)) (call $reply))
  (func (export "canister_update huge") (memory.fill (i32.const 0) (i32.const 0) (i32.const -1)))`;

  it('changes neither instructions nor failures', async () => {
    const watched = createWatched();
    watched.watch.allowed = Infinity;
    const plain = createTestDriver();
    const executions = [];
    for (const driver of [plain, watched]) {
      const canister = await driver.install(BUSY);
      await driver.submit(canister, 'x');
      const first = await driver.deliver('ingress');
      await driver.submit(canister, 'huge');
      const { instructions, failure } = await driver.deliver('ingress');
      executions.push([first.instructions, instructions, failure?.text]);
    }
    expect(executions[1]).toEqual(executions[0]);
    expect(watched.watch.checks.length).toBeGreaterThan(3);
    expect(watched.watch.checks.map(({ instructions }) => instructions)).toEqual(
      watched.watch.checks.map(({ instructions }) => instructions).toSorted((a, b) => a - b),
    );
  });
});
