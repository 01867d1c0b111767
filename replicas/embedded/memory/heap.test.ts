import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HEAP_BASE, HEAP_BASE_WASM_PAGES, OS_PAGE_BYTES } from '../wasm/instrumented-module.js';
import { Heap } from './heap.js';

const WASM_PAGES = 2;
const BYTES = WASM_PAGES * 65_536;

function createHeap(): Heap {
  return new Heap(new WebAssembly.Memory({ initial: WASM_PAGES + HEAP_BASE_WASM_PAGES }));
}

function write(heap: Heap, address: number, byte: number): void {
  heap.touchRange(address, 1);
  heap.bytes[HEAP_BASE + address] = byte;
}

describe('the pages that a message has changed', () => {
  it('are those whose content differs from before the message, however often they were written', () => {
    const writes = fc.array(fc.record({ address: fc.nat(BYTES - 1), byte: fc.integer({ min: 0, max: 1 }) }), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(writes, writes, (first, second) => {
        const heap = createHeap();
        for (const { address, byte } of first) write(heap, address, byte);
        heap.commit();
        const before = heap.bytes.slice(HEAP_BASE);
        for (const { address, byte } of second) write(heap, address, byte);
        const differs = (page: number): boolean => {
          const start = page * OS_PAGE_BYTES;
          const now = heap.bytes.subarray(HEAP_BASE + start, HEAP_BASE + start + OS_PAGE_BYTES);
          return Buffer.compare(now, before.subarray(start, start + OS_PAGE_BYTES)) !== 0;
        };
        const pages = Array.from({ length: BYTES / OS_PAGE_BYTES }, (_, page) => page);
        expect(heap.changedPages()).toBe(pages.filter(differs).length);
      }),
    );
  });

  it('do not include a page that was written with the bytes that it had', () => {
    const heap = createHeap();
    write(heap, 5, 0);
    write(heap, OS_PAGE_BYTES, 7);
    expect(heap.changedPages()).toBe(1);
    write(heap, OS_PAGE_BYTES, 0);
    expect(heap.changedPages()).toBe(0);
  });
});
