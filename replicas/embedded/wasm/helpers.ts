/** Bodies of the functions that instrumentation adds: metering, page tracking, memory growth, bulk operations, `ic0` wrappers. */
import { HEAP_BASE, HEAP_BASE_WASM_PAGES, OS_PAGE_BYTES, WASM_PAGE_BYTES } from './artifact.js';
import type { CodeWriter } from './code-writer.js';
import { hostSignature } from './host-signatures.js';
import { IC0_SIGNATURES, type Ic0Function } from './ic0-signatures.js';
import type { Layout } from './layout.js';
import { PREFIX_MISC, ValueType } from './opcodes.js';

const PAGE_SHIFT = Math.log2(OS_PAGE_BYTES);
/** Pages of a full 32-bit memory less the engine's own. A canister without declared maximum gets 1 MiB less than 4 GiB. */
export const CANISTER_PAGES_MAX = 65_536 - HEAP_BASE_WASM_PAGES;

const OP = {
  unreachable: 0x00,
  block: 0x02,
  loop: 0x03,
  else: 0x05,
  br: 0x0c,
  br_if: 0x0d,
  return: 0x0f,
  i32_load8_u: 0x2d,
  memory_size: 0x3f,
  memory_grow: 0x40,
  i32_eqz: 0x45,
  i32_eq: 0x46,
  i32_gt_u: 0x4b,
  i64_lt_s: 0x53,
  i64_gt_s: 0x55,
  i64_gt_u: 0x56,
  i32_add: 0x6a,
  i32_sub: 0x6b,
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
const body = (out: CodeWriter, locals: readonly number[], code: () => void): void => {
  out.sized(() => {
    out.u32(locals.length);
    for (const type of locals) out.u32(1).byte(type);
    code();
    out.end();
  });
};

const checkCounter = (out: CodeWriter, layout: Layout): void => {
  out.globalGet(layout.counterGlobal).i64Const(0).byte(OP.i64_lt_s);
  out.ifThen().call(layout.engine('out_of_instructions')).end();
};

/** Heap size in bytes, as i64. */
const heapBytes = (out: CodeWriter): void => {
  out.raw(OP.memory_size, 0).i32Const(HEAP_BASE_WASM_PAGES).byte(OP.i32_sub).byte(OP.i64_extend_i32_u);
  out.i64Const(WASM_PAGE_BYTES).byte(OP.i64_mul);
};

/** Sum of two unsigned i32 locals, as i64. */
const wideSum = (out: CodeWriter, left: number, right: number): CodeWriter =>
  out.localGet(left).byte(OP.i64_extend_i32_u).localGet(right).byte(OP.i64_extend_i32_u).byte(OP.i64_add);

/** `(amount i64)`. The difference wraps below −2^63, then stays there (PocketIC's `decr_instruction_counter_fn`). */
export const writeCharge = (out: CodeWriter, layout: Layout): void => {
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
};

/**
 * `(address, offset, width)`, called when the page's byte is 0 or the store crosses a page. Tells the host of each page
 * that is not marked yet; says nothing of a store that will trap.
 */
export const writeTrack = (out: CodeWriter, layout: Layout): void => {
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
};

/** `(start, length > 0)`, in bounds: tells the host of the range unless all its pages are marked. */
export const writeTrackRange = (out: CodeWriter, layout: Layout): void => {
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
};

/** `(delta) -> previous pages`, −1 beyond the declared maximum. The host learns of success and may throw. */
export const writeGrow = (out: CodeWriter, layout: Layout, maximumPages: number | undefined): void => {
  const [delta, previous] = [0, 1];
  const limit = Math.min(maximumPages ?? CANISTER_PAGES_MAX, CANISTER_PAGES_MAX);
  body(out, [ValueType.i32], () => {
    out.raw(OP.memory_size, 0).i32Const(HEAP_BASE_WASM_PAGES).byte(OP.i32_sub).localSet(previous);
    wideSum(out, previous, delta).i64Const(limit).byte(OP.i64_gt_u);
    out.ifThen().i32Const(-1).byte(OP.return).end();
    out.localGet(delta).raw(OP.memory_grow, 0).i32Const(-1).byte(OP.i32_eq);
    out.ifThen().i32Const(-1).byte(OP.return).end();
    out.localGet(previous).localGet(delta).call(layout.engine('memory_grown'));
    out.localGet(previous);
  });
};

/** Charges the size operand, one instruction per byte. */
const chargeSize = (out: CodeWriter, layout: Layout, size: number): void => {
  out.localGet(size).byte(OP.i64_extend_i32_u).call(layout.helper('charge'));
};

/** Runs `trap` unless `[start, start + length)` is inside the heap. */
const requireInHeap = (out: CodeWriter, start: number, length: number, trap: () => void): void => {
  wideSum(out, start, length);
  heapBytes(out);
  out.byte(OP.i64_gt_u).ifThen();
  trap();
  out.byte(OP.unreachable).end();
};

const trackIfAny = (out: CodeWriter, layout: Layout, start: number, length: number): void => {
  out.localGet(length).ifThen();
  out.localGet(start).localGet(length).call(layout.helper('trackRange')).end();
};

const shifted = (out: CodeWriter, address: number): CodeWriter =>
  out.localGet(address).i32Const(HEAP_BASE).byte(OP.i32_add);

/** `(destination, value, length)`. */
export const writeFill = (out: CodeWriter, layout: Layout): void => {
  const [destination, value, length] = [0, 1, 2];
  body(out, [], () => {
    chargeSize(out, layout, length);
    // Wider than any memory: the engine's own "memory access out of bounds".
    requireInHeap(out, destination, length, () =>
      out
        .i32Const(-1)
        .i32Const(0)
        .i32Const(-1)
        .raw(...MEMORY_FILL),
    );
    trackIfAny(out, layout, destination, length);
    shifted(out, destination)
      .localGet(value)
      .localGet(length)
      .raw(...MEMORY_FILL);
  });
};

/** `(destination, source, length)`. */
export const writeCopy = (out: CodeWriter, layout: Layout): void => {
  const [destination, source, length] = [0, 1, 2];
  const trap = (): CodeWriter =>
    out
      .i32Const(-1)
      .i32Const(-1)
      .i32Const(-1)
      .raw(...MEMORY_COPY);
  body(out, [], () => {
    chargeSize(out, layout, length);
    requireInHeap(out, destination, length, trap);
    requireInHeap(out, source, length, trap);
    trackIfAny(out, layout, destination, length);
    shifted(out, destination);
    shifted(out, source)
      .localGet(length)
      .raw(...MEMORY_COPY);
  });
};

/** `(destination, source, length)` for one data segment of `segmentBytes` bytes. */
export const writeInit = (out: CodeWriter, layout: Layout, segment: number, segmentBytes: number): void => {
  const [destination, source, length] = [0, 1, 2];
  const init = (): CodeWriter =>
    out
      .raw(...MEMORY_INIT)
      .u32(segment)
      .byte(0);
  body(out, [], () => {
    chargeSize(out, layout, length);
    requireInHeap(out, destination, length, () => {
      out.i32Const(-1).i32Const(0).i32Const(-1);
      init();
    });
    wideSum(out, source, length).i64Const(segmentBytes).byte(OP.i64_gt_u).byte(OP.i32_eqz).ifThen();
    trackIfAny(out, layout, destination, length);
    out.end();
    shifted(out, destination).localGet(source).localGet(length);
    init();
  });
};

/** The wrapper of `ic0.name`: charge, convert, call (see `host-signatures.ts`). */
export const writeWrapper = (
  out: CodeWriter,
  layout: Layout,
  name: Ic0Function,
  importIndex: number,
): void => {
  const { params, results } = IC0_SIGNATURES[name];
  const { hostParams, hostResults, charge } = hostSignature(name);
  body(out, [], () => {
    if (charge.chargedBy === 'wasm' && (charge.fixed > 0 || charge.perByte > 0)) {
      if (charge.checkedFirst) checkCounter(out, layout);
      writeChargeAmount(out, charge.fixed, charge.perByte, charge.sizeOperands, params);
      out.call(layout.helper('charge'));
    }
    hostParams.forEach((type, index) => {
      out.localGet(index);
      if (type === 'f64') out.byte(OP.f64_convert_i64_u);
    });
    out.call(importIndex);
    if (hostResults[0] === 'f64' && results[0] === 'i64') out.raw(...I64_TRUNC_SAT_F64_S);
  });
};

/** fixed + perByte × sum of the operands, on the stack as i64. */
const writeChargeAmount = (
  out: CodeWriter,
  fixed: number,
  perByte: number,
  sizeOperands: readonly number[],
  params: readonly ('i32' | 'i64')[],
): void => {
  out.i64Const(fixed);
  for (const operand of sizeOperands) {
    out.localGet(operand);
    if (params[operand] === 'i32') out.byte(OP.i64_extend_i32_u);
    if (perByte !== 1) out.i64Const(perByte).byte(OP.i64_mul);
    out.byte(OP.i64_add);
  }
};
