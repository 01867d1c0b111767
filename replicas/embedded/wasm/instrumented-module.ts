/**
 * An instrumented module, and the data that the engine needs to run it.
 *
 * An instrumented module has one linear memory. Its physical addresses are 32 bits wide, also if the canister's addresses are
 * 64 bits wide:
 *
 *   [0, HEAP_BASE)            the byte map: one byte per 4 KiB heap page, 1 if the current message has written to the page, else 0
 *   [HEAP_BASE, …)            the canister's heap; canister address 0 is physical address HEAP_BASE
 *
 * Instrumentation adds HEAP_BASE to the static offset of each load and store. This costs nothing at run time, and V8's guard
 * pages still trap accesses beyond the canister's memory. A store first tests the byte of its page and calls
 * `engine.first_write` if the byte is 0. The host then saves the page's old content for a rollback and counts the page as
 * dirty for the charge.
 */

import type { CoverageMap } from './coverage-map.js';

/** Size in bytes of the byte map below the heap: 2^32 / 4096 pages, one byte each. A multiple of the wasm page size. */
export const HEAP_BASE = 1_048_576;
export const HEAP_BASE_WASM_PAGES = HEAP_BASE / 65_536;
/**
 * Largest heap in wasm pages: a full 32-bit memory without the engine's byte map, so 4 GiB − 1 MiB. This also limits 64-bit
 * memories and memories without a declared maximum.
 */
export const CANISTER_PAGES_MAX = 65_536 - HEAP_BASE_WASM_PAGES;
/** Page size in bytes in which the IC tracks and charges writes to heap and stable memory. */
export const OS_PAGE_BYTES = 4_096;
/** An address shifted right by this many bits is its page number. */
export const OS_PAGE_SHIFT = Math.log2(OS_PAGE_BYTES);
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
  /** The module's start function. Instrumentation exports it instead of running it on instantiation. */
  | 'canister_start';

export interface Method {
  readonly kind: EntryPointKind;
  readonly name: string;
  readonly exportName: string;
}

export interface ActiveDataSegment {
  /** Canister address, without HEAP_BASE. */
  readonly offset: number;
  readonly bytes: Uint8Array;
}

export interface CustomSection {
  readonly name: string;
  readonly visibility: 'public' | 'private';
  readonly content: Uint8Array;
}

/**
 * Imports of an instrumented module from the module `engine`. It also imports the `ic0` functions that the original module
 * imports. Every import except `memory` is a function.
 */
export const ENGINE_IMPORTS = {
  module: 'engine',
  /** The linear memory. The host creates it with at least `initialPages + HEAP_BASE_WASM_PAGES` pages. */
  memory: 'memory',
  /** `()`: called when the counter is below zero. The host starts another slice and returns, or throws. */
  outOfInstructions: 'out_of_instructions',
  /**
   * `(page i32)`: called before the first store of a message to a 4 KiB heap page. The host must set the page's byte to 1.
   * The store may still trap, so the host must ignore a page at or beyond the end of the heap and leave its byte unchanged.
   */
  firstWrite: 'first_write',
  /** `(start i32, length i32)`: called before a bulk operation writes this range of canister addresses. It is in bounds. */
  touchRange: 'touch_range',
  /** `(previousPages i32, deltaPages i32)`: called after `memory.grow` succeeds. Both are in canister pages. May throw. */
  memoryGrown: 'memory_grown',
} as const;

/** Exported mutable i64 global: the instructions left in the current slice. */
export const COUNTER_EXPORT = 'canister counter_instructions';
/**
 * Exported mutable i32 global: the table index of the latest `call_indirect`. With it, the host can tell a null entry from an
 * entry of another type when the call traps.
 */
export const LAST_INDIRECT_EXPORT = 'engine last_indirect';
/**
 * Exported mutable i64 globals of a wasm64 module: this name and an index. They hold the operands of the running `ic0` function that
 * are addresses or sizes, because such an operand reaches the host rounded if it exceeds 2^53.
 */
export const OPERAND_EXPORT = 'engine operand ';
/** Exported table 0 of the original module. Present if the module has a table. */
export const TABLE_EXPORT = 'engine table';
/**
 * Exported function, present with the table: `(index i32, argument i32 or i64)` calls the function at `index` of table 0. The
 * function must take one argument and return nothing. The argument is an i64 in wasm64.
 */
export const CALLBACK_EXPORT = 'engine callback';

