/** The interface between the System API and the machine that runs the canister, and helpers of the `ic0` functions. */
import { contractViolation, FaultError, trapped, userContractViolation } from '../errors.js';
import type { Heap } from '../memory/heap.js';
import { HEAP_BASE } from '../wasm/instrumented-module.js';
import type { MessageContext } from './message-context.js';

export interface Host {
  readonly heap: Heap;
  /** The message being executed. */
  readonly message: MessageContext;
  /** Charges instructions whose number depends on the state of the host. @throws FaultError at the instruction limit */
  charge(instructions: number): void;
  /** Instructions that this message has executed so far. */
  executed(): number;
  /** The backtrace of the canister's active functions, as `ic0.trap` reports it; `undefined` if the module has no function names. */
  backtrace(error: Error): string | undefined;
}

export function violate(text: string): never {
  throw new FaultError(contractViolation(text));
}
export function violateAsUser(text: string): never {
  throw new FaultError(userContractViolation(text));
}
export function trapHeapOutOfBounds(): never {
  throw new FaultError(trapped('heap out of bounds'));
}

/**
 * Converts an address, size, or index from wasm to an unsigned number. Operands of wasm32 are signed i32 values. Operands of wasm64
 * arrive as unsigned numbers already.
 */
export const unsigned = (operand: number): number => (operand < 0 ? operand + 2 ** 32 : operand);

function checkRange(what: string, start: number, length: number, size: number): void {
  if (start + length > size) {
    violate(`${what}: src=${start} + length=${length} exceeds the slice size=${size}`);
  }
}

/** Copies a range of the heap. `what` names the range in the error text. `start` and `length` must be unsigned. */
export function readHeap(host: Host, what: string, start: number, length: number): Uint8Array {
  checkRange(what, start, length, host.heap.byteLength);
  return host.heap.bytes.slice(HEAP_BASE + start, HEAP_BASE + start + length);
}

/** Whether a range is in the bounds of the heap. */
export function isInHeap(host: Host, start: number, length: number): boolean {
  return start + length <= host.heap.byteLength;
}

/** Copies a part of `source` into the heap. All `*_copy` functions use it. */
export function copyToHeap(
  host: Host,
  name: string,
  sourceName: string,
  source: Uint8Array,
  dst: number,
  offset: number,
  size: number,
): void {
  const start = unsigned(dst);
  const from = unsigned(offset);
  const length = unsigned(size);
  checkRange(`ic0.${name} heap`, start, length, host.heap.byteLength);
  checkRange(`ic0.${name} ${sourceName}`, from, length, source.length);
  host.heap.touchRange(start, length);
  host.heap.bytes.set(
    from === 0 && length === source.length ? source : source.subarray(from, from + length),
    HEAP_BASE + start,
  );
}

/** Writes a 128-bit amount at `dst` as 16 little-endian bytes. */
export function writeWide(host: Host, name: string, dst: number, amount: bigint): void {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt.asUintN(64, amount), true);
  view.setBigUint64(8, amount >> 64n, true);
  copyToHeap(host, name, 'amount', bytes, dst, 0, 16);
}

/** Combines two signed i64 operands to an unsigned 128-bit amount. */
export function wide(high: bigint, low: bigint): bigint {
  return (BigInt.asUintN(64, high) << 64n) | BigInt.asUintN(64, low);
}
