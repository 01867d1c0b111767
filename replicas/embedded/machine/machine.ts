/**
 * Runs a module: its memory, its instance, the host functions that use both, and the instruction counter.
 *
 * A machine executes many messages. Besides memory and exported globals, an instance holds tables and dropped segments. A new instance
 * (`renew`) resets them, which only modules that modify them need.
 */
import {
  contractViolation,
  executionEnded,
  FaultError,
  functionNotFound,
  instructionLimitExceeded,
  sliceOverrun,
  trapped,
  type Fault,
} from '../errors.js';
import { GROWTHS_PER_CHECK, INSTRUCTIONS_PER_CHECK } from '../execution-watch.js';
import { INSTRUCTIONS } from '../params.js';
import { Heap } from '../memory/heap.js';
import type { Host } from '../system-api/host.js';
import type { CallbackArgument, Closure, MessageContext } from '../system-api/message-context.js';
import { createSystemApi } from '../system-api/system-api.js';
import {
  CANISTER_PAGES_MAX,
  CALLBACK_EXPORT,
  COUNTER_EXPORT,
  COVERAGE_READER_EXPORT,
  ENGINE_IMPORTS,
  HEAP_BASE_WASM_PAGES,
  LAST_INDIRECT_EXPORT,
  OPERAND_EXPORT,
  TABLE_EXPORT,
  WASM_PAGE_BYTES,
  type InstrumentedModule,
} from '../wasm/instrumented-module.js';
import { COUNTERS_PER_READER, readerCount } from '../wasm/coverage-code.js';
import type { CountedInstance } from '../wasm/coverage-recorder.js';
import { BACKTRACE_FRAMES_MAX, backtraceOf, hasBacktraces } from './backtrace.js';

export type GlobalValue = number | bigint;

const PHYSICAL_PAGES_MAX = 65_536;
/** V8's error message. */
const STACK_OVERFLOW = 'Maximum call stack size exceeded';
/** More instructions than any limit allows. The counter of a slice that begins at its limit does not overflow. */
const I64_MAX = 2n ** 63n - 1n;
const SIGNATURE_MISMATCH = 'function invocation does not match its signature';

export class Machine implements Host, CountedInstance {
  readonly heap: Heap;
  message!: MessageContext;
  readonly #imports: WebAssembly.Imports;
  #exports!: WebAssembly.Exports;
  #counter!: WebAssembly.Global;
  #globals!: readonly WebAssembly.Global[];
  /** What runs, for people. */
  #what = '';
  /** Counts of earlier instances that nobody has taken. */
  #counts: Float64Array | undefined;
  /** Growths of the memory in the running part of the message. */
  #growths = 0;
  /** Values of the mutable globals in a new instance. */
  readonly initialGlobals: readonly GlobalValue[];

  readonly module: InstrumentedModule;

