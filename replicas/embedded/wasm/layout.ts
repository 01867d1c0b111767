/**
 * Index spaces of the instrumented module.
 *
 * Functions, in this order: the original imports (with host types), the engine's imports, the original functions, one wrapper per
 * original import, the helpers, and one helper per data segment that `memory.init` uses.
 * Types and globals: the original ones, then the injected ones. In the code, only function indices change. Injected globals, in this
 * order: the counter, the latest index of `call_indirect`, the high halves of v128 globals, the operands of `ic0` functions in wasm64,
 * the counters of coverage, and temporaries.
 */
import { ENGINE_IMPORTS } from './instrumented-module.js';
import { functionImports, isWasm64, type DecodedModule, type FunctionType } from './module-decoder.js';
import { ValueType } from './opcodes.js';

const I32 = ValueType.i32;
const I64 = ValueType.i64;

/** Functions imported from the module `engine`, in index order. */
export const ENGINE_FUNCTIONS = [
  { name: ENGINE_IMPORTS.outOfInstructions, type: { params: [], results: [] } },
  { name: ENGINE_IMPORTS.firstWrite, type: { params: [I32], results: [] } },
  { name: ENGINE_IMPORTS.touchRange, type: { params: [I32, I32], results: [] } },
  { name: ENGINE_IMPORTS.memoryGrown, type: { params: [I32, I32], results: [] } },
] as const satisfies readonly { name: string; type: FunctionType }[];

/** Helpers in index order. The first two always exist, the others only in a module with a memory. */
const HELPERS = ['charge', 'callback', 'track', 'trackRange', 'grow', 'fill', 'copy'] as const;
export type Helper = (typeof HELPERS)[number];

/** Types of the helpers. `address` is the value type of the canister's addresses. */
function createHelperTypes(address: number): Readonly<Record<Helper, FunctionType>> {
  return {
    /** `(amount i64)`: subtracts from the counter with saturation and checks the counter. */
    charge: { params: [I64], results: [] },
    /** `(index, argument)`: calls the function at this index of table 0, which has one parameter and no result. */
    callback: { params: [I32, address], results: [] },
    /** `(address, offset, width)`: marks the pages of a store if it is in bounds. */
    track: { params: [I32, I32, I32], results: [] },
    /** `(start, length)`: marks the pages of a bulk operation that is in bounds. */
    trackRange: { params: [I32, I32], results: [] },
    /** `(delta) -> previous pages`, or −1 on failure. */
    grow: { params: [address], results: [address] },
    fill: { params: [address, I32, address], results: [] },
    copy: { params: [address, address, address], results: [] },
  };
}
const HELPERS_WITHOUT_MEMORY = 2;
/** No `ic0` function has an address at a higher index of its operands that an error text contains. */
export const OPERANDS_MAX = 5;

export class Layout {
  /** True if addresses of the original memory are i64. Addresses of the instrumented memory are always i32. */
  readonly isWasm64: boolean;
  /** For each original table, true if its indices are i64. */
  readonly tablesAre64: readonly boolean[];
  /** True if table 0 holds functions, which callbacks are. */
  readonly hasFunctionTable: boolean;
  /** Types of this module's helpers, in index order. */
  readonly helperTypes: readonly FunctionType[];
  readonly initHelperType: FunctionType;
  /** Type of a callback: `(env) -> ()`. */
  readonly callbackType: FunctionType;
  readonly importCount: number;
  readonly engineBase: number;
  readonly definedBase: number;
  readonly wrapperBase: number;
  readonly helperBase: number;
  readonly initHelperBase: number;
  readonly counterGlobal: number;
  readonly lastIndirectGlobal: number;
  /** Maps the index of each mutable v128 global to the injected i64 global that holds its high half. */
  readonly v128Globals: ReadonlyMap<number, number>;
  /** In wasm64, the first of the i64 globals that hold the address operands of the running `ic0` function. */
  readonly operandBase: number;
  /** Number of the i32 globals that count for coverage, and the index of the first one. */
  readonly coverageCounters: number;
  readonly coverageBase: number;
  readonly #temporaryBase: number;
  /** Bits of `Temporary` that are globals, in the order of the globals. */
  readonly #temporaryGlobals: number[] = [];
  readonly #initHelpers = new Map<number, number>();

