import { describe, expect, it } from 'vitest';
import { createBench, hexOf, PRELUDE } from '../testing/bench-canister.js';
import { about, manage, NO_SETTINGS } from '../testing/manage.js';

const PAGE = 65_536n;

const WATCHED = `${PRELUDE}
  (global $hooks (mut i32) (i32.const 0))
  (func (export "canister_update grow") (drop (memory.grow (i32.const 1))) (call $reply))
  (func (export "canister_query hooks") (i32.store8 (i32.const 0) (global.get $hooks))
    (call $append (i32.const 0) (i32.const 1)) (call $reply))
  (func (export "canister_on_low_wasm_memory")
    (global.set $hooks (i32.add (global.get $hooks) (i32.const 1))))`;

describe('canister_on_low_wasm_memory', () => {
  it('runs once, before other messages, when the heap comes within the threshold of its limit', async () => {
    const bench = createBench();
    const canister = await bench.install(WATCHED);
    const settings = {
      ...NO_SETTINGS,
      wasm_memory_limit: [5n * PAGE],
      wasm_memory_threshold: [3n * PAGE],
    };
    await manage(bench, 'update_settings', about(canister, { settings }));
    const grow = async () => {
      await bench.submit(canister, 'grow');
      await bench.deliver('ingress');
    };
    const due = async () =>
      (await bench.replica.deliverable()).filter(({ kind }) => kind === 'low-memory').length;
    expect(await due()).toBe(0);
    await grow();
    expect(await due()).toBe(0);
    await grow();
    expect(await due()).toBe(1);
    await bench.replica.round();
    expect(hexOf(await bench.query(canister, 'hooks'))).toBe('01');
    await grow();
    expect(await due()).toBe(0);
  });

  it('runs again after the heap was outside of the threshold in between', async () => {
    const bench = createBench();
    const canister = await bench.install(WATCHED);
    const set = (limit: bigint) =>
      manage(
        bench,
        'update_settings',
        about(canister, {
          settings: { ...NO_SETTINGS, wasm_memory_limit: [limit], wasm_memory_threshold: [PAGE] },
        }),
      );
    await set(PAGE);
    await bench.replica.round();
    await set(100n * PAGE);
    await set(PAGE);
    await bench.replica.round();
    expect(hexOf(await bench.query(canister, 'hooks'))).toBe('02');
  });
});
