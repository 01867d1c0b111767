/**
 * What the wasm room hands to the execution room: an instrumented module and what must be known to run it.
 *
 * Layout of an instrumented module's single linear memory ("physical" addresses, of 32 bits even if the canister's have 64):
 *
 *   [0, HEAP_BASE)            one byte per 4 KiB heap page: 0 = not written in this message, 1 = written
 *   [HEAP_BASE, …)            the canister's heap; its address 0 is HEAP_BASE
 *
 * Loads and stores reach the heap by adding HEAP_BASE to their static offset, which costs nothing at run time: the
 * engine's own guard pages keep trapping what lies beyond the canister's memory. Stores first test the page's byte and
 * call `engine.first_write` when it is 0, so that the host can keep the page's old content (rollback) and count dirty
 * pages (charges) exactly.
 */

/** Bytes reserved below the canister's heap: 2^32 / 4096 pages, one byte each. A multiple of the wasm page size. */
export const HEAP_BASE = 1_048_576;
export const HEAP_BASE_WASM_PAGES = HEAP_BASE / 65_536;
/** IC page unit in bytes, for heap and stable memory alike. */
export const OS_PAGE_BYTES = 4_096;
export const WASM_PAGE_BYTES = 65_536;

export type EntryPointKind = 'update' | 'query' | 'composite_query';
export type SystemEntryPoint =
  | 'canister_init'
  | 'canister_pre_upgrade'
  | 'canister_post_upgrade'
  | 'canister_inspect_message'
  | 'canister_heartbeat'
  | 'canister_global_timer'
  | 'canister_on_low_wasm_memory'
  /** The module's start section, turned into an export. */
  | 'canister_start';

export interface Method {
  readonly kind: EntryPointKind;
  readonly name: string;
  readonly exportName: string;
}

export interface ActiveDataSegment {
  /** Canister address (without HEAP_BASE). */
  readonly offset: number;
  readonly bytes: Uint8Array;
}

export interface CustomSection {
  readonly name: string;
  readonly visibility: 'public' | 'private';
  readonly content: Uint8Array;
}

/**
 * Names that an instrumented module imports from module `engine` besides the `ic0` functions of the original. All are
 * functions except `memory`.
 */
export const ENGINE_IMPORTS = {
  module: 'engine',
  /** The linear memory, created by the host with at least `initialPages + HEAP_BASE_WASM_PAGES` pages. */
  memory: 'memory',
  /** `()`: the counter is below zero; returns after opening another slice, throws otherwise. */
  outOfInstructions: 'out_of_instructions',
  /**
   * `(page i32)`: first store of this message to this 4 KiB heap page; the host must set its byte to 1. Called before the
   * store, which may still trap: the host must ignore a page at or beyond the end of the heap (and leave its byte alone).
   */
  firstWrite: 'first_write',
  /** `(start i32, length i32)`: a bulk operation is about to write this canister range, which is in bounds. */
  touchRange: 'touch_range',
  /** `(previousPages i32, deltaPages i32)`: memory.grow succeeded; previous size in canister pages. May throw. */
  memoryGrown: 'memory_grown',
} as const;

/** Exported mutable i64: what is left of the current slice. */
export const COUNTER_EXPORT = 'canister counter_instructions';
/** Exported mutable i32: the table index of the latest call_indirect, to tell a null entry from a wrong type. */
export const LAST_INDIRECT_EXPORT = 'engine last_indirect';
/** Exported table 0 of the original, present if it has a table. */
export const TABLE_EXPORT = 'engine table';
/** Exported with the table: `(index i32, argument i32 or i64)` calls the function there, which must take just the argument. */
export const CALLBACK_EXPORT = 'engine callback';

export interface PersistedGlobal {
  readonly exportName: string;
  readonly type: 'i32' | 'i64' | 'f32' | 'f64';
  /** In the instrumented module. */
  readonly index: number;
}

export interface InstrumentedModule {
  /** SHA-256 (hex) of the module as uploaded, before gunzip. */
  readonly hash: string;
  /** Bytes of the module after gunzip, before instrumentation: what `wasm_binary_size` counts. */
  readonly originalSize: number;
  readonly module: WebAssembly.Module;
  /** Addresses of the original's memory are i64: what the IC calls wasm64. */
  readonly isWasm64: boolean;
  /** False if the original has no memory: then `engine.memory` is not imported. */
  readonly hasMemory: boolean;
  /** Canister pages at start, and the declared maximum (undefined = none), which no memory of this engine need reach. */
  readonly initialPages: number;
  readonly maximumPages: number | undefined;
  readonly methods: readonly Method[];
  readonly systemEntryPoints: ReadonlySet<SystemEntryPoint>;
  /** Mutable globals of the original, exported for save and restore. A v128 global is here as two i64. */
  readonly globals: readonly PersistedGlobal[];
  /** Applied by the host at install only, in order; out of range fails the install. Stripped from the module. */
  readonly activeData: readonly ActiveDataSegment[];
  /** True if running can change what an instance holds besides memory and exported globals (tables, dropped segments). */
  readonly needsFreshInstance: boolean;
  readonly customSections: readonly CustomSection[];
  /** Function names by original function index, from the name section; undefined if the module has none. */
  readonly functionNames: ReadonlyMap<number, string> | undefined;
  /**
   * Original function index = instrumented index − this, for functions of the original that are not imports. Indices that
   * come out at or above `functionCount` are injected helpers and `ic0` wrappers, which no backtrace should show.
   */
  readonly functionIndexShift: number;
  /** Functions of the original, imports included. */
  readonly functionCount: number;
  /** Instructions in the instrumented code, times 6000 = the charge for compiling (§4 of the cost table). */
  readonly instructionCount: number;
  /** Imports of the original from `ic0`, by name. */
  readonly imports: ReadonlySet<string>;
}

/** `IC0505`: text is what follows "Canister's Wasm module is not valid: ". */
export class InvalidWasmError extends Error {
  override readonly name = 'InvalidWasmError';

  readonly advice: { readonly suggestion: string; readonly anchor: string } | undefined;

  /**
   * `advice` is what follows the text in a user's error: `{suggestion} See documentation: …#{anchor}`. Without it, PocketIC
   * gives its standing advice for errors of the toolchain.
   */
  constructor(message: string, advice?: { readonly suggestion: string; readonly anchor: string }) {
    super(message);
    this.advice = advice;
  }
}
