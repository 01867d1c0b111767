import { describe, expect, it } from 'vitest';
import { hostOf } from '../wasm/testing/run-text.js';
import { globalFromCandid, globalToCandid, keptValues, mutableValues } from './snapshot-globals.js';

const { module } = hostOf(
  `(global (mut i64) (i64.const 1)) (global (export "constant") f64 (f64.const 0.5))
   (global (mut v128) (v128.const i64x2 1 2)) (global (mut i32) (i32.const 3))`,
);

describe('the globals of a snapshot', () => {
  it('have the values of the module, and those of its constants', () => {
    expect(keptValues(module, [-5n, -1n, 2n, 7])).toEqual([
      { type: 'f64', value: 0.5 },
      { type: 'i64', value: -5n },
      { type: 'v128', value: 0x2_ffff_ffff_ffff_ffffn },
      { type: 'i32', value: 7 },
    ]);
  });

  it('give the module its values back', () => {
    const values = [-5n, -1n, -2n, 7];
    expect(mutableValues(module, keptValues(module, values))).toEqual(values);
  });

  it.each([
    ['too few', (all: readonly object[]) => all.slice(1)],
    ['too many', (all: readonly object[]) => [...all, { type: 'i32', value: 1 }]],
    ['in another order', (all: readonly object[]) => [...all].reverse()],
  ])('do not fit the module if they are %s', (_, change) => {
    const kept = keptValues(module, [1n, 2n, 3n, 4]);
    expect(mutableValues(module, change(kept) as typeof kept)).toBeUndefined();
  });

  it('are the same after a conversion to Candid and back', () => {
    for (const global of keptValues(module, [1n, 2n, 3n, 4])) {
      expect(globalFromCandid(globalToCandid(global))).toEqual(global);
    }
  });
});
