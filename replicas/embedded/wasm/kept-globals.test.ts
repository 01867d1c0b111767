import { describe, expect, it } from 'vitest';
import { hostOf } from './testing/run-text.js';

const keptOf = (text: string) => hostOf(text).module.keptGlobals;

describe('the globals that the network keeps', () => {
  it('are the exported ones in the order of the exports, then the other mutable ones', () => {
    const kept = keptOf(
      `(global $a (mut i32) (i32.const 1)) (global $b i64 (i64.const -2)) (global $c (mut i64) (i64.const 3))
       (global $d i32 (i32.const 4)) (export "second" (global $c)) (export "first" (global $b))`,
    );
    expect(kept).toEqual([
      { type: 'i64', position: 1 },
      { type: 'i64', value: -2n },
      { type: 'i32', position: 0 },
    ]);
  });

  it('are kept once for each export', () => {
    expect(
      keptOf('(global $a (mut i32) (i32.const 1)) (export "a" (global $a)) (export "b" (global $a))'),
    ).toEqual([
      { type: 'i32', position: 0 },
      { type: 'i32', position: 0 },
    ]);
  });

  it.each([
    ['i32', 'i32.const -7', -7],
    ['i64', 'i64.const 0x7fffffffffffffff', 0x7fff_ffff_ffff_ffffn],
    ['f32', 'f32.const 0.5', 0.5],
    ['f64', 'f64.const -1e300', -1e300],
    ['v128', 'v128.const i64x2 1 -1', 0xffff_ffff_ffff_ffff_0000_0000_0000_0001n],
  ])('have the value of a constant of type %s', (type, init, value) => {
    expect(keptOf(`(global (export "g") ${type} (${init}))`)).toEqual([{ type, value }]);
  });

  it('take one position for each half of a v128', () => {
    const text = '(global (mut v128) (v128.const i64x2 1 2)) (global (mut i32) (i32.const 3))';
    expect(keptOf(text)).toEqual([
      { type: 'v128', position: 0 },
      { type: 'i32', position: 2 },
    ]);
  });
});
