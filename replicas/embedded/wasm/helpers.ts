/** Bodies of the functions that instrumentation adds: metering, page tracking, memory growth, bulk operations, `ic0` wrappers. */
import { HEAP_BASE, HEAP_BASE_WASM_PAGES, OS_PAGE_BYTES, WASM_PAGE_BYTES } from './artifact.js';
import type { CodeWriter } from './code-writer.js';
import { hostSignature, type Charge } from './host-signatures.js';
import { ic0Signature, type Ic0Function, type Ic0ValueType } from './ic0-signatures.js';
import type { Layout } from './layout.js';
import { PREFIX_MISC, ValueType } from './opcodes.js';

const PAGE_SHIFT = Math.log2(OS_PAGE_BYTES);
/**
 * Pages of a full 32-bit memory less the engine's own. A canister without declared maximum gets 1 MiB less than 4 GiB; so does
 * one with a 64-bit memory.
 */
export const CANISTER_PAGES_MAX = 65_536 - HEAP_BASE_WASM_PAGES;

const OP = {
  unreachable: 0x00,
  block: 0x02,
  loop: 0x03,
  else: 0x05,
  br: 0x0c,
  br_if: 0x0d,
  return: 0x0f,
  call_indirect: 0x11,
  select: 0x1b,
  i32_load8_u: 0x2d,
  memory_size: 0x3f,
  memory_grow: 0x40,
  i32_eqz: 0x45,
  i32_eq: 0x46,
  i64_lt_s: 0x53,
  i64_lt_u: 0x54,
  i64_gt_s: 0x55,
  i64_gt_u: 0x56,
  i32_add: 0x6a,
  i32_sub: 0x6b,
  i32_or: 0x72,
  i32_shr_u: 0x76,
  i64_add: 0x7c,
  i64_sub: 0x7d,
  i64_mul: 0x7e,
  i32_wrap_i64: 0xa7,
  i64_extend_i32_u: 0xad,
  f64_convert_i64_u: 0xba,
} as const;
const EMPTY = 0x40;
const I64_TRUNC_SAT_F64_S = [PREFIX_MISC, 6];
const MEMORY_INIT = [PREFIX_MISC, 8];
const MEMORY_COPY = [PREFIX_MISC, 10, 0, 0];
const MEMORY_FILL = [PREFIX_MISC, 11, 0];

/** Appends a function body: extra locals by type, then what `code` writes. */
function body(out: CodeWriter, locals: readonly number[], code: () => void): void {
  out.sized(() => {
    out.u32(locals.length);
    for (const type of locals) out.u32(1).byte(type);
    code();
    out.end();
  });
}

function checkCounter(out: CodeWriter, layout: Layout): void {
  out.globalGet(layout.counterGlobal).i64Const(0).byte(OP.i64_lt_s);
  out.ifThen().call(layout.engine('out_of_instructions')).end();
}

/** Heap size in bytes, as i64. */
function heapBytes(out: CodeWriter): void {
  out.raw(OP.memory_size, 0).i32Const(HEAP_BASE_WASM_PAGES).byte(OP.i32_sub).byte(OP.i64_extend_i32_u);
  out.i64Const(WASM_PAGE_BYTES).byte(OP.i64_mul);
}

/** Sum of two unsigned i32 locals, as i64. */
function wideSum(out: CodeWriter, left: number, right: number): CodeWriter {
  return out
    .localGet(left)
    .byte(OP.i64_extend_i32_u)
    .localGet(right)
    .byte(OP.i64_extend_i32_u)
    .byte(OP.i64_add);
}

/** A local of the canister's address type, as i64. */
function wideAddress(out: CodeWriter, { isWasm64 }: Layout, local: number): CodeWriter {
  out.localGet(local);
  return isWasm64 ? out : out.byte(OP.i64_extend_i32_u);
}

/** A local of the canister's address type that is known to be in bounds, as i32. */
function narrowAddress(out: CodeWriter, { isWasm64 }: Layout, local: number): CodeWriter {
  out.localGet(local);
  return isWasm64 ? out.byte(OP.i32_wrap_i64) : out;
}

/** `(amount i64)`. The difference wraps below −2^63, then stays there (PocketIC's `decr_instruction_counter_fn`). */
export function writeCharge(out: CodeWriter, layout: Layout): void {
  const rest = 1;
  body(out, [ValueType.i64], () => {
    out.globalGet(layout.counterGlobal).localGet(0).byte(OP.i64_sub).localTee(rest);
    out.globalGet(layout.counterGlobal).byte(OP.i64_gt_s);
    out.raw(0x04, ValueType.i64);
    // i64::MIN, which a JavaScript number cannot name.
    out.raw(0x42, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f);
    out.byte(OP.else).localGet(rest).end();
    out.globalSet(layout.counterGlobal);
    checkCounter(out, layout);
  });
}

