/** The interface between the System API and the machine that runs the canister, and helpers of the `ic0` functions. */
import { contractViolation, FaultError, trapped, userContractViolation, type TrapReason } from '../errors.js';
import type { Heap } from '../memory/heap.js';
import { HEAP_BASE } from '../wasm/instrumented-module.js';
import type { MessageContext } from './message-context.js';

export interface Host {
  readonly heap: Heap;
  /** Whether the module has a memory. If not, the heap is empty. */
  readonly hasMemory: boolean;
  /** The message being executed. */
  readonly message: MessageContext;
  /** Charges instructions whose number depends on the state of the host. @throws FaultError at the instruction limit */
  charge(instructions: number | bigint): void;
  /** Instructions that this message has executed so far. */
  executed(): number;
  /** The exact value of the operand at `index` of the running function, which must be an address or a size. `value` is the rounded one. */
  exactOperand(index: number, value: number): bigint;
  /** The backtrace of the canister's active functions, as `ic0.trap` reports it; `undefined` if the module has no function names. */
  backtrace(error: Error): string | undefined;
}

export function violate(text: string): never {
  throw new FaultError(contractViolation(text));
}
export function violateAsUser(text: string, suggestion = '', anchor = ''): never {
  throw new FaultError(userContractViolation(text, suggestion, anchor));
}
/** Ends the message with a trap and the backtrace of the canister's functions. */
export function trap(host: Host, reason: TrapReason): never {
  throw new FaultError(trapped(reason, host.backtrace(new Error(reason))));
}

/**
 * Converts an address, size, or index from wasm to an unsigned number. Operands of wasm32 are signed i32 values. Operands of wasm64
 * arrive as unsigned numbers already.
 */
export const unsigned = (operand: number): number => (operand < 0 ? operand + 2 ** 32 : operand);

const U64_MAX = (1n << 64n) - 1n;

/** A range of addresses in the operands of a function. */
interface OperandRange {
  readonly start: number;
  readonly length: number;
  /** Indices of the two in the operands of the function. */
  readonly startIndex: number;
  readonly lengthIndex: number;
}

/** Functions that read or write the heap need one, even if they read or write nothing. */
export function requireMemory(host: Host): void {
  if (!host.hasMemory) violate('WebAssembly module must define memory');
}

function checkRange(host: Host, what: string, range: OperandRange, size: number): void {
  if (range.start + range.length <= size) return;
  const start = host.exactOperand(range.startIndex, range.start);
  const length = host.exactOperand(range.lengthIndex, range.length);
  violate(
    start + length > U64_MAX
      ? `${what}: src=${start} + length=${length} is an invalid address`
      : `${what}: src=${start} + length=${length} exceeds the slice size=${size}`,
  );
}

/**
 * Copies a range of the heap. `what` names the range in the error text. `start` and `length` must be unsigned. They are the operands
 * of the function at `index` and `index + 1`.
 */
export function readHeap(host: Host, what: string, start: number, length: number, index = 0): Uint8Array {
  requireMemory(host);
  checkRange(host, what, { start, length, startIndex: index, lengthIndex: index + 1 }, host.heap.byteLength);
  return host.heap.bytes.slice(HEAP_BASE + start, HEAP_BASE + start + length);
}

/** Whether a range is in the bounds of the heap. */
export function isInHeap(host: Host, start: number, length: number): boolean {
  return start + length <= host.heap.byteLength;
}

/**
 * Copies a part of `source` into the heap. Almost all `*_copy` functions use it. Their last three operands are `dst`, `offset`, and
 * `size`; `index` is the index of `dst`.
 */
export function copyToHeap(
  host: Host,
  name: string,
  sourceName: string,
  source: Uint8Array,
  dst: number,
  offset: number,
  size: number,
  index = 0,
): void {
  const start = unsigned(dst);
  const from = unsigned(offset);
  const length = unsigned(size);
  requireMemory(host);
  const lengthIndex = index + 2;
  const target = { start, length, startIndex: index, lengthIndex };
  checkRange(host, `ic0.${name} heap`, target, host.heap.byteLength);
  const part = { start: from, length, startIndex: index + 1, lengthIndex };
  checkRange(host, `ic0.${name} ${sourceName}`, part, source.length);
  writeHeap(host, start, source, from, length);
}

/** Writes `source[from, from + length)` to the heap. Both ranges must be in bounds. */
export function writeHeap(
  { heap }: Host,
  start: number,
  source: Uint8Array,
  from = 0,
  length = source.length,
): void {
  heap.touchRange(start, length);
  heap.bytes.set(
    from === 0 && length === source.length ? source : source.subarray(from, from + length),
    HEAP_BASE + start,
  );
}

const AMOUNT_BYTES = 16;

/** Writes a 128-bit amount at `dst` as 16 little-endian bytes. `dst` is the operand of the function at `index`. */
export function writeWide(host: Host, name: string, dst: number, amount: bigint, index = 0): void {
  const start = unsigned(dst);
  requireMemory(host);
  if (!isInHeap(host, start, AMOUNT_BYTES)) {
    const exact = host.exactOperand(index, start);
    violate(
      `ic0_${name} failed because dst + size is out of bounds.` +
        `Found dst = ${exact} and size = ${AMOUNT_BYTES} while must be <= ${host.heap.byteLength}`,
    );
  }
  const bytes = new Uint8Array(AMOUNT_BYTES);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt.asUintN(64, amount), true);
  view.setBigUint64(8, amount >> 64n, true);
  writeHeap(host, start, bytes);
}

/** Combines two signed i64 operands to an unsigned 128-bit amount. */
export function wide(high: bigint, low: bigint): bigint {
  return (BigInt.asUintN(64, high) << 64n) | BigInt.asUintN(64, low);
}
