import { describe, expect, it } from 'vitest';
import { HEAP_BASE } from './instrumented-module.js';
import { hostOf, hostOfCode, run, trapText } from './testing/run-text.js';

const OUT_OF_BOUNDS = 'memory access out of bounds';

describe('the heap of an instrumented module', () => {
  it('starts above the byte map, which the canister cannot reach', () => {
    const host = hostOfCode(
      'i32.const 0 i32.const 7 i32.store8 i32.const 8 i32.const 0 i32.load8_u i32.store8',
    );
    run(host);
    expect(new Uint8Array(host.memory!.buffer)[HEAP_BASE]).toBe(7);
    expect(host.heap()[8]).toBe(7);
  });

  it.each([
    ['i32.load', 'i32'],
    ['i64.load', 'i64'],
    ['f32.load', 'f32'],
    ['f64.load', 'f64'],
    ['v128.load', 'v128'],
    ['v128.load64_splat', 'v128'],
  ])('traps on %s beyond any memory', (load, type) => {
    const host = hostOfCode(`(local ${type}) i32.const 0 ${load} offset=0xffff0000 local.set 0`);
    expect(trapText(() => run(host))).toBe(OUT_OF_BOUNDS);
  });

  it.each([
    ['i32.store', 'i32.const 1'],
    ['i64.store16', 'i64.const 1'],
    ['f32.store', 'f32.const 1'],
    ['f64.store', 'f64.const 1'],
    ['v128.store', 'v128.const i64x2 1 1'],
  ])('traps on %s beyond any memory and marks no page', (store, value) => {
    for (const [address, offset] of [
      ['0', '0xffff0000'],
      ['-1', '0xffffffff'],
      ['-1', '16'],
      ['65533', '65535'],
    ]) {
      const host = hostOfCode(`i32.const ${address} ${value} ${store} offset=${offset}`);
      expect(trapText(() => run(host))).toBe(OUT_OF_BOUNDS);
      expect(host.firstWrites).toEqual([]);
    }
  });

  it('traps on lane accesses beyond any memory', () => {
    for (const op of ['v128.load16_lane offset=0xffff0000 3 drop', 'v128.store16_lane offset=0xffff0000 3']) {
      const host = hostOfCode(`i32.const 0 v128.const i64x2 1 1 ${op}`);
      expect(trapText(() => run(host))).toBe(OUT_OF_BOUNDS);
    }
  });

  it('has a size in canister pages, which do not count the byte map', () => {
    const host = hostOfCode(
      'i32.const 0 memory.size i32.store i32.const 4 i32.const 2 memory.grow i32.store i32.const 8 memory.size i32.store',
    );
    run(host);
    expect([...new Int32Array(host.heap().slice(0, 12).buffer)]).toEqual([1, 1, 3]);
    expect(host.growths).toEqual([[1, 2]]);
  });

  it.each([
    ['(memory 1 3)', 3, -1],
    ['(memory 1 3)', 2, 1],
    ['(memory 1)', 0x7fff_ffff, -1],
    ['(memory 1)', -1, -1],
    ['(memory 0 0)', 0, 0],
  ])('returns from memory.grow of %s by %i pages: %i', (memory, delta, expected) => {
    const host = hostOfCode(
      `i32.const ${delta} memory.grow global.set 0`,
      `${memory} (global (mut i32) (i32.const 7))`,
    );
    run(host);
    const global = host.instance.exports['__persistent_mutable_global_0'] as WebAssembly.Global;
    expect(global.value).toBe(expected);
    expect(host.growths.length).toBe(expected < 0 ? 0 : 1);
  });
});