/**
 * Exported functions `() -> ()` of a module with coverage: this name and an index. Each one copies `COUNTERS_PER_READER` counters to the
 * start of the memory as i32, and sets the counters to 0.
 */
export const COVERAGE_READER_EXPORT = 'engine coverage ';

export interface PersistedGlobal {
  readonly exportName: string;
  readonly type: 'i32' | 'i64' | 'f32' | 'f64';
  /** Index in the instrumented module. */
  readonly index: number;
}

/** A global that the network keeps between messages. A constant has a value, which is an unsigned number of 128 bits for a v128. */
export type KeptGlobal = { readonly type: 'i32' | 'i64' | 'f32' | 'f64' | 'v128' } & (
  | {
      /** Position in the mutable globals. The two halves of a v128 follow each other there. */
      readonly position: number;
    }
  | { readonly value: number | bigint }
);

export interface InstrumentedModule {
  /** SHA-256 of the module as uploaded, before gunzip, as lower-case hex. */
  readonly hash: string;
  /** The module as uploaded. */
  readonly uploaded: Uint8Array;
  /** Size in bytes of the module after gunzip and before instrumentation: the `wasm_binary_size` of the canister status. */
  readonly originalSize: number;
  readonly module: WebAssembly.Module;
  /** True if addresses of the original memory are i64. The IC calls such a module wasm64. */
  readonly isWasm64: boolean;
  /** If false, the original module has no memory, and the instrumented module does not import `engine.memory`. */
  readonly hasMemory: boolean;
  /** Initial size of the memory in canister pages of 64 KiB. */
  readonly initialPages: number;
  /** Declared maximum in canister pages, `undefined` if there is none. It may exceed what the IC allows. */
  readonly maximumPages: number | undefined;
  readonly methods: readonly Method[];
  readonly systemEntryPoints: ReadonlySet<SystemEntryPoint>;
  /** Mutable globals of the original module, exported so that the host can save and restore them. A v128 global is two i64. */
  readonly globals: readonly PersistedGlobal[];
  /** The exported globals in the order of the exports, then the other mutable ones. */
  readonly keptGlobals: readonly KeptGlobal[];
  /**
   * Active data segments, which are removed from the module. The host writes them in order, at install only. All are in the
   * bounds of the initial memory.
   */
  readonly activeData: readonly ActiveDataSegment[];
  /** True if a message can change the instance beyond its memory and exported globals, by dropping segments. */
  readonly needsFreshInstance: boolean;
  readonly customSections: readonly CustomSection[];
  /** Function names by original function index. `undefined` if the module names no function. */
  readonly functionNames: ReadonlyMap<number, string> | undefined;
  /** Names of the functions for stable memory that the module imports, by the instrumented indices of their wrappers. */
  readonly stableFunctions: ReadonlyMap<number, string>;
  /**
   * Difference between the instrumented and the original index of a function that the original module defines. An
   * instrumented index minus this shift is at or above `functionCount` for injected helpers and `ic0` wrappers, which a
   * backtrace omits.
   */
  readonly functionIndexShift: number;
  /** Number of functions of the original module, including imports. */
  readonly functionCount: number;
  /** Number of instructions in PocketIC's instrumented code. The charge for compilation is 6,000 instructions for each. */
  readonly instructionCount: number;
  /** Names of the `ic0` functions that the original module imports. */
  readonly imports: ReadonlySet<string>;
  /** What the code counts; `undefined` if it is instrumented without coverage. */
  readonly coverage?: CoverageMap | undefined;
}

/** At which point the IC refuses a module. */
export type RefusalKind =
  /** The module breaks a rule for modules. */
  | 'invalid'
  /** The module cannot be instrumented. */
  | 'not-instrumented'
  /** The module cannot be compiled or instantiated. */
  | 'engine';

export interface Advice {
  readonly suggestion: string;
  readonly anchor: string;
}

/** The IC refuses the module. The message is the text after the words that the kind implies, such as "Canister's Wasm module is not valid: ". */
export class InvalidWasmError extends Error {
  override readonly name = 'InvalidWasmError';

  readonly kind: RefusalKind;
  /**
   * Follows the message in a user error as `{suggestion} See documentation: …#{anchor}`. If it is `undefined`, the user error of a kind
   * other than `engine` contains the IC's default advice for errors of toolchains.
   */
  readonly advice: Advice | undefined;

  constructor(message: string, options: { readonly kind?: RefusalKind; readonly advice?: Advice } = {}) {
    super(message);
    this.kind = options.kind ?? 'invalid';
    this.advice = options.advice;
  }
}
