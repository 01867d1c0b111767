import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { appendAllToLog, appendToLog, EMPTY_LOG } from '../state/canister-log.js';
import { createTestDriver } from '../testing/test-driver.js';
import { MessageLog } from './message-log.js';

describe('the log of a message', () => {
  it('keeps the records that a canister’s log would keep, and counts the others', () => {
    const sizes = fc.array(fc.oneof(fc.nat(60), fc.nat(5_000)), { maxLength: 300 });
    fc.assert(
      fc.property(sizes, (printed) => {
        const bytes = (size: number) => new Uint8Array(size).fill(size % 251);
        const message = new MessageLog();
        for (const size of printed) message.add(2n, bytes(size));
        const expected = printed.reduce((log, size) => appendToLog(log, 2n, bytes(size)), EMPTY_LOG);
        expect(appendAllToLog(EMPTY_LOG, message)).toEqual(expected);
        expect(message.freeBytes).toBe(4_096 - expected.usedBytes);
      }),
    );
  });

  it('keeps 4 KiB of a message that prints 200,000 times', async () => {
    const driver = createTestDriver();
    const canister = await driver.install(
      `(import "ic0" "debug_print" (func $print (param i32 i32)))
      (import "ic0" "msg_reply" (func $reply)) (memory 1)
      (func (export "canister_update flood") (local $i i32)
        (loop (call $print (i32.const 0) (i32.const 1000))
          (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 200000))))
        (call $reply))`,
    );
    await driver.update(canister, 'flood');
    const logs = await driver.replica.logs(canister);
    expect(logs.map(({ index }) => index)).toEqual([199_997n, 199_998n, 199_999n]);
  });
});