  constructor(module: InstrumentedModule, wasmPages: number) {
    this.module = module;
    const memory = new WebAssembly.Memory({
      initial: wasmPages + HEAP_BASE_WASM_PAGES,
      maximum: maximumOf(module.maximumPages),
    });
    this.heap = new Heap(memory);
    this.#imports = {
      ic0: createSystemApi(this),
      [ENGINE_IMPORTS.module]: {
        [ENGINE_IMPORTS.memory]: memory,
        [ENGINE_IMPORTS.outOfInstructions]: () => this.#outOfInstructions(),
        [ENGINE_IMPORTS.firstWrite]: (page: number) => this.heap.firstWrite(page),
        [ENGINE_IMPORTS.touchRange]: (start: number, length: number) =>
          this.heap.touchRange(start >>> 0, length >>> 0),
        [ENGINE_IMPORTS.memoryGrown]: (previous: number, delta: number) => this.#memoryGrown(previous, delta),
      },
    };
    this.renew();
    this.initialGlobals = this.readGlobals();
  }

  /** Replaces the instance by a new one with the same memory. */
  renew(): void {
    this.#keepCounts();
    this.#exports = new WebAssembly.Instance(this.module.module, this.#imports).exports;
    this.#counter = this.#exports[COUNTER_EXPORT] as WebAssembly.Global;
    this.#globals = this.module.globals.map(
      ({ exportName }) => this.#exports[exportName] as WebAssembly.Global,
    );
  }

  readGlobals(): readonly GlobalValue[] {
    return this.#globals.map((global) => global.value as GlobalValue);
  }
  writeGlobals(values: readonly GlobalValue[]): void {
    for (let i = 0; i < values.length; i++) {
      const global = this.#globals[i];
      if (global) global.value = values[i];
    }
  }

  /** Runs an export of type `() -> ()` or a callback, and returns the fault, if any. The caller commits or reverts the changes. */
  run(entry: string | Closure, message: MessageContext): Fault | undefined {
    this.message = message;
    message.executedInSlices = 0;
    this.#growths = 0;
    this.#what = typeof entry === 'string' ? entry : message.mode;
    this.#openSlice(Math.min(message.sliceMax, message.instructionLimit));
    const framesBefore = Error.stackTraceLimit;
    Error.stackTraceLimit = hasBacktraces(this.module) ? BACKTRACE_FRAMES_MAX : 0;
    try {
      if (typeof entry === 'string') this.#callExport(entry);
      else this.#call(entry);
      return undefined;
    } catch (error) {
      return this.#toFault(error);
    } finally {
      message.coverage?.ran(this);
      Error.stackTraceLimit = framesBefore;
    }
  }

  takeCounts(counts: Float64Array): void {
    this.#counts?.forEach((count, index) => void (counts[index] = (counts[index] ?? 0) + count));
    this.#counts = undefined;
    this.#readCounts(counts);
  }

  #readCounts(counts: Float64Array): void {
    const chunk = new Uint32Array(this.heap.memory.buffer, 0, COUNTERS_PER_READER);
    for (let reader = 0; reader < readerCount(counts.length); reader++) {
      (this.#exports[`${COVERAGE_READER_EXPORT}${reader}`] as () => void)();
      const part = counts.subarray(reader * COUNTERS_PER_READER, (reader + 1) * COUNTERS_PER_READER);
      for (let index = 0; index < part.length; index++)
        part[index] = (part[index] ?? 0) + (chunk[index] ?? 0);
    }
    chunk.fill(0);
  }

  /** Called before the instance is replaced. */
  #keepCounts(): void {
    const { coverage } = this.module;
    if (coverage === undefined || (this.#exports as unknown) === undefined) return;
    this.#counts ??= new Float64Array(coverage.counters);
    this.#readCounts(this.#counts);
  }

  executed(): number {
    const { executedInSlices, sliceStart, sliceRest } = this.message;
    return executedInSlices + sliceStart - sliceRest - Number(this.#counter.value);
  }

  charge(instructions: number | bigint): void {
    const charged = BigInt(instructions);
    const remaining = (this.#counter.value as bigint) - (charged < I64_MAX ? charged : I64_MAX);
    this.#counter.value = remaining;
    if (remaining < 0n) this.#outOfInstructions();
  }

  backtrace(error: Error): string | undefined {
    return backtraceOf(this.module, error);
  }

  exactOperand(index: number, value: number): bigint {
    if (!this.module.isWasm64) return BigInt(value);
    const operand = this.#exports[`${OPERAND_EXPORT}${index}`] as WebAssembly.Global;
    return BigInt.asUintN(64, operand.value as bigint);
  }

  get hasMemory(): boolean {
    return this.module.hasMemory;
  }

  /** The module may export something else than a function under the name of a method. */
  #callExport(name: string): void {
    const exported = this.#exports[name];
    if (exported === undefined) throw new FaultError(contractViolation('export is not a function'));
    (exported as () => void)();
  }

  #call({ fun, env }: Closure): void {
    const table = this.#exports[TABLE_EXPORT] as WebAssembly.Table | undefined;
    if (table === undefined || fun >= table.length || table.get(fun) === null) {
      throw new FaultError(functionNotFound(fun));
    }
    (this.#exports[CALLBACK_EXPORT] as (fun: number, env: CallbackArgument) => void)(fun, env);
  }

  #openSlice(instructions: number): void {
    const { message } = this;
    const first = message.watch ? Math.min(instructions, INSTRUCTIONS_PER_CHECK) : instructions;
    message.sliceStart = instructions;
    message.sliceRest = instructions - first;
    this.#counter.value = BigInt(first);
  }

  #askWatch(): void {
    const { message } = this;
    const reason = message.watch?.check({
      canister: message.environment.self,
      what: this.#what,
      instructions: this.executed(),
      instructionLimit: message.instructionLimit,
    });
    if (reason !== undefined) throw new FaultError(executionEnded(reason));
  }

  /** Asks the watch and adds instructions of the slice to the counter. Returns whether the counter is no longer below zero. */
  #continueSlice(): boolean {
    const { message } = this;
    this.#askWatch();
    const counter = this.#counter.value as bigint;
    const added = Math.min(message.sliceRest, INSTRUCTIONS_PER_CHECK - Number(counter));
    message.sliceRest -= added;
    this.#counter.value = counter + BigInt(added);
    return this.#counter.value >= 0n;
  }

  /** The counter is below zero: opens the next slice, less the overspent instructions, or fails. */
  #outOfInstructions(): void {
    const { message } = this;
    if (message.sliceRest > 0 && this.#continueSlice()) return;
    const counter = this.#counter.value as bigint;
    const overspent = -Number(counter);
    message.executedInSlices += message.sliceStart + overspent;
    message.sliceStart = 0;
    this.#counter.value = 0n;
    const remaining = message.instructionLimit - (message.executedInSlices - overspent);
    const slice = Math.min(message.sliceMax, remaining);
    if (slice > overspent) {
      this.#openSlice(slice - overspent);
      return;
    }
    throw new FaultError(
      remaining > message.sliceMax
        ? sliceOverrun(saturate(BigInt(message.sliceMax) - counter), message.sliceMax)
        : instructionLimitExceeded(message.instructionLimit),
    );
  }

  /** Called after `memory.grow`, also if the new size is one of the network and too large for the engine. */
  #memoryGrown(previousPages: number, deltaPages: number): void {
    const wasmPages = previousPages + deltaPages;
    const [heapBytes, growthBytes] = [wasmPages * WASM_PAGE_BYTES, deltaPages * WASM_PAGE_BYTES];
    const { account } = this.message;
    const isPossible = wasmPages <= CANISTER_PAGES_MAX;
    // Before anything that throws: the memory has grown, and the array of before is detached.
    if (isPossible) this.heap.grown(wasmPages);
    if (++this.#growths % GROWTHS_PER_CHECK === 0) this.#askWatch();
    if (isPossible) account.growHeap(heapBytes, growthBytes);
    else account.checkHeapGrowth(heapBytes, growthBytes);
  }

  #toFault(error: unknown): Fault {
    if (error instanceof FaultError) return error.fault;
    if (error instanceof RangeError && error.message === STACK_OVERFLOW) {
      return trapped('stack overflow', backtraceOf(this.module, error));
    }
    if (error instanceof WebAssembly.RuntimeError) return this.#trapToFault(error);
    throw error;
  }

  /** Translates V8's error messages to the trap reasons of the Internet Computer. */
  #trapToFault(error: WebAssembly.RuntimeError): Fault {
    const backtrace = backtraceOf(this.module, error);
    switch (error.message) {
      case 'unreachable':
        return trapped('unreachable', backtrace);
      case 'memory access out of bounds':
        return trapped('heap out of bounds', backtrace);
      case 'divide by zero':
      case 'remainder by zero':
        return trapped('integer division by 0', backtrace);
      case 'table index is out of bounds':
      case 'table access out of bounds':
        return trapped('table out of bounds', backtrace);
      case 'null function or function signature mismatch':
        return this.#isNullEntry() ? trapped('unknown', backtrace) : contractViolation(SIGNATURE_MISMATCH);
      default:
        return trapped('unknown', backtrace);
    }
  }

  #isNullEntry(): boolean {
    const table = this.#exports[TABLE_EXPORT] as WebAssembly.Table;
    const index = (this.#exports[LAST_INDIRECT_EXPORT] as WebAssembly.Global).value as number;
    return table.get(index >>> 0) === null;
  }
}

const saturate = (instructions: bigint): bigint => (instructions < I64_MAX ? instructions : I64_MAX);

/** The maximum size of the physical memory in wasm pages, including the byte map. A 32-bit memory has at most 65,536 pages. */
function maximumOf(pages: number | undefined): number {
  return pages === undefined
    ? PHYSICAL_PAGES_MAX
    : Math.min(PHYSICAL_PAGES_MAX, pages + HEAP_BASE_WASM_PAGES);
}

/** The executed instructions of a run, up to its limit. */
export function executedInstructions(machine: Machine): number {
  return Math.min(machine.executed(), machine.message.instructionLimit);
}

/** The instructions to charge for the heap pages that a run changed. */
export function changedPageInstructions({ heap, module }: Machine): number {
  const { perDirtyHeapPage, perDirtyHeapPageWasm64 } = INSTRUCTIONS;
  return heap.changedPages() * (module.isWasm64 ? perDirtyHeapPageWasm64 : perDirtyHeapPage);
}
