/**
 * The first pass over a function: what its basic blocks cost, which temporaries the second pass needs, how large and
 * complex it is. The second pass (`body-rewrite.ts`) must know a block's cost where the block starts.
 */
import { ByteReader } from './byte-reader.js';
import { COMPLEXITIES, COSTS, COSTS_WASM64 } from './instruction-costs.js';
import { readInstructionId, skipImmediates } from './instruction-reader.js';
import { Action, ACTIONS, INSTRUCTION_NAMES, OPERAND_TYPES, ValueType } from './opcodes.js';

/** Temporaries, as bits of `BodyScan.temporaries`. */
export const Temporary = { address: 1, effective: 2, i32: 4, f32: 8, f64: 16, v128: 32, wide: 64 } as const;

/** Cost of entering a function, on top of its instructions. */
const ENTRY_COST = 1;
/** Instructions that PocketIC's instrumentation adds at each kind of point; they are part of the compilation charge. */
const INJECTED_AT_BLOCK = 4;
const INJECTED_AT_REENTRANT_BLOCK = 10;
const INJECTED_AT_BULK_OPERATION = 3;
/** The same where the size is an i64 already and need not be converted for the charge. */
const INJECTED_AT_WIDE_BULK_OPERATION = 1;
const INJECTED_AT_MEMORY_GROW = 3;

export class BodyScan {
  /** Cost of each basic block in the order of appearance; reused from one body to the next. */
  blockCosts = new Uint32Array(1_024);
  blockCount = 0;
  temporaries = 0;
  instructionCount = 0;
  /** Instructions that PocketIC would have added to this body. */
  injectedCount = 0;
  complexity = 0;
  /** Name of the first instruction that is valid wasm but not allowed in a canister. */
  unsupported: string | undefined;
  /** `data.drop` or `elem.drop` occurs. */
  drops = false;
  /** The block being read starts at the function's entry or at a loop. */
  #reentrant = true;

  readonly #costs: Uint16Array;

  readonly #hasWideGlobals: boolean;
  readonly #isWasm64: boolean;
  readonly #hasTable64: boolean;

  /**
   * `hasWideGlobals`: the module has mutable v128 globals, whose stores need a temporary. `hasTable64`: indices of some table
   * are i64.
   */
  constructor(hasWideGlobals: boolean, isWasm64: boolean, hasTable64: boolean) {
    this.#hasWideGlobals = hasWideGlobals;
    this.#isWasm64 = isWasm64;
    this.#hasTable64 = hasTable64;

    this.#costs = isWasm64 ? COSTS_WASM64 : COSTS;
  }

  /** Reads `source[start, end)`: the locals and the expression of one body. */
  scan(source: Uint8Array, start: number, end: number): void {
    this.blockCount = 0;
    this.temporaries = 0;
    this.instructionCount = 0;
    this.injectedCount = 0;
    this.#reentrant = true;
    this.complexity = 0;
    this.unsupported = undefined;
    this.drops = false;
    const costs = this.#costs;
    const reader = new ByteReader(source, start, end);
    for (let groups = reader.u32(); groups > 0; groups--) {
      reader.skipLeb(5);
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
      if (action !== Action.copy && this.#note(id, action)) {
        this.#closeBlock(cost);
        this.#reentrant = action === Action.loop;
        cost = 0;
      }
    }
  }

  /** Records what an instruction asks for; true if it ends a basic block. */
  #note(id: number, action: number): boolean {
    switch (action) {
      case Action.boundary:
      case Action.loop:
      case Action.returnCall:
        return true;
      case Action.callIndirect:
        this.temporaries |= Temporary.address;
        this.#noteIndex();
        return false;
      case Action.returnCallIndirect:
        this.temporaries |= Temporary.address;
        this.#noteIndex();
        return true;
      case Action.tableGet:
        this.#noteIndex();
        return false;
      case Action.load:
        this.#noteAddress();
        return false;
      case Action.store:
      case Action.loadLane:
        this.temporaries |= Temporary.address | Temporary.effective | temporaryOf(OPERAND_TYPES[id]!);
        this.#noteAddress();
        return false;
      case Action.canonicalise:
        this.temporaries |= temporaryOf(OPERAND_TYPES[id]!);
        return false;
      case Action.globalSet:
        if (this.#hasWideGlobals) this.temporaries |= Temporary.v128;
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
      case Action.drops:
        this.drops = true;
        return false;
      case Action.unsupported:
        this.unsupported ??= INSTRUCTION_NAMES[id];
        return false;
      default:
        return false;
    }
  }

  /** 64-bit addresses and indices are narrowed by way of a temporary. */
  #noteAddress(): void {
    if (this.#isWasm64) this.temporaries |= Temporary.wide;
  }

  #noteIndex(): void {
    if (this.#hasTable64) this.temporaries |= Temporary.wide;
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

function temporaryOf(type: number): number {
  switch (type) {
    case ValueType.i32:
      return Temporary.i32;
    case ValueType.f32:
      return Temporary.f32;
    case ValueType.f64:
      return Temporary.f64;
    case ValueType.v128:
      return Temporary.v128;
    default:
      // The i64 temporary is always there: metering needs it.
      return 0;
  }
}
