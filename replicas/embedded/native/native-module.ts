/** Modules in Rust that this package builds from libraries of the network, and calls for answers that must be equal to the network's. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { PACKAGE_ROOT } from '../../../package-root.js';

/** The exports that every module has beside its own functions. */
interface NativeExports {
  readonly memory: WebAssembly.Memory;
  /** Returns a buffer of the size for the input of the next call. */
  allocate(size: number): number;
  /** The result of the latest call. */
  result_pointer(): number;
  result_size(): number;
}

type NativeFunction = (pointer: number, size: number, ...numbers: readonly number[]) => number;

export interface NativeResult {
  /** What the function returned. Its meaning is the function's own. */
  readonly status: number;
  readonly bytes: Uint8Array;
}

/** A module of `native/wasm/`. It is compiled when it is first called. */
export class NativeModule {
  readonly #name: string;
  #module: WebAssembly.Module | undefined;
  #exports: (NativeExports & Readonly<Record<string, unknown>>) | undefined;

  constructor(name: string) {
    this.#name = name;
  }

  /**
   * Calls a function with the concatenated parts as its input, and with further numbers.
   * @throws WebAssembly.RuntimeError if the module traps. The next call gets a new instance.
   */
  call(name: string, parts: readonly Uint8Array[], ...numbers: readonly number[]): NativeResult {
    const exports = (this.#exports ??= this.#instantiate());
    try {
      const size = parts.reduce((sum, part) => sum + part.length, 0);
      const pointer = exports.allocate(size);
      const input = new Uint8Array(exports.memory.buffer, pointer, size);
      let offset = 0;
      for (const part of parts) {
        input.set(part, offset);
        offset += part.length;
      }
      const status = (exports[name] as NativeFunction)(pointer, size, ...numbers);
      const result = new Uint8Array(exports.memory.buffer, exports.result_pointer(), exports.result_size());
      return { status, bytes: result.slice() };
    } catch (error) {
      this.#exports = undefined;
      throw error;
    }
  }

  /** Drops the instance, whose memory cannot shrink. The next call gets a new one. */
  release(): void {
    this.#exports = undefined;
  }

  #instantiate(): NativeExports & Readonly<Record<string, unknown>> {
    this.#module ??= new WebAssembly.Module(brotliDecompressSync(readFileSync(pathOf(this.#name))));
    const { exports } = new WebAssembly.Instance(this.#module, {});
    return exports as unknown as NativeExports & Readonly<Record<string, unknown>>;
  }
}

function pathOf(name: string): string {
  return join(PACKAGE_ROOT, 'replicas', 'embedded', 'native', 'wasm', `${name}.wasm.br`);
}
