/** Modules with 64-bit memories and tables, which the engine runs on 32-bit ones. */
import { describe, expect, it } from 'vitest';
import { HEAP_BASE } from './instrumented-module.js';
import { hostOf, hostOfCode, run, trapText } from './testing/run-text.js';
import type { MiniHost } from './testing/mini-host.js';

const OUT_OF_BOUNDS = 'memory access out of bounds';
const MEMORY = '(memory i64 1)';

function hostOf64(code: string, fields = MEMORY): MiniHost {
  return hostOfCode(code, fields);
}

function global0(host: MiniHost): unknown {
  return (host.instance.exports['__persistent_mutable_global_0'] as WebAssembly.Global).value;
}

function trapOf(code: string, fields = MEMORY): string {
  return trapText(() => run(hostOf64(code, fields)));
}

type Case = readonly [op: string, text: string];
/** Makes a test case with the same text for each of the space-separated instructions of a type. */
function cases(prefix: string, ops: string, text: string): Case[] {
  return ops.split(' ').map((op) => [`${prefix}.${op}`, text]);
}

/** Each load with its result type. */
const LOADS: readonly Case[] = [
  ...cases('i32', 'load load8_s load8_u load16_s load16_u', 'i32'),
  ...cases('i64', 'load load8_s load8_u load16_s load16_u load32_s load32_u', 'i64'),
  ...cases('f32', 'load', 'f32'),
  ...cases('f64', 'load', 'f64'),
  ...cases('v128', 'load load8x8_s load8x8_u load16x4_s load16x4_u load32x2_s load32x2_u', 'v128'),
  ...cases('v128', 'load8_splat load16_splat load32_splat load64_splat load32_zero load64_zero', 'v128'),
];
/** Each store with an instruction that pushes a value. */
const STORES: readonly Case[] = [
  ...cases('i32', 'store store8 store16', 'i32.const 1'),
  ...cases('i64', 'store store8 store16 store32', 'i64.const 1'),
  ...cases('f32', 'store', 'f32.const 1'),
  ...cases('f64', 'store', 'f64.const 1'),
  ...cases('v128', 'store', 'v128.const i64x2 1 1'),
];
const LANES = [8, 16, 32, 64].flatMap((bits) => [`load${bits}_lane`, `store${bits}_lane`]);
/** Pairs of address and offset that are out of bounds. Some would be in bounds if truncated to 32 bits. */
const FAR: readonly (readonly [address: string, offset: string])[] = [
  ['0', '0x100000000'],
  ['0', '0xffffffffffffffff'],
  ['0', '0x8000000000000000'],
  ['0', '0xffff0000'],
  ['0x100000000', '0'],
  ['0x100000000', '16'],
  ['0xffffffff', '1'],
  ['0xfffffffff0000000', '0x10000000'],
  ['-1', '0'],
  ['-1', '1'],
  ['0x8000000000000000', '0'],
  ['65536', '0'],
];

