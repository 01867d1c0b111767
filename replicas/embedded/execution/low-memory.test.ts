import { describe, expect, it } from 'vitest';
import { PRELUDE } from '../testing/module-text.js';
import { createTestDriver, hexOf } from '../testing/test-driver.js';
import { canisterArgument, callManagement, NO_SETTINGS } from '../testing/management-call.js';

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
    const driver = createTestDriver();
    const canister = await driver.install(WATCHED);
    const settings = {
      ...NO_SETTINGS,
      wasm_memory_limit: [5n * PAGE],
      wasm_memory_threshold: [3n * PAGE],
    };
    await callManagement(driver, 'update_settings', canisterArgument(canister, { settings }));
    const grow = async () => {
      await driver.submit(canister, 'grow');
      await driver.deliver('ingress');
    };
    const due = async () =>
      (await driver.replica.deliverable()).filter(({ kind }) => kind === 'low-memory').length;
    expect(await due()).toBe(0);
    await grow();
    expect(await due()).toBe(0);
    await grow();
    expect(await due()).toBe(1);
    await driver.replica.round();
    expect(hexOf(await driver.query(canister, 'hooks'))).toBe('01');
    await grow();
    expect(await due()).toBe(0);
  });

  it('runs again after the heap was outside of the threshold in between', async () => {
    const driver = createTestDriver();
    const canister = await driver.install(WATCHED);
    const set = (limit: bigint) =>
      callManagement(
        driver,
        'update_settings',
        canisterArgument(canister, {
          settings: { ...NO_SETTINGS, wasm_memory_limit: [limit], wasm_memory_threshold: [PAGE] },
        }),
      );
    await set(PAGE);
    await driver.replica.round();
    await set(100n * PAGE);
    await set(PAGE);
    await driver.replica.round();
    expect(hexOf(await driver.query(canister, 'hooks'))).toBe('02');
  });

  it('runs when the memory allocation leaves less than the threshold beside stable memory', async () => {
    const driver = createTestDriver();
    const canister = await driver.install(WATCHED);
    const settings = {
      ...NO_SETTINGS,
      memory_allocation: [10n * PAGE],
      wasm_memory_threshold: [7n * PAGE],
    };
    await callManagement(driver, 'update_settings', canisterArgument(canister, { settings }));
    const grow = async () => {
      await driver.submit(canister, 'grow');
      await driver.replica.round();
      await driver.replica.round();
    };
    await grow();
    expect(hexOf(await driver.query(canister, 'hooks'))).toBe('00');
    await grow();
    expect(hexOf(await driver.query(canister, 'hooks'))).toBe('01');
  });

  it('is lost for a canister that is stopped or empty when it becomes due', async () => {
    const driver = createTestDriver();
    const canister = await driver.install(WATCHED);
    const low = { ...NO_SETTINGS, wasm_memory_limit: [PAGE], wasm_memory_threshold: [PAGE] };
    await callManagement(driver, 'stop_canister', canisterArgument(canister));
    await callManagement(driver, 'update_settings', canisterArgument(canister, { settings: low }));
    await driver.replica.round();
    await callManagement(driver, 'start_canister', canisterArgument(canister));
    await driver.replica.round();
    expect(hexOf(await driver.query(canister, 'hooks'))).toBe('00');
  });
});
