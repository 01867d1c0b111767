/**
 * First pass over a function body: computes the cost of each basic block, the temporaries that the second pass needs, and the
 * size and complexity of the function. The second pass (`body-rewrite.ts`) charges for a block at its start, before it has read
 * the block's instructions.
 */
import { ByteReader } from './byte-reader.js';
import { COMPLEXITIES, COSTS, COSTS_WASM64 } from './instruction-costs.js';
import { readInstructionId, skipImmediates } from './instruction-reader.js';
import type { Layout } from './layout.js';
import { Action, ACTIONS, INSTRUCTION_NAMES, OPERAND_TYPES } from './opcodes.js';
import { Temporary, temporaryOf } from './temporaries.js';

/** Cost of a function entry, in addition to the function's instructions. */
const ENTRY_COST = 1;
/** Instructions that PocketIC's instrumentation adds. They count towards the compilation charge. */
const INJECTED_AT_BLOCK = 4;
const INJECTED_AT_REENTRANT_BLOCK = 10;
const INJECTED_AT_BULK_OPERATION = 3;
/** In wasm64, the size is already an i64, so PocketIC adds no conversion. */
const INJECTED_AT_WIDE_BULK_OPERATION = 1;
const INJECTED_AT_MEMORY_GROW = 3;

export class BodyScan {
  /** Cost in instructions of each basic block, in order. Only the first `blockCount` entries are valid. */
  blockCosts = new Uint32Array(1_024);
  blockCount = 0;
  /** Bits of `Temporary`. */
  temporaries = 0;
  instructionCount = 0;
  /** Number of instructions that PocketIC adds to this body. */
  injectedCount = 0;
  complexity = 0;
  /** Name of the first instruction that is valid wasm but that the IC does not support. */
  unsupportedInstruction: string | undefined;
  /** True if the body contains `data.drop` or `elem.drop`. */
  dropsSegments = false;
  /** True if the current block starts at the function entry or at a loop. */
  #reentrant = true;

  readonly #costs: Uint16Array;
  /** True if the module has mutable v128 globals. `global.set` then needs a temporary. */
  readonly #hasV128Globals: boolean;
  readonly #isWasm64: boolean;
  /** True if a table has i64 indices. */
  readonly #hasTable64: boolean;

  constructor({ v128Globals, isWasm64, tablesAre64 }: Layout) {
    this.#hasV128Globals = v128Globals.size > 0;
    this.#isWasm64 = isWasm64;
    this.#hasTable64 = tablesAre64.includes(true);
    this.#costs = isWasm64 ? COSTS_WASM64 : COSTS;
  }

  /** Scans one body, which is `source[start, end)`: the locals and the expression. Replaces the previous result. */
  scan(source: Uint8Array, start: number, end: number): void {
    this.blockCount = 0;
    // Metering needs the i64 temporary.
    this.temporaries = Temporary.i64;
    this.instructionCount = 0;
    this.injectedCount = 0;
    this.#reentrant = true;
    this.complexity = 0;
    this.unsupportedInstruction = undefined;
    this.dropsSegments = false;
    const costs = this.#costs;
    const reader = new ByteReader(source, start, end);
    for (let groups = reader.u32(); groups > 0; groups--) {
      reader.skipLeb128(5);
      reader.skip(1);
    }
    let cost = ENTRY_COST;
    while (reader.position < end) {
      const id = readInstructionId(reader);
      skipImmediates(reader, id);
      this.instructionCount++;
      this.complexity += COMPLEXITIES[id]!;
      cost += costs[id]!;
      const action = ACTIONS[id]!;
      if (action !== Action.copy && this.#record(id, action)) {
        this.#closeBlock(cost);
        this.#reentrant = action === Action.loop;
        cost = 0;
      }
    }
  }

  /** Records the needs of an instruction. Returns true if the instruction ends a basic block. */
  #record(id: number, action: number): boolean {
    switch (action) {
      case Action.boundary:
      case Action.loop:
      case Action.returnCall:
        return true;
      case Action.callIndirect:
        this.temporaries |= Temporary.address;
        this.#recordIndex();
        return false;
      case Action.returnCallIndirect:
        this.temporaries |= Temporary.address;
        this.#recordIndex();
        return true;
      case Action.tableGet:
        this.#recordIndex();
        return false;
      case Action.load:
        this.#recordAddress();
        return false;
      case Action.store:
      case Action.loadLane:
        this.temporaries |= Temporary.address | Temporary.effective | temporaryOf(OPERAND_TYPES[id]!);
        this.#recordAddress();
        return false;
      case Action.canonicalise:
        this.temporaries |= temporaryOf(OPERAND_TYPES[id]!);
        return false;
      case Action.globalSet:
        if (this.#hasV128Globals) this.temporaries |= Temporary.v128;
        return false;
      case Action.memoryGrow:
        this.injectedCount += INJECTED_AT_MEMORY_GROW;
        return false;
      case Action.memoryFill:
      case Action.memoryCopy:
        this.injectedCount += this.#isWasm64 ? INJECTED_AT_WIDE_BULK_OPERATION : INJECTED_AT_BULK_OPERATION;
        return false;
      case Action.memoryInit:
        this.injectedCount += INJECTED_AT_BULK_OPERATION;
        return false;
      case Action.dropSegment:
        this.dropsSegments = true;
        return false;
      case Action.unsupported:
        this.unsupportedInstruction ??= INSTRUCTION_NAMES[id];
        return false;
      default:
        return false;
    }
  }

  /** The conversion of an i64 address or index to i32 needs a temporary. */
  #recordAddress(): void {
    if (this.#isWasm64) this.temporaries |= Temporary.i64Address;
  }

  #recordIndex(): void {
    if (this.#hasTable64) this.temporaries |= Temporary.i64Address;
  }

  #closeBlock(cost: number): void {
    if (this.blockCount === this.blockCosts.length) {
      const grown = new Uint32Array(this.blockCosts.length * 2);
      grown.set(this.blockCosts);
      this.blockCosts = grown;
    }
    if (this.#reentrant) this.injectedCount += INJECTED_AT_REENTRANT_BLOCK;
    else if (cost > 0) this.injectedCount += INJECTED_AT_BLOCK;
    this.blockCosts[this.blockCount++] = cost;
  }
}