describe('the page tracking of an instrumented module', () => {
  const stores: readonly (readonly [string, string, number])[] = [
    ['i32.store8', 'i32.const 1', 1],
    ['i32.store16', 'i32.const 1', 2],
    ['i32.store', 'i32.const 1', 4],
    ['i64.store8', 'i64.const 1', 1],
    ['i64.store16', 'i64.const 1', 2],
    ['i64.store32', 'i64.const 1', 4],
    ['i64.store', 'i64.const 1', 8],
    ['f32.store', 'f32.const 1', 4],
    ['f64.store', 'f64.const 1', 8],
    ['v128.store', 'v128.const i64x2 1 1', 16],
  ];
  it.each(stores)('marks exactly the pages that %s writes', (store, value, width) => {
    for (const [address, offset] of [
      [4096 * 3 - width, 0],
      [4096 * 3 - width + 1, 0],
      [4096 * 3 - 1, 0],
      [4096 * 3, 0],
      [5, 4096 * 3 - width - 5],
      [5, 4096 * 3 - 6],
      [0, 4096 * 3],
    ] as const) {
      const host = hostOfCode(`i32.const ${address} ${value} ${store} offset=${offset}`);
      run(host);
      const start = address + offset;
      const expected = [...new Set([Math.floor(start / 4096), Math.floor((start + width - 1) / 4096)])];
      expect(host.firstWrites).toEqual(expected);
      run(host);
      expect(host.firstWrites).toEqual(expected);
    }
  });

  it.each(stores.filter(([, , width]) => width > 1))(
    'marks the second page of %s if the first is already marked',
    (store, value, width) => {
      for (let inNextPage = 1; inNextPage < width; inNextPage++) {
        const address = 4096 - width + inNextPage;
        for (const access of [
          `i32.const ${address} ${value} ${store}`,
          `i32.const 7 ${value} ${store} offset=${address - 7}`,
        ]) {
          const host = hostOfCode(`i32.const 0 i32.const 1 i32.store8 ${access}`);
          run(host);
          expect(host.firstWrites).toEqual([0, 1]);
        }
      }
      const host = hostOfCode(
        `i32.const 0 i32.const 1 i32.store8 i32.const ${4096 - width} ${value} ${store}`,
      );
      run(host);
      expect(host.firstWrites).toEqual([0]);
    },
  );

  it.each(['8', '16', '32', '64'])('marks the pages that v128.store%s_lane writes', (bits) => {
    const width = Number(bits) / 8;
    const host = hostOfCode(`i32.const ${4097 - width} v128.const i64x2 -1 -1 v128.store${bits}_lane 1`);
    run(host);
    expect(host.firstWrites).toEqual(width === 1 ? [1] : [0, 1]);
    expect([...host.heap().subarray(4097 - width, 4098)]).toEqual([...new Array<number>(width).fill(255), 0]);
  });

  it('reports a page before the store writes to it', () => {
    const host = hostOfCode('i32.const 4094 i32.const -1 i32.store');
    const seen: number[] = [];
    host.onFirstWrite = () => seen.push(...host.heap().subarray(4094, 4098));
    run(host);
    expect(seen).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  });

  it('does not report the page of a store that traps at the end of memory', () => {
    const host = hostOfCode('i32.const 65534 i32.const 1 i32.store');
    expect(trapText(() => run(host))).toBe(OUT_OF_BOUNDS);
    expect(host.firstWrites).toEqual([]);
  });
});

describe('a bulk memory operation', () => {
  const bulk = (a: number, b: number, c: number, op: string): string =>
    `i32.const ${a} i32.const ${b} i32.const ${c} ${op}`;
  const data = '(memory 1) (data "abcdefgh") (data (i32.const 16) "active")';

  it('works on canister addresses and reports its range (memory.fill and memory.copy)', () => {
    const host = hostOfCode(`${bulk(4090, 65, 10, 'memory.fill')} ${bulk(100, 4092, 4, 'memory.copy')}`);
    run(host);
    expect(Buffer.from(host.heap().subarray(4089, 4101)).toString('latin1')).toBe('\0AAAAAAAAAA\0');
    expect(Buffer.from(host.heap().subarray(100, 105)).toString('latin1')).toBe('AAAA\0');
    // The fill has already marked the page of the copy.
    expect(host.touchedRanges).toEqual([[4090, 10]]);
    expect(host.markedPages()).toEqual([0, 1]);
  });

  it('copies from a passive segment (memory.init)', () => {
    const host = hostOfCode(bulk(50, 2, 3, 'memory.init 0'), data);
    run(host);
    expect(Buffer.from(host.heap().subarray(49, 54)).toString('latin1')).toBe('\0cde\0');
    expect(host.touchedRanges).toEqual([[50, 3]]);
  });

  it.each([
    ['memory.fill past the end', bulk(65_530, 1, 7, 'memory.fill')],
    ['memory.fill from far beyond the end', bulk(-8, 1, 8, 'memory.fill')],
    ['empty memory.fill beyond the end', bulk(65_537, 1, 0, 'memory.fill')],
    ['memory.copy from beyond the end', bulk(0, 65_530, 7, 'memory.copy')],
    ['memory.copy to beyond the end', bulk(65_530, 0, 7, 'memory.copy')],
    ['memory.copy of a gigabyte', bulk(0, 0, 1_000_000_000, 'memory.copy')],
    ['memory.init from beyond the segment', bulk(0, 6, 3, 'memory.init 0')],
    ['memory.init to beyond the end', bulk(65_535, 0, 2, 'memory.init 0')],
    ['memory.init from an active segment, which counts as dropped', bulk(0, 0, 1, 'memory.init 1')],
  ])('traps and reports no range: %s', (_name, code) => {
    const host = hostOfCode(code, data);
    expect(trapText(() => run(host))).toBe(OUT_OF_BOUNDS);
    expect(host.touchedRanges).toEqual([]);
  });

  it.each([
    bulk(65_536, 1, 0, 'memory.fill'),
    bulk(65_536, 65_536, 0, 'memory.copy'),
    bulk(0, 0, 0, 'memory.init 1'),
    bulk(0, 8, 0, 'memory.init 0'),
  ])('does not trap and reports no range if it is empty: %s', (code) => {
    const host = hostOfCode(code, data);
    run(host);
    expect(host.touchedRanges).toEqual([]);
  });

  it('costs one instruction per byte, charged before the bounds check', () => {
    const host = hostOfCode(bulk(0, 0, -1, 'memory.fill'));
    expect(() => run(host)).toThrow('out of instructions');
    expect(host.used).toBe(1n + 3n + 100n + 0xffff_ffffn);
  });

  it('leaves active segments to the host', () => {
    const { module } = hostOf(data);
    expect(module.activeData).toEqual([{ offset: 16, bytes: Uint8Array.from(Buffer.from('active')) }]);
  });
});