  constructor(module: DecodedModule, coverageCounters = 0) {
    this.isWasm64 = isWasm64(module);
    this.hasFunctionTable = module.tables[0]?.referenceType === ValueType.funcref;
    this.tablesAre64 = module.tables.map(({ limits }) => limits.is64);
    const address = this.isWasm64 ? I64 : I32;
    const types = createHelperTypes(address);
    const names = module.memory === undefined ? HELPERS.slice(0, HELPERS_WITHOUT_MEMORY) : HELPERS;
    this.helperTypes = names.map((name) => types[name]);
    this.initHelperType = { params: [address, I32, I32], results: [] };
    this.callbackType = { params: [address], results: [] };
    this.importCount = functionImports(module).length;
    this.engineBase = this.importCount;
    this.definedBase = this.engineBase + ENGINE_FUNCTIONS.length;
    this.wrapperBase = this.definedBase + module.functions.length;
    this.helperBase = this.wrapperBase + this.importCount;
    this.initHelperBase = this.helperBase + HELPERS.length;
    this.counterGlobal = module.globals.length;
    this.lastIndirectGlobal = this.counterGlobal + 1;
    const v128Globals = new Map<number, number>();
    module.globals.forEach(({ type, mutable }, index) => {
      if (mutable && type === ValueType.v128) {
        v128Globals.set(index, this.lastIndirectGlobal + 1 + v128Globals.size);
      }
    });
    this.v128Globals = v128Globals;
    this.operandBase = this.lastIndirectGlobal + 1 + v128Globals.size;
    this.coverageCounters = coverageCounters;
    this.coverageBase = this.operandBase + (this.isWasm64 ? OPERANDS_MAX : 0);
    this.#temporaryBase = this.coverageBase + coverageCounters;
  }

  /** New index of an original function. For an import, the index of its wrapper. */
  functionIndex(original: number): number {
    return original < this.importCount ? this.wrapperBase + original : original + ENGINE_FUNCTIONS.length;
  }

  /** Index of a function imported from the module `engine`. */
  engineFunction(name: (typeof ENGINE_FUNCTIONS)[number]['name']): number {
    return this.engineBase + ENGINE_FUNCTIONS.findIndex((each) => each.name === name);
  }

  helper(name: Helper): number {
    return this.helperBase + HELPERS.indexOf(name);
  }

  /** Index of the `memory.init` helper for a data segment. Adds the helper on first use. */
  memoryInitHelper(segment: number): number {
    let index = this.#initHelpers.get(segment);
    if (index === undefined) {
      index = this.initHelperBase + this.#initHelpers.size;
      this.#initHelpers.set(segment, index);
    }
    return index;
  }

  /** Index of the first function that reads counters of coverage. Valid after the last `memoryInitHelper`. */
  get coverageReaderBase(): number {
    return this.helperBase + this.helperTypes.length + this.#initHelpers.size;
  }

  /** Index of the global that replaces a temporary. Adds the global on first use. */
  temporaryGlobal(temporary: number): number {
    const known = this.#temporaryGlobals.indexOf(temporary);
    return this.#temporaryBase + (known < 0 ? this.#temporaryGlobals.push(temporary) - 1 : known);
  }

  /** Temporaries that are globals, in the order of the globals. */
  get temporaryGlobals(): readonly number[] {
    return this.#temporaryGlobals;
  }

  /** Data segments that have a `memory.init` helper, in the order of the helpers. */
  get memoryInitSegments(): readonly number[] {
    return [...this.#initHelpers.keys()];
  }
}
