import { describe, expect, it } from 'vitest';
import { OS_PAGE_BYTES } from '../wasm/instrumented-module.js';
import { copyOfPage, zeroPage } from './page-buffers.js';

describe('page buffers', () => {
  it('returns pages of zeros that do not overlap, also when a shared buffer ends', () => {
    const pages = Array.from({ length: 50 }, zeroPage);
    for (const [index, page] of pages.entries()) {
      expect(page).toEqual(new Uint8Array(OS_PAGE_BYTES));
      page.fill(index + 1);
    }
    for (const [index, page] of pages.entries())
      expect(page).toEqual(new Uint8Array(OS_PAGE_BYTES).fill(index + 1));
  });

  it('copies one page from the middle of a memory, and later writes to the memory do not change the copy', () => {
    const memory = new Uint8Array(3 * OS_PAGE_BYTES).map((_, index) => index * 7 + (index >> 12));
    const expected = memory.slice(100, 100 + OS_PAGE_BYTES);
    const copy = copyOfPage(memory, 100);
    memory.fill(0);
    expect(copy).toEqual(expected);
  });

  it('keeps at most seven other pages in memory with a page that is in use', () => {
    const buffers = new Set(Array.from({ length: 80 }, () => zeroPage().buffer));
    expect(Math.max(...[...buffers].map(({ byteLength }) => byteLength))).toBe(8 * OS_PAGE_BYTES);
  });
});
