/** What the System API's functions need of the machine that runs the canister. */
import { contractViolation, FaultError, trapped, userContractViolation } from '../errors.js';
import type { Heap } from '../memory/heap.js';
import { HEAP_BASE } from '../wasm/artifact.js';
import type { MessageContext } from './message-context.js';

export interface Host {
  readonly heap: Heap;
  /** The message being executed. */
  readonly message: MessageContext;
  /** Subtract instructions whose number depends on the host's state. */
  charge(instructions: number): void;
  /** Instructions of this message so far. */
  executed(): number;
  /** The functions of the canister that are active, innermost first, as `ic0.trap` reports them. */
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

/** An address, size or index as it crosses: an i32 of wasm32, which is signed, or an unsigned number that stands for an i64. */
export const unsigned = (operand: number): number => (operand < 0 ? operand + 2 ** 32 : operand);

function checkRange(what: string, start: number, length: number, size: number): void {
  if (start + length > size)
    violate(`${what}: src=${start} + length=${length} exceeds the slice size=${size}`);
}

/** A copy of a range of the heap; `what` names it in the error text. Operands are unsigned. */
export function readHeap(host: Host, what: string, start: number, length: number): Uint8Array {
  checkRange(what, start, length, host.heap.byteLength);
  return host.heap.bytes.slice(HEAP_BASE + start, HEAP_BASE + start + length);
}

/** Whether a range of the heap exists. */
export function isInHeap(host: Host, start: number, length: number): boolean {
  return start + length <= host.heap.byteLength;
}

/** Copy a part of `source` into the heap: the common shape of all `*_copy` functions. */
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

/** 16 little-endian bytes at `dst`. */
export function writeWide(host: Host, name: string, dst: number, amount: bigint): void {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt.asUintN(64, amount), true);
  view.setBigUint64(8, amount >> 64n, true);
  copyToHeap(host, name, 'amount', bytes, dst, 0, 16);
}

/** Two signed i64 operands that make one unsigned 128-bit amount. */
export function wide(high: bigint, low: bigint): bigint {
  return (BigInt.asUintN(64, high) << 64n) | BigInt.asUintN(64, low);
}
