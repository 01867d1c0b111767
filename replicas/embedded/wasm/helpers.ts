/**
 * Bodies of the injected functions: metering, page tracking, memory growth, bulk operations, and `ic0` wrappers. The functions
 * named `push…` emit code that leaves a value on the stack.
 */
import {
  CANISTER_PAGES_MAX,
  HEAP_BASE,
  HEAP_BASE_WASM_PAGES,
  OS_PAGE_SHIFT,
  WASM_PAGE_BYTES,
} from './instrumented-module.js';
import { EMPTY_BLOCK, OP } from './binary-format.js';
import type { CodeWriter } from './code-writer.js';
import { hostSignature, type Charge } from './host-signatures.js';
import { addressOperands, ic0Signature, type Ic0Function, type Ic0ValueType } from './ic0-signatures.js';
import { OPERANDS_MAX, type Layout } from './layout.js';
import { PREFIX_MISC, ValueType } from './opcodes.js';

const I64_TRUNC_SAT_F64_S = [PREFIX_MISC, 6];
const MEMORY_INIT = [PREFIX_MISC, 8];
const MEMORY_COPY = [PREFIX_MISC, 10, 0, 0];
const MEMORY_FILL = [PREFIX_MISC, 11, 0];

/** Appends a function body with the given types of extra locals. `code` writes its instructions. */
function writeBody(out: CodeWriter, locals: readonly number[], code: () => void): void {
  out.sized(() => {
    out.u32(locals.length);
    for (const type of locals) out.u32(1).byte(type);
    code();
    out.end();
  });
}

function checkCounter(out: CodeWriter, layout: Layout): void {
  out.globalGet(layout.counterGlobal).i64Const(0).byte(OP.i64_lt_s);
  out.ifThen().call(layout.engineFunction('out_of_instructions')).end();
}

/** Pushes the heap size in bytes as i64. */
function pushHeapBytes(out: CodeWriter): void {
  out.raw(OP.memory_size, 0).i32Const(HEAP_BASE_WASM_PAGES).byte(OP.i32_sub).byte(OP.i64_extend_i32_u);
  out.i64Const(WASM_PAGE_BYTES).byte(OP.i64_mul);
}

/** Pushes the sum of two unsigned i32 locals as i64. */
function pushSumAsI64(out: CodeWriter, left: number, right: number): CodeWriter {
  return out
    .localGet(left)
    .byte(OP.i64_extend_i32_u)
    .localGet(right)
    .byte(OP.i64_extend_i32_u)
    .byte(OP.i64_add);
}

/** Pushes a local of the canister's address type as i64. */
function pushAddressAsI64(out: CodeWriter, { isWasm64 }: Layout, local: number): CodeWriter {
  out.localGet(local);
  return isWasm64 ? out : out.byte(OP.i64_extend_i32_u);
}

/** Pushes a local of the canister's address type as i32. The value must be in bounds. */
function pushAddressAsI32(out: CodeWriter, { isWasm64 }: Layout, local: number): CodeWriter {
  out.localGet(local);
  return isWasm64 ? out.byte(OP.i32_wrap_i64) : out;
}

/**
 * `(amount i64)`: subtracts the amount from the counter and checks the counter. A difference below −2^63 becomes −2^63, as in
 * PocketIC's `decr_instruction_counter_fn`.
 */
export function writeCharge(out: CodeWriter, layout: Layout): void {
  const rest = 1;
  writeBody(out, [ValueType.i64], () => {
    out.globalGet(layout.counterGlobal).localGet(0).byte(OP.i64_sub).localTee(rest);
    out.globalGet(layout.counterGlobal).byte(OP.i64_gt_s);
    out.raw(OP.if, ValueType.i64);
    // i64.const −2^63, which a JavaScript number cannot represent in `i64Const`.
    out.raw(OP.i64_const, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f);
    out.byte(OP.else).localGet(rest).end();
    out.globalSet(layout.counterGlobal);
    checkCounter(out, layout);
  });
}

/**
 * `(index, argument)`: calls the function at `index` of table 0. Like every indirect call, it first stores the index in the
 * global for the host. The body traps if the module has no table of functions.
 */
