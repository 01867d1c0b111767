/**
 * Where things are in the instrumented module: the index spaces after injection.
 *
 * Functions: the original's imports (host types), the engine's imports, the original's functions, one wrapper per original
 * import, the helpers, one helper per data segment that `memory.init` names.
 * Types, globals: the original's, then the injected ones. So only function references change in the code.
 */
import { ENGINE_IMPORTS } from './artifact.js';
import { ExternalKind, isWasm64, type DecodedModule, type FunctionType } from './module-decoder.js';
import { ValueType } from './opcodes.js';

const I32 = ValueType.i32;
const I64 = ValueType.i64;

/** Functions imported from `engine`, in index order. */
export const ENGINE_FUNCTIONS = [
  { name: ENGINE_IMPORTS.outOfInstructions, type: { params: [], results: [] } },
  { name: ENGINE_IMPORTS.firstWrite, type: { params: [I32], results: [] } },
  { name: ENGINE_IMPORTS.touchRange, type: { params: [I32, I32], results: [] } },
  { name: ENGINE_IMPORTS.memoryGrown, type: { params: [I32, I32], results: [] } },
] as const satisfies readonly { name: string; type: FunctionType }[];

const HELPERS = ['charge', 'callback', 'track', 'trackRange', 'grow', 'fill', 'copy'] as const;
export type Helper = (typeof HELPERS)[number];

/** Helpers in index order; the first two always exist, the others only with a memory. `address` is the type of addresses. */
function createHelperTypes(address: number): Readonly<Record<Helper, FunctionType>> {
  return {
    /** `(amount i64)`: subtracts, saturating, and checks the counter. */
    charge: { params: [I64], results: [] },
    /** `(index of table 0, argument)`: calls the function there, of one argument and no result. */
    callback: { params: [I32, address], results: [] },
    /** `(address, offset, width)`: marks the pages of a store that is in bounds. */
    track: { params: [I32, I32, I32], results: [] },
    /** `(start, length)`: marks the pages of a bulk operation that is in bounds. */
    trackRange: { params: [I32, I32], results: [] },
    /** `(delta) -> previous pages or -1`. */
    grow: { params: [address], results: [address] },
    fill: { params: [address, I32, address], results: [] },
    copy: { params: [address, address, address], results: [] },
  };
}
const WITHOUT_MEMORY = 2;

export class Layout {
  /** Addresses of the original's memory are i64. The instrumented module's are i32 in any case. */
  readonly isWasm64: boolean;
  /** For each table of the original, whether its indices are i64. */
  readonly tables64: readonly boolean[];
  /** Types of the helpers that this module has, in index order. */
  readonly helperTypes: readonly FunctionType[];
  readonly initHelperType: FunctionType;
  /** The type of callbacks: `(env) -> ()`. */
  readonly callbackType: FunctionType;
  readonly importCount: number;
  readonly engineBase: number;
  readonly definedBase: number;
  readonly wrapperBase: number;
  readonly helperBase: number;
  readonly initHelperBase: number;
  readonly counterGlobal: number;
  readonly lastIndirectGlobal: number;
  /** For each mutable v128 global: the injected i64 global that holds its high half. */
  readonly wideGlobals: ReadonlyMap<number, number>;
  readonly #initHelpers = new Map<number, number>();

  constructor(module: DecodedModule) {
    this.isWasm64 = isWasm64(module);
    this.tables64 = module.tables.map(({ limits }) => limits.is64);
    const address = this.isWasm64 ? I64 : I32;
    const types = createHelperTypes(address);
    const names = module.memory === undefined ? HELPERS.slice(0, WITHOUT_MEMORY) : HELPERS;
    this.helperTypes = names.map((name) => types[name]);
    this.initHelperType = { params: [address, I32, I32], results: [] };
    this.callbackType = { params: [address], results: [] };
    this.importCount = module.imports.filter(({ kind }) => kind === ExternalKind.function).length;
    this.engineBase = this.importCount;
    this.definedBase = this.engineBase + ENGINE_FUNCTIONS.length;
    this.wrapperBase = this.definedBase + module.functions.length;
    this.helperBase = this.wrapperBase + this.importCount;
    this.initHelperBase = this.helperBase + HELPERS.length;
    this.counterGlobal = module.globals.length;
    this.lastIndirectGlobal = this.counterGlobal + 1;
    const wide = new Map<number, number>();
    module.globals.forEach(({ type, mutable }, index) => {
      if (mutable && type === ValueType.v128) wide.set(index, this.lastIndirectGlobal + 1 + wide.size);
    });
    this.wideGlobals = wide;
  }

  /** Index of an original function, or of the wrapper of an original import. */
  functionIndex(original: number): number {
    return original < this.importCount ? this.wrapperBase + original : original + ENGINE_FUNCTIONS.length;
  }

  engine(name: (typeof ENGINE_FUNCTIONS)[number]['name']): number {
    return this.engineBase + ENGINE_FUNCTIONS.findIndex((each) => each.name === name);
  }

  helper(name: Helper): number {
    return this.helperBase + HELPERS.indexOf(name);
  }

  /** The helper of `memory.init` for a data segment; made on first use. */
  initHelper(segment: number): number {
    let index = this.#initHelpers.get(segment);
    if (index === undefined) {
      index = this.initHelperBase + this.#initHelpers.size;
      this.#initHelpers.set(segment, index);
    }
    return index;
  }

  /** Data segments with a helper, in index order. */
  get initSegments(): readonly number[] {
    return [...this.#initHelpers.keys()];
  }
}
