import { expect, it } from 'vitest';
import { PRELUDE } from '../testing/module-text.js';
import { createTestDriver, hexOf } from '../testing/test-driver.js';

const PAGES_IN_3_GIB = 49_152;

it('limits a heap to 4 GiB less 1 MiB, beyond which memory.grow returns -1', async () => {
  const driver = createTestDriver();
  const canister = await driver.install(`${PRELUDE}
    (func (export "canister_query too_far")
      (i32.store (i32.const 0) (memory.grow (i32.const 65520)))
      (call $append (i32.const 0) (i32.const 4)) (call $reply))`);
  expect(hexOf(await driver.query(canister, 'too_far'))).toBe('ffffffff');
});

it('fails growth to the last MiB of 4 GiB by the limit of the settings first', async () => {
  const driver = createTestDriver();
  const canister = await driver.install(`${PRELUDE}
    (func (export "canister_update grow") (drop (memory.grow (i32.const 65534))) (call $reply))`);
  expect(hexOf(await driver.update(canister, 'grow'))).toContain(
    `Canister exceeded its current Wasm memory limit of ${PAGES_IN_3_GIB * 65_536} bytes. The peak Wasm memory usage was 4294901760 bytes.`,
  );
});