export function writeCallback(out: CodeWriter, layout: Layout, typeIndex: number): void {
  const [index, argument] = [0, 1];
  writeBody(out, [], () => {
    if (!layout.hasFunctionTable) {
      out.byte(OP.unreachable);
      return;
    }
    out.localGet(index).globalSet(layout.lastIndirectGlobal);
    out.localGet(argument).localGet(index).byte(OP.call_indirect).u32(typeIndex).u32(0);
  });
}

/**
 * `(address, offset, width)`: reports each unmarked page of a store to the host. Called when the byte of the first page is 0 or
 * when the store crosses a page boundary. Does not report a store that traps.
 */
export function writeTrack(out: CodeWriter, layout: Layout): void {
  const [address, offset, width, end, page] = [0, 1, 2, 3, 4];
  writeBody(out, [ValueType.i64, ValueType.i32], () => {
    pushSumAsI64(out, address, offset);
    out.localGet(width).byte(OP.i64_extend_i32_u).byte(OP.i64_add).localTee(end);
    pushHeapBytes(out);
    out.byte(OP.i64_gt_u).ifThen().byte(OP.return).end();
    for (const lastByte of [false, true]) {
      out.localGet(end).byte(OP.i32_wrap_i64);
      if (lastByte) out.i32Const(1);
      else out.localGet(width);
      out.byte(OP.i32_sub).i32Const(OS_PAGE_SHIFT).byte(OP.i32_shr_u).localTee(page);
      out.access(OP.i32_load8_u, 0, 0).byte(OP.i32_eqz).ifThen();
      out.localGet(page).call(layout.engineFunction('first_write')).end();
    }
  });
}

/** `(start, length)`: reports a range to the host unless all its pages are marked. The range is in bounds and not empty. */
export function writeTrackRange(out: CodeWriter, layout: Layout): void {
  const [start, length, page, last] = [0, 1, 2, 3];
  writeBody(out, [ValueType.i32, ValueType.i32], () => {
    out.localGet(start).i32Const(OS_PAGE_SHIFT).byte(OP.i32_shr_u).localSet(page);
    out.localGet(start).localGet(length).byte(OP.i32_add).i32Const(1).byte(OP.i32_sub);
    out.i32Const(OS_PAGE_SHIFT).byte(OP.i32_shr_u).localSet(last);
    out.raw(OP.loop, EMPTY_BLOCK);
    out.localGet(page).access(OP.i32_load8_u, 0, 0).byte(OP.i32_eqz).ifThen();
    out.localGet(start).localGet(length).call(layout.engineFunction('touch_range')).byte(OP.return).end();
    out.localGet(page).localGet(last).byte(OP.i32_eq).ifThen().byte(OP.return).end();
    out.localGet(page).i32Const(1).byte(OP.i32_add).localSet(page);
    out.raw(OP.br, 0).end();
  });
}

/** Largest heap of the network in wasm pages: 4 GiB, and 6 GiB with 64-bit addresses. Recorded: trace 16, exchanges 424 and 426. */
export const NETWORK_PAGES_MAX = { wasm32: 65_536, wasm64: 98_304 } as const;

/**
 * `(delta) -> previous pages`: grows the memory and reports the growth to the host, which may throw. Returns −1 if the new size
 * exceeds the declared maximum, or what the engine can hold. In the latter case the host learns of the growth too, because the
 * limits of the canister come first.
 */