/** `(index, argument)`. The index is noted for the host, as at every indirect call. A module without table has no callbacks. */
export function writeCallback(out: CodeWriter, layout: Layout, typeIndex: number): void {
  const [index, argument] = [0, 1];
  body(out, [], () => {
    if (layout.tables64.length === 0) {
      out.byte(OP.unreachable);
      return;
    }
    out.localGet(index).globalSet(layout.lastIndirectGlobal);
    out.localGet(argument).localGet(index).byte(OP.call_indirect).u32(typeIndex).u32(0);
  });
}

/**
 * `(address, offset, width)`, called when the page's byte is 0 or the store crosses a page. Tells the host of each page
 * that is not marked yet; says nothing of a store that will trap.
 */
export function writeTrack(out: CodeWriter, layout: Layout): void {
  const [address, offset, width, end, page] = [0, 1, 2, 3, 4];
  body(out, [ValueType.i64, ValueType.i32], () => {
    wideSum(out, address, offset);
    out.localGet(width).byte(OP.i64_extend_i32_u).byte(OP.i64_add).localTee(end);
    heapBytes(out);
    out.byte(OP.i64_gt_u).ifThen().byte(OP.return).end();
    for (const lastByte of [false, true]) {
      out.localGet(end).byte(OP.i32_wrap_i64);
      if (lastByte) out.i32Const(1);
      else out.localGet(width);
      out.byte(OP.i32_sub).i32Const(PAGE_SHIFT).byte(OP.i32_shr_u).localTee(page);
      out.access(OP.i32_load8_u, 0, 0).byte(OP.i32_eqz).ifThen();
      out.localGet(page).call(layout.engine('first_write')).end();
    }
  });
}

/** `(start, length > 0)`, in bounds: tells the host of the range unless all its pages are marked. */
export function writeTrackRange(out: CodeWriter, layout: Layout): void {
  const [start, length, page, last] = [0, 1, 2, 3];
  body(out, [ValueType.i32, ValueType.i32], () => {
    out.localGet(start).i32Const(PAGE_SHIFT).byte(OP.i32_shr_u).localSet(page);
    out.localGet(start).localGet(length).byte(OP.i32_add).i32Const(1).byte(OP.i32_sub);
    out.i32Const(PAGE_SHIFT).byte(OP.i32_shr_u).localSet(last);
    out.raw(OP.loop, EMPTY);
    out.localGet(page).access(OP.i32_load8_u, 0, 0).byte(OP.i32_eqz).ifThen();
    out.localGet(start).localGet(length).call(layout.engine('touch_range')).byte(OP.return).end();
    out.localGet(page).localGet(last).byte(OP.i32_eq).ifThen().byte(OP.return).end();
    out.localGet(page).i32Const(1).byte(OP.i32_add).localSet(page);
    out.raw(OP.br, 0).end();
  });
}

/** `(delta) -> previous pages`, −1 beyond the declared maximum. The host learns of success and may throw. */
export function writeGrow(out: CodeWriter, layout: Layout, maximumPages: number | undefined): void {
  const [delta, previous] = [0, 1];
  const limit = Math.min(maximumPages ?? CANISTER_PAGES_MAX, CANISTER_PAGES_MAX);
  const refuse = (): CodeWriter => {
    out.ifThen();
    if (layout.isWasm64) out.i64Const(-1);
    else out.i32Const(-1);
    return out.byte(OP.return).end();
  };
  body(out, [ValueType.i32], () => {
    out.raw(OP.memory_size, 0).i32Const(HEAP_BASE_WASM_PAGES).byte(OP.i32_sub).localSet(previous);
    // Compared with what is left, because a sum of 64 bits could wrap.
    wideAddress(out, layout, delta);
    out.i64Const(limit).localGet(previous).byte(OP.i64_extend_i32_u).byte(OP.i64_sub).byte(OP.i64_gt_u);
    refuse();
    narrowAddress(out, layout, delta).raw(OP.memory_grow, 0).i32Const(-1).byte(OP.i32_eq);
    refuse();
    out.localGet(previous);
    narrowAddress(out, layout, delta).call(layout.engine('memory_grown')).localGet(previous);
    if (layout.isWasm64) out.byte(OP.i64_extend_i32_u);
  });
}

/** Runs `trap` unless `[start, start + length)` is inside the heap; both are addresses. */
function requireInHeap(
  out: CodeWriter,
  layout: Layout,
  start: number,
  length: number,
  trap: () => void,
): void {
  wideAddress(out, layout, start);
  wideAddress(out, layout, length).byte(OP.i64_add);
  heapBytes(out);
  out.byte(OP.i64_gt_u);
  if (layout.isWasm64) orTooLarge(out, [start, length]);
  out.ifThen();
  trap();
  out.byte(OP.unreachable).end();
}

/** The sum of two i64 could have wrapped: also true if one of them is beyond the heap by itself. */
function orTooLarge(out: CodeWriter, locals: readonly number[]): void {
  for (const local of locals) {
    out.localGet(local);
    heapBytes(out);
    out.byte(OP.i64_gt_u).byte(OP.i32_or);
  }
}

