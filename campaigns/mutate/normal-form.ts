/**
 * Recognises mutants that are equivalent, because an optimizer makes the same code of them. The optimizer is `binaryen`, which users
 * install if they want this: it is larger than this package with all of its dependencies.
 */
import type binaryenModule from 'binaryen';
import { applyMutant } from '../../replicas/embedded/mutation/apply-mutant.js';
import type { Mutant } from '../../replicas/embedded/mutation/find-mutants.js';
import { reduceModule } from '../../replicas/embedded/mutation/reduce-module.js';
import { functionImports, type DecodedModule } from '../../replicas/embedded/wasm/module-decoder.js';

type Binaryen = typeof binaryenModule;

/** Passes that look at one function only. They run twice, because one may enable another. */
const PASSES = [
  ...['vacuum', 'precompute-propagate', 'simplify-locals', 'optimize-instructions', 'remove-unused-brs'],
  ...['merge-blocks', 'coalesce-locals', 'reorder-locals', 'vacuum'],
] as const;

export class NormalForms {
  readonly #binaryen: Binaryen;
  readonly #module: DecodedModule;
  readonly #imports: number;
  /** Normal forms of unchanged functions by index. */
  readonly #originals = new Map<number, string>();

  constructor(binaryen: Binaryen, module: DecodedModule) {
    this.#binaryen = binaryen;
    this.#module = module;
    this.#imports = functionImports(module).length;
  }

  /** Whether the mutant has the normal form of the original. If not, it may be equivalent all the same. */
  isEquivalent(mutant: Mutant): boolean {
    const { function: index } = mutant;
    const original = this.#originals.get(index) ?? this.#formOf(this.#module.bytes, index);
    this.#originals.set(index, original);
    return this.#formOf(applyMutant(this.#module, mutant), index) === original;
  }

  #formOf(wasm: Uint8Array, index: number): string {
    const binaryen = this.#binaryen;
    const module = binaryen.readBinary(reduceModule(wasm, index - this.#imports));
    try {
      module.setFeatures(binaryen.Features.All);
      binaryen.setOptimizeLevel(2);
      const reference = module.getFunctionByIndex(index);
      for (let round = 0; round < 2; round++) module.runPassesOnFunction(reference, PASSES);
      const { body, vars } = binaryen.getFunctionInfo(reference);
      return `${vars.join()}\n${binaryen.emitText(body)}`;
    } finally {
      module.dispose();
    }
  }
}

/** `undefined` if `binaryen` is not installed. */
export async function loadBinaryen(): Promise<Binaryen | undefined> {
  try {
    return (await import('binaryen')).default;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}