export function writeGrow(out: CodeWriter, layout: Layout, maximumPages: number | undefined): void {
  const [delta, previous] = [0, 1];
  const networkMax = layout.isWasm64 ? NETWORK_PAGES_MAX.wasm64 : NETWORK_PAGES_MAX.wasm32;
  const limit = Math.min(maximumPages ?? networkMax, networkMax);
  const returnFailure = (): CodeWriter => {
    if (layout.isWasm64) out.i64Const(-1);
    else out.i32Const(-1);
    return out.byte(OP.return);
  };
  const pushIsBeyond = (pages: number): CodeWriter => {
    // Compare with the remaining pages, because a 64-bit sum could wrap.
    pushAddressAsI64(out, layout, delta);
    return out
      .i64Const(pages)
      .localGet(previous)
      .byte(OP.i64_extend_i32_u)
      .byte(OP.i64_sub)
      .byte(OP.i64_gt_u);
  };
  const reportGrowth = (): CodeWriter => {
    out.localGet(previous);
    return pushAddressAsI32(out, layout, delta).call(layout.engineFunction('memory_grown'));
  };
  writeBody(out, [ValueType.i32], () => {
    out.raw(OP.memory_size, 0).i32Const(HEAP_BASE_WASM_PAGES).byte(OP.i32_sub).localSet(previous);
    pushIsBeyond(limit).ifThen();
    returnFailure().end();
    pushIsBeyond(CANISTER_PAGES_MAX).ifThen();
    reportGrowth();
    returnFailure().end();
    pushAddressAsI32(out, layout, delta).raw(OP.memory_grow, 0).i32Const(-1).byte(OP.i32_eq).ifThen();
    returnFailure().end();
    reportGrowth().localGet(previous);
    if (layout.isWasm64) out.byte(OP.i64_extend_i32_u);
  });
}

/** Runs `trap` unless `[start, start + length)` is inside the heap. Both locals have the address type. */
function requireInHeap(
  out: CodeWriter,
  layout: Layout,
  start: number,
  length: number,
  trap: () => void,
): void {
  pushAddressAsI64(out, layout, start);
  pushAddressAsI64(out, layout, length).byte(OP.i64_add);
  pushHeapBytes(out);
  out.byte(OP.i64_gt_u);
  if (layout.isWasm64) orBeyondHeap(out, [start, length]);
  out.ifThen();
  trap();
  out.byte(OP.unreachable).end();
}

/** Makes the condition on the stack also true if one of the i64 locals exceeds the heap size, because their sum may wrap. */
function orBeyondHeap(out: CodeWriter, locals: readonly number[]): void {
  for (const local of locals) {
    out.localGet(local);
    pushHeapBytes(out);
    out.byte(OP.i64_gt_u).byte(OP.i32_or);
  }
}

/** Marks the pages of a range that is in bounds. `start` and `length` are locals of the address type. */
function trackUnlessEmpty(out: CodeWriter, layout: Layout, start: number, length: number): void {
  pushAddressAsI32(out, layout, length).ifThen();
  pushAddressAsI32(out, layout, start);
  pushAddressAsI32(out, layout, length).call(layout.helper('trackRange')).end();
}

/** Pushes the physical address of a canister address that is in bounds. */
function pushPhysicalAddress(out: CodeWriter, layout: Layout, address: number): CodeWriter {
  return pushAddressAsI32(out, layout, address).i32Const(HEAP_BASE).byte(OP.i32_add);
}

/** `(destination, value, length)`: `memory.fill`. Charges one instruction per byte before the bounds check. */
export function writeFill(out: CodeWriter, layout: Layout): void {
  const [destination, value, length] = [0, 1, 2];
  writeBody(out, [], () => {
    pushAddressAsI64(out, layout, length).call(layout.helper('charge'));
    // A range that exceeds any memory makes V8 throw its own "memory access out of bounds".
    requireInHeap(out, layout, destination, length, () =>
      out
        .i32Const(-1)
        .i32Const(0)
        .i32Const(-1)
        .raw(...MEMORY_FILL),
    );
    trackUnlessEmpty(out, layout, destination, length);
    pushPhysicalAddress(out, layout, destination).localGet(value);
    pushAddressAsI32(out, layout, length).raw(...MEMORY_FILL);
  });
}

/** `(destination, source, length)`: `memory.copy`. Charges one instruction per byte before the bounds check. */
export function writeCopy(out: CodeWriter, layout: Layout): void {
  const [destination, source, length] = [0, 1, 2];
  const trap = (): CodeWriter =>
    out
      .i32Const(-1)
      .i32Const(-1)
      .i32Const(-1)
      .raw(...MEMORY_COPY);
  writeBody(out, [], () => {
    pushAddressAsI64(out, layout, length).call(layout.helper('charge'));
    requireInHeap(out, layout, destination, length, trap);
    requireInHeap(out, layout, source, length, trap);
    trackUnlessEmpty(out, layout, destination, length);
    pushPhysicalAddress(out, layout, destination);
    pushPhysicalAddress(out, layout, source);
    pushAddressAsI32(out, layout, length).raw(...MEMORY_COPY);
  });
}

