import { describe, expect, it } from 'vitest';
import { OS_PAGE_BYTES, WASM_PAGE_BYTES } from '../wasm/instrumented-module.js';
import { readHeap, readStable, toHeap, writeStable, zeroMemory } from './frozen-memory.js';

const bytes = (...values: readonly number[]) => Uint8Array.from(values);

describe('the memory of a snapshot', () => {
  it('consists of zeros at first', () => {
    const memory = zeroMemory(7_000_000);
    expect(readStable(memory, 7_000_000 * WASM_PAGE_BYTES - 3, 3)).toEqual(bytes(0, 0, 0));
  });

  it('contains what was written, across pages', () => {
    const memory = writeStable(zeroMemory(1), OS_PAGE_BYTES - 2, bytes(1, 2, 3, 4));
    expect(readStable(memory, OS_PAGE_BYTES - 3, 6)).toEqual(bytes(0, 1, 2, 3, 4, 0));
  });

  it('does not change when a later state of it is written', () => {
    const first = writeStable(zeroMemory(1), 0, bytes(1, 1));
    const second = writeStable(first, 1, bytes(2));
    expect(readStable(first, 0, 2)).toEqual(bytes(1, 1));
    expect(readStable(second, 0, 2)).toEqual(bytes(1, 2));
  });

  it('has the same content as a heap', () => {
    const memory = writeStable(zeroMemory(2), WASM_PAGE_BYTES - 1, bytes(8, 9));
    const heap = toHeap(memory);
    expect(heap.wasmPages).toBe(2);
    expect(readHeap(heap, WASM_PAGE_BYTES - 2, 4)).toEqual(bytes(0, 8, 9, 0));
    expect(readHeap(heap, 2 * WASM_PAGE_BYTES - 1, 1)).toEqual(bytes(0));
  });
});
