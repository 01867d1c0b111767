/** Canisters with 64-bit memory: the System API with 64-bit addresses, charges, rollback, and limits. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Outcome } from '../../replica.js';
import { createEmbeddedReplica, type EmbeddedReplica } from '../embedded-replica.js';
import { PRELUDE } from '../testing/module-text.js';
import {
  costOfIngress,
  createTestDriver,
  hexOf,
  NO_ARG,
  USER,
  type TestDriver,
} from '../testing/test-driver.js';
import { canisterArgument, callManagement, NO_SETTINGS, replyBytes } from '../testing/management-call.js';
import {
  AMOUNTS,
  compileTwoWidthCanister,
  COPIED,
  KEY_COSTS,
  type Width,
} from '../testing/two-width-canister.js';

const text = (value: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(value));

/** The same canister in both widths, each on a replica of its own and with the same cycle balance. */
type Installed = readonly [driver: TestDriver, canister: string, replica: EmbeddedReplica];
async function installBoth(): Promise<Record<Width, Installed>> {
  const install = async (width: Width): Promise<Installed> => {
    const replica = createEmbeddedReplica();
    const driver = createTestDriver(replica);
    const canister = await replica.createCanister();
    const wasm = await compileTwoWidthCanister(width);
    expect(await replica.install({ canister, mode: 'install', wasm, arg: NO_ARG })).toMatchObject({
      kind: 'reply',
    });
    // No freezing threshold, because it depends on the size of the module.
    const settings = {
      environment_variables: [[{ name: 'colour', value: 'blue' }]],
      freezing_threshold: [0n],
    };
    await callManagement(
      driver,
      'update_settings',
      canisterArgument(canister, { settings: { ...NO_SETTINGS, ...settings } }),
    );
    replica.engine.addCycles(canister, 10n ** 18n - (await replica.metrics(canister)).cycles);
    return [driver, canister, replica];
  };
  return { wasm32: await install('wasm32'), wasm64: await install('wasm64') };
}