describe('a 64-bit memory', () => {
  it.each(LOADS)('reads at address + offset and traps out of bounds for %s', (load, type) => {
    const host = hostOf64(`(local ${type}) i64.const 1000 ${load} offset=64000 local.set 0`);
    run(host);
    for (const [address, offset] of FAR) {
      expect(trapOf(`(local ${type}) i64.const ${address} ${load} offset=${offset} local.set 0`)).toBe(
        OUT_OF_BOUNDS,
      );
    }
  });

  it.each(STORES)(
    'writes and marks at address + offset, and marks nothing out of bounds, for %s',
    (store, value) => {
      const host = hostOf64(`i64.const 1000 ${value} ${store} offset=64000`);
      run(host);
      expect(host.firstWrites).toEqual([15]);
      expect(
        host
          .heap()
          .subarray(65_000, 65_016)
          .some((byte) => byte !== 0),
      ).toBe(true);
      for (const [address, offset] of FAR) {
        const far = hostOf64(`i64.const ${address} ${value} ${store} offset=${offset}`);
        expect(trapText(() => run(far))).toBe(OUT_OF_BOUNDS);
        expect(far.firstWrites).toEqual([]);
      }
    },
  );

  it.each(LANES)('accesses address + offset and traps out of bounds for v128.%s', (op) => {
    const code = (address: string, offset: string): string =>
      `i64.const ${address} v128.const i64x2 -1 -1 v128.${op} offset=${offset} 0 ${op.startsWith('load') ? 'drop' : ''}`;
    const host = hostOf64(code('1000', '64000'));
    run(host);
    expect(host.heap()[65_000]).toBe(op.startsWith('load') ? 0 : 255);
    for (const [address, offset] of FAR) expect(trapOf(code(address, offset))).toBe(OUT_OF_BOUNDS);
  });

  it('does not reach the byte map', () => {
    const host = hostOf64('i64.const 0 i32.const 7 i32.store8');
    run(host);
    expect(new Uint8Array(host.memory!.buffer)[HEAP_BASE]).toBe(7);
    expect(trapOf('i64.const -1048576 i32.load8_u drop')).toBe(OUT_OF_BOUNDS);
    expect(trapOf('i64.const 0 i32.load8_u offset=0xfffffffffff00000 drop')).toBe(OUT_OF_BOUNDS);
  });

  it('supports a load in unreachable code', () => {
    const host = hostOf64('i64.const 0 i64.const 5 i64.store block br 0 i64.load i32.wrap_i64 drop end');
    run(host);
    expect(host.heap()[0]).toBe(5);
  });

  it.each([
    ['(memory i64 1 3)', '3', -1n, []],
    ['(memory i64 1 3)', '2', 1n, [[1, 2]]],
    ['(memory i64 1)', '0x100000000', -1n, []],
    ['(memory i64 1)', '0x100000001', -1n, []],
    ['(memory i64 1)', '-1', -1n, []],
    ['(memory i64 1)', '0x7fffffffffffffff', -1n, []],
    ['(memory i64 1)', '65520', -1n, [[1, 65520]]],
    ['(memory i64 1)', '98303', -1n, [[1, 98303]]],
    ['(memory i64 1)', '98304', -1n, []],
    ['(memory i64 1 98304)', '65520', -1n, [[1, 65520]]],
    ['(memory i64 1 65520)', '65520', -1n, []],
    ['(memory i64 0 0)', '0', 0n, [[0, 0]]],
  ])('returns from memory.grow of %s by %s pages: %i, and reports %j', (memory, delta, expected, growths) => {
    const host = hostOf64(
      `i64.const ${delta} memory.grow global.set 0`,
      `${memory} (global (mut i64) (i64.const 7))`,
    );
    run(host);
    expect(global0(host)).toBe(expected);
    expect(host.growths).toEqual(growths);
  });

  it('has its size in canister pages, and grown pages are writable', () => {
    const host = hostOf64(
      'i64.const 2 memory.grow drop i64.const 0 memory.size i64.store i64.const 196604 i32.const -1 i32.store',
    );
    run(host);
    expect(host.heap()[0]).toBe(3);
    expect(host.firstWrites).toEqual([0, 47]);
  });

  it('is addressable up to 4 GiB − 1 MiB', () => {
    const host = hostOf64(
      'i64.const 4293918720 i32.const 0 i32.store8 i64.const 4293918719 i32.const 9 i32.store8',
      '(memory i64 65520)',
    );
    expect(trapText(() => run(host))).toBe(OUT_OF_BOUNDS);
    const inBounds = hostOf64('i64.const 4293918719 i32.const 9 i32.store8', '(memory i64 65520)');
    run(inBounds);
    expect(inBounds.heap()[4_293_918_719]).toBe(9);
    expect(inBounds.firstWrites).toEqual([1_048_319]);
  });
});