/** `start` and `length` are addresses in bounds. */
function trackIfAny(out: CodeWriter, layout: Layout, start: number, length: number): void {
  narrowAddress(out, layout, length).ifThen();
  narrowAddress(out, layout, start);
  narrowAddress(out, layout, length).call(layout.helper('trackRange')).end();
}

function shifted(out: CodeWriter, layout: Layout, address: number): CodeWriter {
  return narrowAddress(out, layout, address).i32Const(HEAP_BASE).byte(OP.i32_add);
}

/** `(destination, value, length)`. The length is charged, one instruction per byte, before anything else. */
export function writeFill(out: CodeWriter, layout: Layout): void {
  const [destination, value, length] = [0, 1, 2];
  body(out, [], () => {
    wideAddress(out, layout, length).call(layout.helper('charge'));
    // Wider than any memory: the engine's own "memory access out of bounds".
    requireInHeap(out, layout, destination, length, () =>
      out
        .i32Const(-1)
        .i32Const(0)
        .i32Const(-1)
        .raw(...MEMORY_FILL),
    );
    trackIfAny(out, layout, destination, length);
    shifted(out, layout, destination).localGet(value);
    narrowAddress(out, layout, length).raw(...MEMORY_FILL);
  });
}

/** `(destination, source, length)`. */
export function writeCopy(out: CodeWriter, layout: Layout): void {
  const [destination, source, length] = [0, 1, 2];
  const trap = (): CodeWriter =>
    out
      .i32Const(-1)
      .i32Const(-1)
      .i32Const(-1)
      .raw(...MEMORY_COPY);
  body(out, [], () => {
    wideAddress(out, layout, length).call(layout.helper('charge'));
    requireInHeap(out, layout, destination, length, trap);
    requireInHeap(out, layout, source, length, trap);
    trackIfAny(out, layout, destination, length);
    shifted(out, layout, destination);
    shifted(out, layout, source);
    narrowAddress(out, layout, length).raw(...MEMORY_COPY);
  });
}

/** `(destination, source, length)` for one data segment of `segmentBytes` bytes; only the destination is an address. */
export function writeInit(out: CodeWriter, layout: Layout, segment: number, segmentBytes: number): void {
  const [destination, source, length] = [0, 1, 2];
  const init = (): CodeWriter =>
    out
      .raw(...MEMORY_INIT)
      .u32(segment)
      .byte(0);
  const wideEnd = (): CodeWriter =>
    wideAddress(out, layout, destination).localGet(length).byte(OP.i64_extend_i32_u).byte(OP.i64_add);
  body(out, [], () => {
    out.localGet(length).byte(OP.i64_extend_i32_u).call(layout.helper('charge'));
    wideEnd();
    heapBytes(out);
    out.byte(OP.i64_gt_u);
    if (layout.isWasm64) orTooLarge(out, [destination]);
    out.ifThen().i32Const(-1).i32Const(0).i32Const(-1);
    init().byte(OP.unreachable).end();
    wideSum(out, source, length).i64Const(segmentBytes).byte(OP.i64_gt_u).byte(OP.i32_eqz).ifThen();
    out.localGet(length).ifThen();
    narrowAddress(out, layout, destination).localGet(length).call(layout.helper('trackRange')).end();
    out.end();
    shifted(out, layout, destination).localGet(source).localGet(length);
    init();
  });
}

/** The wrapper of `ic0.name`: charge, convert, call (see `host-signatures.ts`). */
export function writeWrapper(out: CodeWriter, layout: Layout, name: Ic0Function, importIndex: number): void {
  const { params, results } = ic0Signature(name, layout.isWasm64);
  const { hostParams, hostResults, charge } = hostSignature(name, layout.isWasm64);
  body(out, [], () => {
    if (charge.chargedBy === 'wasm' && (charge.fixed > 0 || charge.perByte > 0)) {
      if (charge.checkedFirst) checkCounter(out, layout);
      writeChargeAmount(out, charge, params);
      out.call(layout.helper('charge'));
    }
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

/** More bytes than any memory has, and few enough that no charge for them wraps. */
const CHARGED_BYTES_MAX = 2 ** 52;

/** fixed + perByte × sum of the operands, on the stack as i64. */
function writeChargeAmount(
  out: CodeWriter,
  { fixed, perByte, sizeOperands, checkedFirst }: Charge,
  params: readonly Ic0ValueType[],
): void {
  out.i64Const(fixed);
  for (const operand of sizeOperands) {
    out.localGet(operand);
    if (params[operand] === 'i32') out.byte(OP.i64_extend_i32_u);
    else if (checkedFirst) {
      out.i64Const(CHARGED_BYTES_MAX).localGet(operand).i64Const(CHARGED_BYTES_MAX);
      out.byte(OP.i64_lt_u).byte(OP.select);
    }
    if (perByte !== 1) out.i64Const(perByte).byte(OP.i64_mul);
    out.byte(OP.i64_add);
  }
}
