/**
 * Second pass over a function body: copies the instructions and injects metering and page tracking. Runs of unchanged
 * instructions are copied as bytes.
 *
 * Metering (PocketIC 10.0.0, rs/embedders/src/wasm_utils/instrumentation.rs, `inject_metering`): the code subtracts the cost
 * of a basic block at its start. It tests the counter at function entry and at the start of each loop body.
 *
 * Stores: the code calls the helper `track` if the byte of the page at `address + offset` is 0 or if the store crosses a page
 * boundary. In the common case, these two tests take a few machine instructions and no call.
 *
 * 64-bit memories: the code converts an i64 address to i32. An address of 2^32 or more becomes 2^32 − 1, which is out of bounds
 * in this engine. After the conversion, a 64-bit memory is treated as a 32-bit one. The same holds for indices of 64-bit tables.
 */
import { HEAP_BASE, HEAP_BASE_WASM_PAGES, OS_PAGE_BYTES, OS_PAGE_SHIFT } from './instrumented-module.js';
import { OP, U32_MAX } from './binary-format.js';
import type { BodyScan } from './body-scan.js';
import { ByteReader } from './byte-reader.js';
import { writeCanonicalNan } from './canonical-nan.js';
import { GLOBAL_TEMPORARY, type CodeWriter } from './code-writer.js';
import type { CoverageCursor } from './coverage-code.js';
import { writeGlobalAccess } from './global-access.js';
import { readInstructionId, skipImmediates } from './instruction-reader.js';
import type { Layout } from './layout.js';
import {
  Action,
  ACTIONS,
  MISC,
  OPERAND_TYPES,
  PREFIX_MISC,
  PREFIX_SIMD,
  SIMD,
  STORE_WIDTHS,
  ValueType,
} from './opcodes.js';
import { Temporary, TEMPORARY_TYPES } from './temporaries.js';

/** The runtime allows no more parameters and locals of a function. */
const LOCALS_MAX = 50_000;

export class BodyRewriter {
  #reader = new ByteReader(new Uint8Array());
  /** Local indices of the temporaries in the current body. */
  #i64 = 0;
  #address = 0;
  #effective = 0;
  #i64Address = 0;
  readonly #valueTemporaries = new Uint32Array(128);
  #block = 0;
  #bodyStart = 0;
  #hintedOffsets: number[] = [];

  readonly #source: Uint8Array;
  readonly #layout: Layout;
  readonly #out: CodeWriter;

  constructor(source: Uint8Array, layout: Layout, out: CodeWriter) {
    this.#source = source;
    this.#layout = layout;
    this.#out = out;
  }