describe('a bulk operation of a 64-bit memory', () => {
  it('writes and marks pages (memory.fill, memory.copy, memory.init)', () => {
    const host = hostOf64(
      `i64.const 4090 i32.const 7 i64.const 10 memory.fill
       i64.const 20000 i64.const 4088 i64.const 4 memory.copy
       i64.const 30000 i32.const 1 i32.const 2 memory.init 0`,
      `${MEMORY} (data "abcd")`,
    );
    run(host);
    expect([...host.heap().subarray(4_088, 4_102)]).toEqual([0, 0, ...new Array<number>(10).fill(7), 0, 0]);
    expect([...host.heap().subarray(20_000, 20_005)]).toEqual([0, 0, 7, 7, 0]);
    expect(Buffer.from(host.heap().subarray(30_000, 30_003)).toString()).toBe('bc\0');
    expect(host.markedPages()).toEqual([0, 1, 4, 7]);
  });

  it.each([
    ['memory.fill beyond the end', 'i64.const 65536 i32.const 0 i64.const 1 memory.fill'],
    ['memory.fill at a wide address', 'i64.const 0x100000000 i32.const 0 i64.const 1 memory.fill'],
    ['memory.fill whose end wraps', 'i64.const -1 i32.const 0 i64.const 2 memory.fill'],
    ['empty memory.fill beyond the end', 'i64.const 65537 i32.const 0 i64.const 0 memory.fill'],
    ['empty memory.fill at a wide address', 'i64.const 0x100000000 i32.const 0 i64.const 0 memory.fill'],
    ['memory.copy from a wide address', 'i64.const 0 i64.const 0x100000000 i64.const 1 memory.copy'],
    ['memory.copy to a wide address', 'i64.const 0x100000000 i64.const 0 i64.const 1 memory.copy'],
    ['memory.copy whose source wraps', 'i64.const 0 i64.const -1 i64.const 2 memory.copy'],
    ['memory.copy of a gigabyte', 'i64.const 0 i64.const 0 i64.const 0x40000000 memory.copy'],
    ['memory.init at a wide address', 'i64.const 0x100000000 i32.const 0 i32.const 1 memory.init 0'],
    ['memory.init at the last address', 'i64.const -1 i32.const 0 i32.const 1 memory.init 0'],
    ['memory.init from beyond its segment', 'i64.const 0 i32.const 0 i32.const 5 memory.init 0'],
  ])('traps and marks no page: %s', (_what, code) => {
    const host = hostOf64(code, `${MEMORY} (data "abcd")`);
    expect(trapText(() => run(host))).toBe(OUT_OF_BOUNDS);
    expect(host.markedPages()).toEqual([]);
  });

  it('may be empty at the end of memory', () => {
    run(hostOf64('i64.const 65536 i32.const 0 i64.const 0 memory.fill'));
    run(hostOf64('i64.const 65536 i64.const 65536 i64.const 0 memory.copy'));
    run(hostOf64('i64.const 65536 i32.const 4 i32.const 0 memory.init 0', `${MEMORY} (data "abcd")`));
  });

  it.each(['0x100000000', '0x7fffffffffffffff', '-1', '0x8000000000000000'])(
    'runs out of instructions before the bounds check if its size is %s',
    (size) => {
      for (const code of [
        `i64.const 0 i32.const 0 i64.const ${size} memory.fill`,
        `i64.const 0 i64.const 0 i64.const ${size} memory.copy`,
      ]) {
        const host = hostOf64(code);
        expect(() => run(host)).toThrow('out of instructions');
        expect(host.counter.value as bigint).toBeLessThan(0n);
      }
    },
  );
});

describe('a 64-bit table', () => {
  const TABLE = `(table i64 3 3 funcref) (elem (i64.const 1) $seven)
    (type $t (func (result i32))) (func $seven (result i32) i32.const 7)
    (global (mut i32) (i32.const 0))`;

  it.each([
    ['call_indirect (type $t)', MEMORY],
    ['call_indirect (type $t)', '(memory 1)'],
    ['call_indirect (type $t)', ''],
  ])('takes a 64-bit index in %s with the memory "%s"', (call, memory) => {
    const host = hostOf64(`i64.const 1 ${call} global.set 0`, `${memory} ${TABLE}`);
    run(host);
    expect(global0(host)).toBe(7);
  });

  it('takes a 64-bit index in a tail call', () => {
    const host = hostOf(
      `${MEMORY} ${TABLE} (func $tail (result i32) i64.const 1 return_call_indirect (type $t))
       (func (export "canister_update m") call $tail global.set 0)`,
    );
    run(host);
    expect(global0(host)).toBe(7);
  });

  it.each([
    ['0', 'null function or function signature mismatch'],
    ['3', 'table index is out of bounds'],
    ['0x100000001', 'table index is out of bounds'],
    ['-1', 'table index is out of bounds'],
  ])('traps on a call of entry %s with "%s"', (index, text) => {
    expect(trapOf(`i64.const ${index} call_indirect (type $t) drop`, `${MEMORY} ${TABLE}`)).toBe(text);
  });

  it('has 64-bit operands in table.get and results in table.size', () => {
    const host = hostOf64(
      'i64.const 1 table.get 0 ref.is_null i64.const 0 table.get 0 ref.is_null i32.const 1 i32.shl i32.or global.set 0 table.size 0 i64.const 3 i64.ne if unreachable end',
      `${MEMORY} ${TABLE}`,
    );
    run(host);
    expect(global0(host)).toBe(2);
    expect(trapOf('i64.const 0x100000001 table.get 0 drop', `${MEMORY} ${TABLE}`)).toBe(
      'table index is out of bounds',
    );
  });

  it('is independent of the memory: a 32-bit table works with a 64-bit memory', () => {
    const host = hostOf64(
      'i32.const 0 call_indirect (type $t) global.set 0 table.size 0 drop',
      `${MEMORY} (table 1 funcref) (elem (i32.const 0) $seven) (type $t (func (result i32)))
       (func $seven (result i32) i32.const 7) (global (mut i32) (i32.const 0))`,
    );
    run(host);
    expect(global0(host)).toBe(7);
  });
});

