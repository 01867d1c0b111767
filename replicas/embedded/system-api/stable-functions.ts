/** `ic0.stable_*` and `ic0.stable64_*`. */
import { FaultError, memoryAccessLimitExceeded } from '../errors.js';
import { BYTES, INSTRUCTIONS } from '../params.js';
import { HEAP_BASE, OS_PAGE_BYTES, WASM_PAGE_BYTES } from '../wasm/instrumented-module.js';
import { isInHeap, trap, unsigned, type Host } from './host.js';

/** 4 GiB in wasm pages. */
const PAGES_32_BIT_MAX = 65_536;
const STABLE_PAGES_MAX = BYTES.stableMax / WASM_PAGE_BYTES;

export function createStableFunctions(host: Host) {
  return {
    stable64_size: (): number => host.message.stable.wasmPages,
    stable64_grow: (delta: number): number => grow(host, delta, STABLE_PAGES_MAX),
    // A length of zero skips the bounds checks, as in PocketIC.
    stable64_read: (dst: number, offset: number, size: number): void => {
      if (size !== 0) read(host, dst, offset, size);
    },
    stable64_write: (offset: number, src: number, size: number): void => {
      if (size !== 0) write(host, offset, src, size);
    },

    stable_size: (): number => {
      check32Bit(host);
      return host.message.stable.wasmPages;
    },
    stable_grow: (delta: number): number => {
      check32Bit(host);
      return grow(host, unsigned(delta), PAGES_32_BIT_MAX);
    },
    stable_read: (dst: number, offset: number, size: number): void => {
      check32Bit(host);
      if (size !== 0) read(host, unsigned(dst), unsigned(offset), unsigned(size));
    },
    stable_write: (offset: number, src: number, size: number): void => {
      check32Bit(host);
      write(host, unsigned(offset), unsigned(src), unsigned(size));
    },
  };
}

/** Returns the previous size in wasm pages, or −1 if there is no memory for the growth. */
function grow({ message }: Host, deltaPages: number, maxPages: number): number {
  const { stable, account } = message;
  const isTooLarge = stable.wasmPages + deltaPages > maxPages;
  return isTooLarge || !account.growStable(deltaPages * WASM_PAGE_BYTES) ? -1 : stable.grow(deltaPages);
}

function check32Bit(host: Host): void {
  if (host.message.stable.isBeyond32Bit)
    trap(host, '32 bit stable memory api used on a memory larger than 4GB');
}

function read(host: Host, dst: number, offset: number, size: number): void {
  const { heap, message } = host;
  if (!message.stable.isInBounds(offset, size)) trap(host, 'stable memory out of bounds');
  if (!isInHeap(host, dst, size)) trap(host, 'heap out of bounds');
  heap.touchRange(dst, size);
  message.stable.read(offset, heap.bytes, HEAP_BASE + dst, size);
}

function write(host: Host, offset: number, src: number, size: number): void {
  const { heap, message } = host;
  const { stable } = message;
  if (!stable.isInBounds(offset, size)) trap(host, 'stable memory out of bounds');
  if (!isInHeap(host, src, size)) trap(host, 'heap out of bounds');
  const clean = stable.cleanPagesIn(offset, size);
  if (clean > 0) {
    if (stable.dirtyPages + clean > message.stableDirtyPagesMax) {
      const limit = message.stableDirtyPagesMax * OS_PAGE_BYTES;
      throw new FaultError(
        memoryAccessLimitExceeded(
          `Exceeded the limit for the number of modified pages in the stable memory in a single execution: limit: ${limit / 1_024} KB.`,
        ),
      );
    }
    host.charge(clean * INSTRUCTIONS.perDirtyStablePage);
  }
  stable.write(offset, heap.bytes, HEAP_BASE + src, size);
}
