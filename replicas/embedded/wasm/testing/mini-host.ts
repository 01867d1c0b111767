import {
  COUNTER_EXPORT,
  ENGINE_IMPORTS,
  HEAP_BASE,
  HEAP_BASE_WASM_PAGES,
  OS_PAGE_BYTES,
  type InstrumentedModule,
} from '../instrumented-module.js';

/** Initial value of the instruction counter. */
export const SLICE = 2_000_000_000n;

/** An implementation of an `ic0` function. WebAssembly converts its result to the result type of the import. */
export type HostFunction = (...args: never[]) => unknown;

/**
 * A minimal host for an instrumented module: one memory, one counter, and the `ic0` functions that a test provides. It records
 * the calls of the engine's imports.
 */
export class MiniHost {
  readonly memory: WebAssembly.Memory | undefined;
  readonly instance: WebAssembly.Instance;
  /** Pages of the `first_write` calls, in order. */
  readonly firstWrites: number[] = [];
  readonly touchedRanges: (readonly [start: number, length: number])[] = [];
  readonly growths: (readonly [previous: number, delta: number])[] = [];
  outOfInstructionsCalls = 0;
  onFirstWrite: (page: number) => void = () => undefined;
  /** Runs on `out_of_instructions`. Throws by default. */
  onOutOfInstructions: () => void = () => {
    throw new Error('out of instructions');
  };

  readonly module: InstrumentedModule;

  constructor(module: InstrumentedModule, ic0: Record<string, HostFunction> = {}) {
    this.module = module;
    const imports: WebAssembly.Imports = {
      ic0,
      [ENGINE_IMPORTS.module]: this.#engineImports(),
    };
    if (module.hasMemory) {
      this.memory = new WebAssembly.Memory({
        initial: module.initialPages + HEAP_BASE_WASM_PAGES,
        maximum: 65_536,
      });
      imports[ENGINE_IMPORTS.module]![ENGINE_IMPORTS.memory] = this.memory;
    }
    this.instance = new WebAssembly.Instance(module.module, imports);
    for (const { offset, bytes } of module.activeData) this.heap().set(bytes, offset);
    this.counter.value = SLICE;
  }

  get counter(): WebAssembly.Global {
    return this.instance.exports[COUNTER_EXPORT] as WebAssembly.Global;
  }

  /** Number of instructions used since the counter was `SLICE`. */
  get used(): bigint {
    return SLICE - (this.counter.value as bigint);
  }

  heap(): Uint8Array {
    return new Uint8Array(this.memory!.buffer, HEAP_BASE);
  }

  /** Pages whose byte in the byte map is 1. */
  markedPages(): number[] {
    const map = Buffer.from(this.memory!.buffer, 0, HEAP_BASE);
    const pages: number[] = [];
    for (let page = map.indexOf(1); page >= 0; page = map.indexOf(1, page + 1)) pages.push(page);
    return pages;
  }

  run(exportName: string): void {
    (this.instance.exports[exportName] as () => void)();
  }

  #engineImports(): Record<string, WebAssembly.ImportValue> {
    return {
      [ENGINE_IMPORTS.outOfInstructions]: () => {
        this.outOfInstructionsCalls++;
        this.onOutOfInstructions();
      },
      [ENGINE_IMPORTS.firstWrite]: (page: number) => {
        this.firstWrites.push(page);
        this.onFirstWrite(page);
        this.#mark(page, page);
      },
      [ENGINE_IMPORTS.touchRange]: (start: number, length: number) => {
        this.touchedRanges.push([start >>> 0, length >>> 0]);
        const last = (start >>> 0) + (length >>> 0) - 1;
        this.#mark(Math.floor((start >>> 0) / OS_PAGE_BYTES), Math.floor(last / OS_PAGE_BYTES));
      },
      [ENGINE_IMPORTS.memoryGrown]: (previous: number, delta: number) => {
        this.growths.push([previous, delta]);
      },
    };
  }

  #mark(first: number, last: number): void {
    new Uint8Array(this.memory!.buffer).fill(1, first, last + 1);
  }
}