describe('the charges in wasm64', () => {
  const used = (code: string, fields?: string): bigint => {
    const host = hostOf64(code, fields);
    run(host);
    return host.used;
  };

  it.each(LOADS)('are 2 instructions for %s', (load) => {
    expect(used(`i64.const 0 ${load} drop`)).toBe(1n + 1n + 2n + 1n);
  });
  it.each(STORES)('are 2 instructions for %s', (store, value) => {
    expect(used(`i64.const 0 ${value} ${store}`)).toBe(1n + 1n + 1n + 2n);
  });
  it.each(LANES)('are 2 instructions for v128.%s', (op) => {
    const drop = op.startsWith('load') ? 'drop' : '';
    expect(used(`i64.const 0 v128.const i64x2 0 0 v128.${op} 0 ${drop}`)).toBe(drop === '' ? 5n : 6n);
  });
  it.each([
    ['memory.size drop', 20n + 1n],
    ['i64.const 0 memory.grow drop', 1n + 300n + 1n],
    ['i64.const 0 i32.const 0 i64.const 100 memory.fill', 3n + 100n + 100n],
    ['i64.const 0 i64.const 0 i64.const 100 memory.copy', 3n + 100n + 100n],
    ['i64.const 0 i32.const 0 i32.const 3 memory.init 0', 3n + 100n + 3n],
    ['global.get 0 global.set 0', 4n],
    ['i64.const 0 call_indirect (type $v)', 1n + 10n + 1n],
    ['table.size 0 drop', 100n + 1n],
    ['i64.const 0 table.get 0 drop', 1n + 5n + 1n],
    ['loop i64.const 8 i32.const 1 i32.store i32.const 0 br_if 0 end', 1n + 1n + 2n + 1n + 2n],
  ])('equal those of PocketIC for: %s', (code, expected) => {
    const fields = `${MEMORY} (data "abcd") (global (mut i64) (i64.const 0)) (type $v (func))
      (table i64 1 funcref) (elem (i64.const 0) $f) (func $f)`;
    expect(used(code, fields)).toBe(1n + expected);
  });

  it('do not apply to a 32-bit memory with a 64-bit table', () => {
    const host = hostOfCode('i32.const 0 i32.load drop', '(memory 1) (table i64 1 funcref)');
    run(host);
    expect(host.used).toBe(1n + 3n);
  });

  it('are lower than in wasm32 for the compilation of bulk operations, as on PocketIC', () => {
    const count = (text: string): number => hostOf(text).module.instructionCount;
    const fill = (type: string): string =>
      `(memory ${type === 'i64' ? 'i64' : ''} 1) (func ${type}.const 0 i32.const 0 ${type}.const 0 memory.fill)`;
    const init = (type: string): string =>
      `(memory ${type === 'i64' ? 'i64' : ''} 1) (data "a") (func ${type}.const 0 i32.const 0 i32.const 0 memory.init 0)`;
    expect(count(fill('i32')) - count(fill('i64'))).toBe(2);
    expect(count(init('i32')) - count(init('i64'))).toBe(0);
  });
});