describe('the System API with 64-bit addresses', () => {
  let both: Record<Width, Installed>;
  beforeEach(async () => {
    both = await installBoth();
  });
  /** Asserts that both canisters give the same answer, and returns it. */
  const ask = async (action: (...installed: Installed) => Promise<Outcome | undefined>): Promise<string> => {
    const [narrow, wide] = [hexOf(await action(...both.wasm32)), hexOf(await action(...both.wasm64))];
    expect(wide).toBe(narrow);
    return wide;
  };
  const query = (method: string, arg = NO_ARG): Promise<string> =>
    ask((driver, canister) => driver.query(canister, method, arg));
  const update = (method: string, arg = NO_ARG): Promise<string> =>
    ask((driver, canister) => driver.update(canister, method, arg));

  it.each(COPIED)('returns the same bytes from %s as with 32-bit addresses', async (name) => {
    const asked = { method: name, arg: Uint8Array.of(1, 2, 3), caller: USER };
    const answer = await ask(async (_bench, canister, { engine }) => {
      const response = engine.query({ canister, ...asked, certificate: () => Uint8Array.of(4, 5) });
      return response.kind === 'reply' ? response : undefined;
    });
    expect(answer).toMatch(/^([0-9a-f]{2})+$/);
  });
  it.each(AMOUNTS)('returns the same amount from %s as with 32-bit addresses', async (name) => {
    expect(await query(name)).toMatch(/^[0-9a-f]{32}$/);
  });
  it('returns the same cost from cost_http_request as with 32-bit addresses', async () => {
    expect(await query('cost_http_request')).toMatch(/^[0-9a-f]{32}$/);
  });
  it('returns twice the price of the instructions of a callback from cost_call', async () => {
    const [narrow, wide] = await Promise.all(
      [both.wasm32, both.wasm64].map(async ([driver, canister]) => {
        const bytes = Buffer.from(replyBytes(await driver.query(canister, 'cost_call')));
        return bytes.readBigUInt64LE();
      }),
    );
    expect(wide! - narrow!).toBe(40_000_000_000n);
  });
  it.each(KEY_COSTS)('finds no key with %s on a subnet without keys', async (name) => {
    expect(await query(name, text('test_key_1'))).toMatch(/^02000000/);
    expect(await query(name, text('no such key'))).toMatch(/^02000000/);
  });

  it('returns the same facts of canister, message, and time as with 32-bit addresses', async () => {
    expect(await query('facts', Uint8Array.of(4))).toMatch(/^01000000/);
    expect(await query('root_key')).toContain('no reply');
    expect((await update('root_key')).length).toBe(2 * 133);
  });

  it('returns the same environment variables as with 32-bit addresses', async () => {
    const expected = `01000000${Buffer.from('colour').toString('hex')}01000000${Buffer.from('blue').toString('hex')}`;
    expect(await query('variables')).toBe(expected);
  });

  it('passes the method name to canister_inspect_message', async () => {
    for (const [driver, canister] of Object.values(both)) {
      await expect(driver.submit(canister, '_hidden')).rejects.toThrow('Canister rejected the message');
    }
  });

  it('passes texts to msg_reject, trap, and debug_print', async () => {
    for (const method of ['reject', 'trap']) {
      expect(await update(method, text('so it is'))).toContain('so it is');
    }
    await update('print', text('a line'));
    for (const [{ replica }, canister] of Object.values(both)) {
      const logs = (await replica.logs(canister)).map(({ content }) => Buffer.from(content).toString());
      expect(logs[0]).toContain('[TRAP]: so it is');
      expect(logs[1]).toBe('a line');
    }
  });

  it('sets certified data and timers, and reads and writes stable memory', async () => {
    expect(await update('certify', Uint8Array.of(1, 2, 3))).toBe('');
    expect(await update('certify', new Uint8Array(33))).toContain('no larger than 32 bytes. Found 33 bytes');
    const deadline = new Uint8Array(BigUint64Array.of(1_700_000_000_000_000_000n).buffer);
    expect(await update('timer', deadline)).toBe('0000000000000000');
    expect(await update('timer', deadline)).toBe(Buffer.from(deadline).toString('hex'));
    expect(await update('stable', Uint8Array.of(1, 2, 3))).toBe(`000000000000000000010203000000000000`);
  });

  it('burns cycles and refuses to mint them', async () => {
    expect(await update('burn')).toBe('39300000000000000000000000000000');
    expect(await update('mint')).toContain('cannot be executed on non Cycles Minting Canister');
  });

  it('passes cycles and the argument of the callback through a call', async () => {
    const amounts = 'e8030000000000000000000000000000'.concat('58020000000000000000000000000000');
    const refunded = '90010000000000000000000000000000';
    expect(await update('call_self', text('accept'))).toBe(`${refunded}fdffffffffffffff${amounts}`);
    expect(await update('call_self_soon', text('accept'))).toBe(`${refunded}fdffffffffffffff${amounts}`);
  });

  it('passes rejects to the callback', async () => {
    const answer = await update('call_self', text('trap'));
    expect(Buffer.from(answer, 'hex').toString()).toContain('IC0503');
    expect(answer.slice(0, 8)).toBe('05000000');
  });

  it('runs the cleanup with its argument after a callback that traps', async () => {
    expect(await update('call_and_fail', text('accept'))).toContain('no reply');
    expect(await query('cleaned')).toBe('f7ffffffffffffff');
  });
});