/**
 * `(destination, source, length)`: `memory.init` for one data segment of `segmentBytes` bytes. Only the destination has the
 * address type. Charges one instruction per byte before the bounds check.
 */
export function writeInit(out: CodeWriter, layout: Layout, segment: number, segmentBytes: number): void {
  const [destination, source, length] = [0, 1, 2];
  const init = (): CodeWriter =>
    out
      .raw(...MEMORY_INIT)
      .u32(segment)
      .byte(0);
  const pushEndAsI64 = (): CodeWriter =>
    pushAddressAsI64(out, layout, destination).localGet(length).byte(OP.i64_extend_i32_u).byte(OP.i64_add);
  writeBody(out, [], () => {
    out.localGet(length).byte(OP.i64_extend_i32_u).call(layout.helper('charge'));
    pushEndAsI64();
    pushHeapBytes(out);
    out.byte(OP.i64_gt_u);
    if (layout.isWasm64) orBeyondHeap(out, [destination]);
    out.ifThen().i32Const(-1).i32Const(0).i32Const(-1);
    init().byte(OP.unreachable).end();
    pushSumAsI64(out, source, length).i64Const(segmentBytes).byte(OP.i64_gt_u).byte(OP.i32_eqz).ifThen();
    out.localGet(length).ifThen();
    pushAddressAsI32(out, layout, destination).localGet(length).call(layout.helper('trackRange')).end();
    out.end();
    pushPhysicalAddress(out, layout, destination).localGet(source).localGet(length);
    init();
  });
}

/** The wrapper of `ic0.name`: charges, converts the operands, and calls the import (see `host-signatures.ts`). */
export function writeWrapper(out: CodeWriter, layout: Layout, name: Ic0Function, importIndex: number): void {
  const { params, results } = ic0Signature(name, layout.isWasm64);
  const { hostParams, hostResults, charge } = hostSignature(name, layout.isWasm64);
  writeBody(out, [], () => {
    if (charge.chargedBy === 'wasm' && (charge.fixed > 0 || charge.perByte > 0)) {
      if (charge.checkedFirst) checkCounter(out, layout);
      pushChargeAmount(out, charge, params);
      out.call(layout.helper('charge'));
    }
    if (layout.isWasm64) keepExactOperands(out, layout, name);
    hostParams.forEach((type, index) => {
      out.localGet(index);
      if (type === 'f64') out.byte(OP.f64_convert_i64_u);
    });
    out.call(importIndex);
    if (results[0] !== 'i64') return;
    if (hostResults[0] === 'f64') out.raw(...I64_TRUNC_SAT_F64_S);
    else if (hostResults[0] === 'i32') out.byte(OP.i64_extend_i32_u);
  });
}

/** Stores the addresses and sizes in globals, because the host gets them rounded. Error texts contain the exact numbers. */
function keepExactOperands(out: CodeWriter, layout: Layout, name: Ic0Function): void {
  addressOperands(name).forEach((isAddress, index) => {
    if (isAddress && index < OPERANDS_MAX) out.localGet(index).globalSet(layout.operandBase + index);
  });
}

const I64_MAX = 2n ** 63n - 1n;

/**
 * Pushes `fixed` + `perByte` × the sum of the size operands as i64. An i64 operand counts at most so much that the sum does not exceed
 * 2^63 − 1.
 */
function pushChargeAmount(
  out: CodeWriter,
  { fixed, perByte, sizeOperands, checkedFirst }: Charge,
  params: readonly Ic0ValueType[],
): void {
  out.i64Const(fixed);
  for (const operand of sizeOperands) {
    out.localGet(operand);
    if (params[operand] === 'i32') out.byte(OP.i64_extend_i32_u);
    else if (checkedFirst) {
      const max = (I64_MAX - BigInt(fixed)) / BigInt(perByte * sizeOperands.length);
      out.byte(OP.i64_const).bigSigned(max);
      out.localGet(operand).byte(OP.i64_const).bigSigned(max);
      out.byte(OP.i64_lt_u).byte(OP.select);
    }
    if (perByte !== 1) out.i64Const(perByte).byte(OP.i64_mul);
    out.byte(OP.i64_add);
  }
}
