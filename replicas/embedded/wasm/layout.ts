/**
 * Where things are in the instrumented module: the index spaces after injection.
 *
 * Functions: the original's imports (host types), the engine's imports, the original's functions, one wrapper per original
 * import, the helpers, one helper per data segment that `memory.init` names.
 * Types, globals: the original's, then the injected ones. So only function references change in the code.
 */
import { ENGINE_IMPORTS } from './artifact.js';
import { ExternalKind, type DecodedModule, type FunctionType } from './module-decoder.js';
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

/** Helpers in index order; `charge` always exists, the others only with a memory. */
export const HELPER_TYPES = {
  /** `(amount i64)`: subtracts, saturating, and checks the counter. */
  charge: { params: [I64], results: [] },
  /** `(address, offset, width)`: marks the pages of a store that is in bounds. */
  track: { params: [I32, I32, I32], results: [] },
  /** `(start, length)`: marks the pages of a bulk operation that is in bounds. */
  trackRange: { params: [I32, I32], results: [] },
  /** `(delta) -> previous pages or -1`. */
  grow: { params: [I32], results: [I32] },
  fill: { params: [I32, I32, I32], results: [] },
  copy: { params: [I32, I32, I32], results: [] },
} as const satisfies Record<string, FunctionType>;
export type Helper = keyof typeof HELPER_TYPES;
const HELPERS = Object.keys(HELPER_TYPES) as Helper[];

export const INIT_HELPER_TYPE: FunctionType = { params: [I32, I32, I32], results: [] };

export class Layout {
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
  private readonly initHelpers = new Map<number, number>();

  constructor(module: DecodedModule) {
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
    let index = this.initHelpers.get(segment);
    if (index === undefined) {
      index = this.initHelperBase + this.initHelpers.size;
      this.initHelpers.set(segment, index);
    }
    return index;
  }

  /** Data segments with a helper, in index order. */
  get initSegments(): readonly number[] {
    return [...this.initHelpers.keys()];
  }
}