/** The imports of a module with 64-bit addresses, and a memory of one page. */
const PRELUDE64 = `
  (import "ic0" "msg_arg_data_size" (func $arg_size (result i64)))
  (import "ic0" "msg_arg_data_copy" (func $arg_copy (param i64 i64 i64)))
  (import "ic0" "msg_reply" (func $reply))
  (import "ic0" "msg_reply_data_append" (func $append (param i64 i64)))
  (import "ic0" "canister_self_copy" (func $self_copy (param i64 i64 i64)))
  (import "ic0" "call_new" (func $call_new (param i64 i64 i64 i64 i64 i64 i64 i64)))
  (import "ic0" "call_perform" (func $call_perform (result i32)))
  (import "ic0" "performance_counter" (func $counter (param i32) (result i64)))
  (import "ic0" "stable64_grow" (func $stable_grow (param i64) (result i64)))
  (import "ic0" "stable64_read" (func $stable_read (param i64 i64 i64)))
  (import "ic0" "stable64_write" (func $stable_write (param i64 i64 i64)))
  (import "ic0" "debug_print" (func $print (param i64 i64)))
  (import "ic0" "trap" (func $trap (param i64 i64)))
  (import "ic0" "call_data_append" (func $call_data (param i64 i64)))
  (memory i64 1)`;

/** A canister with one update `m`. */
async function installMethod(code: string, more = PRELUDE64): Promise<[TestDriver, string]> {
  const driver = createTestDriver();
  return [driver, await driver.install(`${more} (func (export "canister_update m") ${code})`)];
}
async function textOf([driver, canister]: [TestDriver, string]): Promise<string> {
  const outcome = await driver.update(canister, 'm');
  return outcome?.kind === 'reject' ? outcome.text : `no reject: ${hexOf(outcome)}`;
}

const SLICE_OVERRUN = 'and exceeded the slice limit 2000000000';

