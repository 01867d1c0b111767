import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StableMemory, type StableCheckpoint } from './stable-memory.js';

const WASM_PAGE = 65_536;

type Step =
  | { kind: 'grow'; pages: number }
  | { kind: 'write'; start: number; length: number; byte: number }
  | { kind: 'checkpoint' }
  | { kind: 'revert'; index: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('grow' as const), pages: fc.nat(2) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      start: fc.nat(6 * WASM_PAGE),
      length: fc.oneof(fc.nat(20), fc.nat(20_000)),
      byte: fc.integer({ min: 1, max: 255 }),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ kind: 'checkpoint' as const }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('revert' as const), index: fc.nat() }) },
);

describe('StableMemory', () => {
  it('behaves like a byte array under any sequence of growth, writes, checkpoints, and reverts', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const memory = new StableMemory();
        let model = new Uint8Array(0);
        const saved: { checkpoint: StableCheckpoint; bytes: Uint8Array }[] = [
          { checkpoint: memory.checkpoint(), bytes: model },
        ];
        for (const action of steps) {
          if (action.kind === 'grow') {
            expect(memory.grow(action.pages)).toBe(model.length / WASM_PAGE);
            const grown = new Uint8Array(model.length + action.pages * WASM_PAGE);
            grown.set(model);
            model = grown;
          } else if (action.kind === 'write') {
            const start = Math.min(action.start, model.length);
            const length = Math.min(action.length, model.length - start);
            const source = new Uint8Array(length + 3).fill(action.byte);
            memory.write(start, source, 3, length);
            model = model.slice();
            model.set(source.subarray(3), start);
          } else if (action.kind === 'checkpoint') {
            saved.push({ checkpoint: memory.checkpoint(), bytes: model.slice() });
          } else {
            const target = saved[action.index % saved.length]!;
            memory.revert(target.checkpoint);
            model = target.bytes.slice();
          }
          expect(Buffer.compare(memory.toBytes(), model)).toBe(0);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('reads absent pages as zero', () => {
    const memory = new StableMemory();
    memory.grow(3);
    memory.write(4_090, Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]), 0, 8);
    const target = new Uint8Array(20).fill(9);
    memory.read(4_088, target, 2, 14);
    expect([...target]).toEqual([9, 9, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0, 9, 9, 9, 9]);
  });

  it('counts a page as dirty once per epoch', () => {
    const memory = new StableMemory();
    memory.grow(1);
    memory.checkpoint();
    expect(memory.cleanPagesIn(0, 4_097)).toBe(2);
    memory.write(0, new Uint8Array(10), 0, 10);
    expect(memory.cleanPagesIn(0, 4_097)).toBe(1);
    memory.write(0, new Uint8Array(4_096), 0, 4_096);
    expect(memory.dirtyPages).toBe(1);
    memory.checkpoint();
    expect(memory.cleanPagesIn(0, 4_097)).toBe(2);
  });

  it('holds 500 GiB', () => {
    const memory = new StableMemory();
    expect(memory.grow(8_192_000)).toBe(0);
    expect(memory.isBeyond32Bit).toBe(true);
    memory.write(500 * 1_073_741_824 - 3, Uint8Array.of(1, 2, 3), 0, 3);
    const end = new Uint8Array(4);
    memory.read(500 * 1_073_741_824 - 4, end, 0, 4);
    expect([...end]).toEqual([0, 1, 2, 3]);
  });

  it('restores a checkpoint of another memory without sharing later writes', () => {
    const first = new StableMemory();
    first.grow(1);
    first.write(0, Uint8Array.of(7), 0, 1);
    const checkpoint = first.checkpoint();
    const second = new StableMemory();
    second.revert(checkpoint);
    second.write(0, Uint8Array.of(8), 0, 1);
    expect(first.toBytes()[0]).toBe(7);
    expect(second.toBytes()[0]).toBe(8);
  });
});