  /**
   * Appends the rewritten body of a function with `paramCount` parameters. `scan` must hold the result for this body.
   *
   * Returns the offsets of the injected `if` instructions in the new body (see `branch-hints.ts`).
   */
  rewrite(
    start: number,
    end: number,
    paramCount: number,
    scan: BodyScan,
    coverage?: CoverageCursor,
  ): readonly number[] {
    this.#reader = new ByteReader(this.#source, start, end);
    this.#out.sized(() => {
      this.#bodyStart = this.#out.length;
      this.#hintedOffsets = [];
      const needed = coverage?.hasTables === true ? Temporary.address : 0;
      this.#rewriteLocals(paramCount, scan.temporaries | needed);
      this.#chargeAndCheck(scan.blockCosts[0]!);
      this.#block = 1;
      this.#rewriteInstructions(end, scan, coverage);
    });
    return this.#hintedOffsets;
  }

  #rewriteLocals(paramCount: number, temporaries: number): void {
    const reader = this.#reader;
    const out = this.#out;
    const groups = reader.u32();
    const start = reader.position;
    let count = paramCount;
    for (let group = 0; group < groups; group++) {
      count += reader.u32();
      reader.skip(1);
    }
    const needed = TEMPORARY_TYPES.filter(([bit]) => (temporaries & bit) !== 0);
    // Globals serve as well, because no temporary is alive while other code of the canister runs. They are slower.
    const usesLocals = count + needed.length <= LOCALS_MAX;
    out.u32(groups + (usesLocals ? needed.length : 0)).copy(this.#source, start, reader.position);
    for (const [bit, type] of needed) {
      const index = usesLocals ? count++ : GLOBAL_TEMPORARY + this.#layout.temporaryGlobal(bit);
      if (usesLocals) out.u32(1).byte(type);
      if (bit === Temporary.i64) this.#i64 = this.#valueTemporaries[type] = index;
      else if (bit === Temporary.address) this.#address = index;
      else if (bit === Temporary.effective) this.#effective = index;
      else if (bit === Temporary.i64Address) this.#i64Address = index;
      else this.#valueTemporaries[type] = index;
    }
  }

  #rewriteInstructions(end: number, scan: BodyScan, coverage: CoverageCursor | undefined): void {
    const reader = this.#reader;
    const out = this.#out;
    const source = this.#source;
    let copied = reader.position;
    while (reader.position < end) {
      const start = reader.position;
      if (coverage?.next === start) {
        out.copy(source, copied, start);
        copied = start;
        coverage.write(out);
      }
      const id = readInstructionId(reader);
      const action = ACTIONS[id]!;
      if (action === Action.copy || action === Action.dropSegment) {
        skipImmediates(reader, id);
        continue;
      }
      if (action === Action.boundary || action === Action.loop) {
        skipImmediates(reader, id);
        const table = coverage?.tableAt(start);
        if (table !== undefined) {
          coverage?.writeTable(out.copy(source, copied, start), table, this.#address);
          copied = reader.position;
        }
        if (action === Action.loop || scan.blockCosts[this.#block]! > 0) {
          out.copy(source, copied, reader.position);
          copied = reader.position;
        }
        this.#startBlock(action, scan);
        continue;
      }
      out.copy(source, copied, start);
      this.#replace(id, action, start);
      copied = reader.position;
      if (action === Action.returnCall || action === Action.returnCallIndirect)
        this.#startBlock(action, scan);
    }
    out.copy(source, copied, end);
  }

  /** Charges for the next block. Does nothing after the last `end`. */
  #startBlock(action: number, scan: BodyScan): void {
    if (this.#block >= scan.blockCount) return;
    const cost = scan.blockCosts[this.#block++]!;
    if (action === Action.loop) this.#chargeAndCheck(cost);
    else if (cost > 0) this.#charge(cost);
  }

  #ifUnlikely(): void {
    this.#hintedOffsets.push(this.#out.length - this.#bodyStart);
    this.#out.ifThen();
  }

  #charge(cost: number): void {
    const { counterGlobal } = this.#layout;
    this.#out.globalGet(counterGlobal).i64Const(cost).byte(OP.i64_sub).globalSet(counterGlobal);
  }

  #chargeAndCheck(cost: number): void {
    const { counterGlobal } = this.#layout;
    this.#out
      .globalGet(counterGlobal)
      .i64Const(cost)
      .byte(OP.i64_sub)
      .temporaryTee(this.#i64)
      .globalSet(counterGlobal)
      .temporaryGet(this.#i64)
      .i64Const(0)
      .byte(OP.i64_lt_s);
    this.#ifUnlikely();
    this.#out.call(this.#layout.engineFunction('out_of_instructions')).end();
  }

  /** Emits the replacement for the instruction at `start`. The reader is at the instruction's immediates. */
  #replace(id: number, action: number, start: number): void {
    const reader = this.#reader;
    const out = this.#out;
    const layout = this.#layout;
    switch (action) {
      case Action.call:
      case Action.returnCall:
      case Action.refFunc:
        out.byte(id).u32(layout.functionIndex(reader.u32()));
        return;
      case Action.callIndirect:
      case Action.returnCallIndirect:
        reader.skipLeb128(5);
        this.#narrowIndex(reader.u32());
        out.temporaryTee(this.#address).globalSet(layout.lastIndirectGlobal).temporaryGet(this.#address);
        out.copy(this.#source, start, reader.position);
        return;
      case Action.tableGet:
        this.#narrowIndex(reader.u32());
        out.copy(this.#source, start, reader.position);
        return;
      case Action.tableSize: {
        const is64 = layout.tablesAre64[reader.u32()];
        out.copy(this.#source, start, reader.position);
        if (is64) out.byte(OP.i64_extend_i32_u);
        return;
      }
      case Action.canonicalise:
        out.copy(this.#source, start, reader.position);
        writeCanonicalNan(out, id, this.#valueTemporaries[OPERAND_TYPES[id]!]!);
        return;
      case Action.globalGet:
      case Action.globalSet:
        writeGlobalAccess(out, layout, {
          id,
          index: reader.u32(),
          value: this.#valueTemporaries[ValueType.v128]!,
        });
        return;
      default:
        this.#replaceMemoryInstruction(id, action);
    }
  }

  #replaceMemoryInstruction(id: number, action: number): void {
    const reader = this.#reader;
    const out = this.#out;
    const layout = this.#layout;
    switch (action) {
      case Action.load:
        this.#load(id);
        return;
      case Action.loadLane:
        this.#loadLane(id);
        return;
      case Action.store:
        this.#store(id);
        return;
      case Action.memorySize:
        reader.u32();
        out.raw(OP.memory_size, 0).i32Const(HEAP_BASE_WASM_PAGES).byte(OP.i32_sub);
        if (layout.isWasm64) out.byte(OP.i64_extend_i32_u);
        return;
      case Action.memoryGrow:
        reader.u32();
        out.call(layout.helper('grow'));
        return;
      case Action.memoryFill:
        reader.u32();
        out.call(layout.helper('fill'));
        return;
      case Action.memoryCopy:
        skipImmediates(reader, id);
        out.call(layout.helper('copy'));
        return;
      case Action.memoryInit:
        out.call(layout.memoryInitHelper(reader.u32()));
        reader.u32();
        return;
      default:
        reader.fail('instruction is not allowed');
    }
  }

  /** Converts the i64 on the stack to an i32. A value above 2^32 − 1 becomes 2^32 − 1. */
  #narrow(): void {
    this.#out.temporaryTee(this.#i64Address).byte(OP.i32_wrap_i64).i32Const(-1);
    this.#out.temporaryGet(this.#i64Address).i64Const(32).byte(OP.i64_shr_u).byte(OP.i64_eqz).byte(OP.select);
  }

  #narrowAddress(): void {
    if (this.#layout.isWasm64) this.#narrow();
  }

  #narrowIndex(table: number): void {
    if (this.#layout.tablesAre64[table]) this.#narrow();
  }

  /** It has up to 64 bits with a 64-bit memory, also with an imported one, which makes the module fail only when it is instantiated. */
  #offset(): number {
    return this.#reader.u64();
  }

  #load(id: number): void {
    const align = this.#reader.u32();
    const offset = this.#offset();
    if (offset + HEAP_BASE <= U32_MAX) {
      this.#narrowAddress();
      this.#opcode(id)
        .u32(align)
        .u32(offset + HEAP_BASE);
    } else {
      // The offset is beyond any canister memory. Trap as the original would, and keep the result type.
      this.#out.byte(OP.drop).i32Const(-1);
      this.#opcode(id).u32(align).u32(U32_MAX);
    }
  }

  #loadLane(id: number): void {
    const align = this.#reader.u32();
    const offset = this.#offset();
    const lane = this.#reader.byte();
    const value = this.#valueTemporaries[ValueType.v128]!;
    if (offset + HEAP_BASE <= U32_MAX) {
      if (this.#layout.isWasm64) {
        this.#out.temporarySet(value);
        this.#narrow();
        this.#out.temporaryGet(value);
      }
      this.#opcode(id)
        .u32(align)
        .u32(offset + HEAP_BASE)
        .byte(lane);
    } else {
      this.#outOfBoundsAccess(id, align, value).byte(lane);
    }
  }

  #store(id: number): void {
    const reader = this.#reader;
    const out = this.#out;
    const align = reader.u32();
    const offset = this.#offset();
    const value = this.#valueTemporaries[OPERAND_TYPES[id]!]!;
    const hasLane = id >= SIMD + 88;
    if (offset + HEAP_BASE > U32_MAX) {
      this.#outOfBoundsAccess(id, align, value);
    } else {
      out.temporarySet(value);
      this.#narrowAddress();
      this.#trackStore(offset, STORE_WIDTHS[id]!);
      out.temporaryGet(this.#address).temporaryGet(value);
      this.#opcode(id)
        .u32(align)
        .u32(offset + HEAP_BASE);
    }
    if (hasLane) out.byte(reader.byte());
  }

  /**
   * Moves the address on the stack to the temporary and marks the pages of the store. Two separate tests are faster than one
   * combined test, because the first is a single comparison with memory.
   */
  #trackStore(offset: number, width: number): void {
    const out = this.#out;
    const effective = offset === 0 ? this.#address : this.#effective;
    out.temporaryTee(this.#address);
    if (offset !== 0) {
      out.i32Const(offset).byte(OP.i32_add);
      if (width > 1) out.temporaryTee(effective);
    }
    out.i32Const(OS_PAGE_SHIFT).byte(OP.i32_shr_u).access(OP.i32_load8_u, 0, 0).byte(OP.i32_eqz);
    this.#trackIf(offset, width);
    if (width === 1) return;
    out
      .temporaryGet(effective)
      .i32Const(OS_PAGE_BYTES - 1)
      .byte(OP.i32_and);
    out.i32Const(OS_PAGE_BYTES - width).byte(OP.i32_gt_u);
    this.#trackIf(offset, width);
  }

  /** Calls the helper `track` if the condition on the stack holds. */
  #trackIf(offset: number, width: number): void {
    this.#ifUnlikely();
    const track = this.#layout.helper('track');
    this.#out.temporaryGet(this.#address).i32Const(offset).i32Const(width).call(track).end();
  }

  /** Emits a store or lane load whose offset is beyond any canister memory. It drops the address and traps. */
  #outOfBoundsAccess(id: number, align: number, value: number): CodeWriter {
    this.#out.temporarySet(value).byte(OP.drop).i32Const(-1).temporaryGet(value);
    return this.#opcode(id).u32(align).u32(U32_MAX);
  }

  #opcode(id: number): CodeWriter {
    if (id < MISC) return this.#out.byte(id);
    if (id < SIMD) return this.#out.byte(PREFIX_MISC).u32(id - MISC);
    return this.#out.byte(PREFIX_SIMD).u32(id - SIMD);
  }
}