describe('a wasm64 canister', () => {
  it('pays 4,000 instructions per dirty page, which its own counter does not show, and two cycles per instruction', async () => {
    const [driver, canister] = await installMethod(
      `(i32.store8 (i64.const 0) (i32.const 1)) (i32.store8 (i64.const 40000) (i32.const 1))
       (i64.store (i64.const 8) (call $counter (i32.const 0)))
       (call $append (i64.const 8) (i64.const 8)) (call $reply)`,
    );
    const id = await driver.submit(canister, 'm');
    const cycles = (await driver.replica.metrics(canister)).cycles - costOfIngress('m');
    const { instructions } = await driver.deliver('ingress');
    const outcome = await driver.replica.poll(id);
    // Function 1, two stores with their operands 2 × 4, an address 1, counter 1 + 5 + 200. The rest follows the counter.
    const counted = 1 + 8 + 1 + 1 + 5 + 200;
    const after = 2 + 2 + 5 + 500 + 50 * 8 + 5 + 500 + 0;
    const wholeBlock = 2 + 2 + 5 + 5;
    expect(hexOf(outcome)).toBe(
      Buffer.from(BigUint64Array.of(BigInt(counted + wholeBlock)).buffer).toString('hex'),
    );
    expect(instructions).toBe(counted + after + 2 * 4_000);
    const spent = cycles - (await driver.replica.metrics(canister)).cycles;
    expect(spent).toBe(5_000_000n + 2n * BigInt(instructions));
  });

  it('pays 1,000 instructions per dirty stable page, as a wasm32 canister does', async () => {
    const instructionsOf = async (length: number): Promise<number> => {
      const [driver, canister] = await installMethod(
        `(drop (call $stable_grow (i64.const 1)))
         (call $stable_write (i64.const 0) (i64.const 0) (i64.const ${length})) (call $reply)`,
      );
      await driver.submit(canister, 'm');
      return (await driver.deliver('ingress')).instructions;
    };
    expect((await instructionsOf(4_097)) - (await instructionsOf(4_096))).toBe(1_001);
  });

  it('receives all 64 bits of a callback argument', async () => {
    const [driver, canister] = await installMethod(
      `(call $self_copy (i64.const 0) (i64.const 0) (i64.const 10))
       (call $call_new (i64.const 0) (i64.const 10) (i64.const 100) (i64.const 2)
         (i64.const 0) (i64.const 0xfedcba9876543211) (i64.const 0) (i64.const 0x7fffffffffffffff))
       (drop (call $call_perform))`,
      `${PRELUDE64} (table 1 funcref) (elem (i32.const 0) $back) (data (i64.const 100) "ok")
       (func $back (param i64) (i64.store (i64.const 200) (local.get 0))
         (call $append (i64.const 200) (i64.const 8)) (call $reply))
       (func (export "canister_update ok") (call $reply))`,
    );
    expect(hexOf(await driver.update(canister, 'm'))).toBe('1132547698badcfe');
  });

  it.each([
    ['0', '(param i64)', 'no reject: '],
    ['0', '(param i32)', 'function invocation does not match its signature'],
    ['0', '(param i64) (result i64)', 'function invocation does not match its signature'],
    ['0', '', 'function invocation does not match its signature'],
    ['1', '(param i64)', 'Canister requested to invoke a non-existent Wasm function 1 from table 0'],
    ['7', '(param i64)', 'Canister requested to invoke a non-existent Wasm function 7 from table 0'],
    ['0x100000000', '(param i64)', 'non-existent Wasm function 4294967295 from table 0'],
    ['-1', '(param i64)', 'non-existent Wasm function 4294967295 from table 0'],
  ])('calls a callback of index %s and type "%s" with the result "%s"', async (index, type, expected) => {
    const result = type.includes('result') ? '(i64.const 0)' : '';
    const installed = await installMethod(
      `(call $self_copy (i64.const 0) (i64.const 0) (i64.const 10))
       (call $call_new (i64.const 0) (i64.const 10) (i64.const 100) (i64.const 2)
         (i64.const ${index}) (i64.const 0) (i64.const ${index}) (i64.const 0))
       (drop (call $call_perform))`,
      `${PRELUDE64} (table i64 2 funcref) (elem (i64.const 0) $back) (data (i64.const 100) "ok")
       (func $back ${type} (call $reply) ${result})
       (func (export "canister_update ok") (call $reply))`,
    );
    expect(await textOf(installed)).toContain(expected);
  });

  it.each([
    [
      '(call $append (i64.const 0x100000000) (i64.const 1))',
      'msg.reply: src=4294967296 + length=1 exceeds the slice size=65536',
    ],
    [
      '(call $append (i64.const 65536) (i64.const 1))',
      'msg.reply: src=65536 + length=1 exceeds the slice size=65536',
    ],
    [
      '(call $arg_copy (i64.const 0x200000001) (i64.const 0) (i64.const 0))',
      'ic0.msg_arg_data_copy heap: src=8589934593 + length=0 exceeds the slice size=65536',
    ],
    [
      '(call $arg_copy (i64.const 0) (i64.const 0x100000000) (i64.const 0))',
      'ic0.msg_arg_data_copy payload: src=4294967296 + length=0 exceeds the slice size=0',
    ],
    ['(call $trap (i64.const 0x100000000) (i64.const 4))', "message: '(trap message out of memory bounds)'"],
    [
      '(drop (call $stable_grow (i64.const 1))) (call $stable_read (i64.const 0x100000000) (i64.const 0) (i64.const 1))',
      'Canister trapped: heap out of bounds',
    ],
    [
      '(drop (call $stable_grow (i64.const 1))) (call $stable_write (i64.const 0) (i64.const 0x100000000) (i64.const 1))',
      'Canister trapped: heap out of bounds',
    ],
    ['(call $append (i64.const 0) (i64.const -1))', SLICE_OVERRUN],
    ['(call $append (i64.const 0) (i64.const 0x8000000000000000))', SLICE_OVERRUN],
    ['(call $print (i64.const 0) (i64.const -1))', SLICE_OVERRUN],
    ['(call $trap (i64.const 0) (i64.const 0x8000000000000000))', SLICE_OVERRUN],
    ['(call $arg_copy (i64.const 0) (i64.const 0) (i64.const 0x7fffffffffffffff))', SLICE_OVERRUN],
    ['(memory.fill (i64.const 0) (i32.const 0) (i64.const -1))', SLICE_OVERRUN],
    ['(memory.copy (i64.const 0) (i64.const 0) (i64.const 65537))', 'Canister trapped: heap out of bounds'],
    ['(drop (i32.load (i64.const 0x100000000)))', 'Canister trapped: heap out of bounds'],
    ['(i64.store offset=0x100000000 (i64.const 0) (i64.const 1))', 'Canister trapped: heap out of bounds'],
  ])('fails at %s with the text "%s"', async (code, expected) => {
    expect(await textOf(await installMethod(code))).toContain(expected);
  });

  it('reports the exact charge in the text of a slice overrun', async () => {
    const fill = (size: string): Promise<string> =>
      installMethod(`(memory.fill (i64.const 0) (i32.const 0) (i64.const ${size}))`).then(textOf);
    // The number of instructions cannot exceed 2^63 − 1.
    expect(await fill('-1')).toContain(`that used ${2n ** 63n - 1n} instructions`);
    expect(await fill('0x100000000')).toContain(`that used ${2n ** 32n + 104n} instructions`);
  });

  it('is rolled back by a trap with its pages, globals, and growth', async () => {
    const driver = createTestDriver();
    const canister = await driver.install(`${PRELUDE64} (global $g (mut i64) (i64.const 7))
      (func (export "canister_update set") (i64.store (i64.const 4092) (i64.const -1)) (call $reply))
      (func (export "canister_update fail")
        (drop (memory.grow (i64.const 3))) (i64.store (i64.const 4092) (i64.const 5))
        (memory.fill (i64.const 100000) (i32.const 9) (i64.const 100000))
        (global.set $g (i64.const 8)) unreachable)
      (func (export "canister_query look")
        (i64.store (i64.const 0) (global.get $g)) (i64.store (i64.const 8) (memory.size))
        (i64.store (i64.const 16) (i64.load (i64.const 4092)))
        (call $append (i64.const 0) (i64.const 24)) (call $reply))`);
    await driver.update(canister, 'set');
    const before = await driver.query(canister, 'look');
    expect(hexOf(before)).toBe(`07000000000000000100000000000000${'ff'.repeat(8)}`);
    expect(await driver.update(canister, 'fail')).toMatchObject({ kind: 'reject', errorCode: 'IC0502' });
    expect(await driver.query(canister, 'look')).toEqual(before);
  });

  it('cannot grow beyond its wasm memory limit or 4 GiB less 1 MiB', async () => {
    const [driver, canister] = await installMethod(
      `(i64.store (i64.const 0) (memory.grow (i64.const 65520)))
       (i64.store (i64.const 8) (memory.grow (i64.const 60000)))
       (call $append (i64.const 0) (i64.const 16)) (call $reply)`,
    );
    const outcome = await driver.update(canister, 'm');
    expect(outcome).toMatchObject({ kind: 'reject', errorCode: 'IC0539' });
    expect((outcome as { text: string }).text).toContain('Wasm memory limit of 3221225472 bytes');
    await callManagement(
      driver,
      'update_settings',
      canisterArgument(canister, { settings: { ...NO_SETTINGS, wasm_memory_limit: [0n] } }),
    );
    expect(hexOf(await driver.update(canister, 'm'))).toBe(`${'ff'.repeat(8)}0100000000000000`);
  });
});

it('reports the wrong type of a callback of a wasm32 canister', async () => {
  const installed = await installMethod(
    `(call $self (i32.const 0) (i32.const 0) (i32.const 10))
     (call $call_new (i32.const 0) (i32.const 10) (i32.const 100) (i32.const 2)
       (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))
     (drop (call $call_perform))`,
    `(import "ic0" "canister_self_copy" (func $self (param i32 i32 i32))) ${PRELUDE}
     (table 1 funcref) (elem (i32.const 0) $back) (data (i32.const 100) "ok")
     (func $back (param i64) (call $reply)) (func (export "canister_update ok") (call $reply))`,
  );
  expect(await textOf(installed)).toContain('function invocation does not match its signature');
});
