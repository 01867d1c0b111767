import { expect, it } from 'vitest';
import { PRELUDE } from '../testing/module-text.js';
import { createTestDriver, hexOf } from '../testing/test-driver.js';

it('limits a heap to 4 GiB less 1 MiB, beyond which memory.grow returns -1', async () => {
  const driver = createTestDriver();
  const canister = await driver.install(`${PRELUDE}
    (func (export "canister_query too_far")
      (i32.store (i32.const 0) (memory.grow (i32.const 65520)))
      (call $append (i32.const 0) (i32.const 4)) (call $reply))`);
  expect(hexOf(await driver.query(canister, 'too_far'))).toBe('ffffffff');
});
