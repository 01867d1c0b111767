/**
 * Error texts of the IC for invalid modules, with the advice that follows them. The texts are PocketIC's, to the letter.
 *
 * Source: PocketIC 10.0.0, rs/types/wasm_types/src/errors.rs (`WasmValidationError`).
 */
import { InvalidWasmError, type Advice } from './instrumented-module.js';

function invalid(text: string, advice?: Advice): InvalidWasmError {
  return new InvalidWasmError(text, advice === undefined ? {} : { advice });
}

export function decodingFailed(what: string): InvalidWasmError {
  return invalid(`Failed to decode wasm module: ${what}`);
}

export function engineRefused(what: string): InvalidWasmError {
  return invalid(`Wasmtime failed to validate wasm module wasmtime::Module::validate() failed with ${what}`);
}

export function invalidSignature(what: string): InvalidWasmError {
  return invalid(`Wasm module has an invalid function signature. ${what}`);
}

export function invalidImport(what: string): InvalidWasmError {
  return invalid(`Wasm module has an invalid import section. ${what}`);
}

export function invalidExport(what: string): InvalidWasmError {
  return invalid(`Wasm module has an invalid export section. ${what}`);
}

export function invalidCustomSection(what: string): InvalidWasmError {
  return invalid(`Wasm module has an invalid custom section. ${what}`);
}

export function invalidGlobal(what: string): InvalidWasmError {
  return invalid(`Wasm module has an invalid global section. ${what}`);
}

export function duplicateExport(name: string): InvalidWasmError {
  return invalid(
    `Duplicate function '${name}' exported multiple times with different call types: update, query, or composite_query.`,
    {
      suggestion:
        'Try defining different versions of the function for each call type, ' +
        `e.g. \`${name}_update\`, \`${name}_query\`, etc.`,
      anchor: 'wasm-module-duplicate-exports',
    },
  );
}

export function tooManyExports(defined: number, allowed: number): InvalidWasmError {
  return invalid(
    'The number of exported functions called `canister_update <name>`, `canister_query <name>`, or ' +
      `\`canister_composite_query <name>\` is ${defined} which exceeds ${allowed}.`,
    {
      suggestion: 'Try combining multiple endpoints into a single endpoint.',
      anchor: 'wasm-module-exports-too-many-methods',
    },
  );
}

export function exportedNamesTooLong(total: number, allowed: number): InvalidWasmError {
  return invalid(
    'The sum of `<name>` lengths in exported functions called `canister_update <name>`, `canister_query <name>`, or ' +
      `\`canister_composite_query <name>\` is ${total} which exceeds the allowed limit of ${allowed}.`,
    {
      suggestion: 'Try using shorter method names.',
      anchor: 'wasm-module-sum-of-exported-name-lengths-too-large',
    },
  );
}

export function tooManyGlobals(defined: number, allowed: number): InvalidWasmError {
  return invalid(
    `Wasm module defined ${defined} globals which exceeds the maximum number allowed ${allowed}.`,
    {
      suggestion: 'Try collecting multiple globals into a single structured which can be stored on the heap.',
      anchor: 'wasm-module-too-many-globals',
    },
  );
}

export function tooManyFunctions(defined: number, allowed: number): InvalidWasmError {
  return invalid(
    `Wasm module defined ${defined} functions which exceeds the maximum number allowed ${allowed}.`,
    {
      suggestion: 'Try spliting this canister into multiple canisters.',
      anchor: 'wasm-module-too-many-functions',
    },
  );
}

export function tooManyCustomSections(defined: number, allowed: number): InvalidWasmError {
  return invalid(
    `Wasm module defined ${defined} custom sections which exceeds the maximum number allowed ${allowed}.`,
  );
}

export function functionTooComplex(index: number, complexity: number, allowed: number): InvalidWasmError {
  return invalid(
    `Wasm module contains a function at index ${index} with complexity ${complexity} ` +
      `which exceeds the maximum complexity allowed ${allowed}.`,
    {
      suggestion: 'Try breaking large functions up into multiple smaller functions.',
      anchor: 'wasm-module-function-complexity-too-high',
    },
  );
}

export function functionTooLarge(index: number, size: number, allowed: number): InvalidWasmError {
  return invalid(
    `Wasm module contains a function at index ${index} of size ${size} that exceeds the maximum allowed size of ${allowed}.`,
    {
      suggestion: 'Try breaking large functions up into multiple smaller functions.',
      anchor: 'wasm-module-function-too-large',
    },
  );
}

export function unsupportedInstruction(index: number, instruction: string): InvalidWasmError {
  return invalid(
    `Wasm module contains a function at index ${index} with unsupported instruction ${instruction}.`,
  );
}

export function initialMemoryTooLarge(pages: number, allowed: number): InvalidWasmError {
  return invalid(
    `Wasm module declares an initial Wasm64 heap memory size of ${pages} pages which exceeds the maximum allowed size of ${allowed} pages.`,
    {
      suggestion: 'Try reducing the initial Wasm64 heap memory size.',
      anchor: 'wasm-module-initial-wasm64-memory-too-large',
    },
  );
}

/** `start` is the unsigned 64-bit value of the place, because a negative one is sign-extended. */
export function dataOutOfBounds(bytes: number, start: bigint): InvalidWasmError {
  return new InvalidWasmError(`Wasm module has invalid data segment of ${bytes} bytes at ${start}`, {
    kind: 'not-instrumented',
  });
}

/** The reading of a section for tools ended the compiler. */
export function compilerDied(): InvalidWasmError {
  return new InvalidWasmError('WasmEngineError: Compiler RPC error. Possibly compiler died', {
    kind: 'engine',
  });
}

export function instantiationFailed(reason: string): InvalidWasmError {
  return new InvalidWasmError(`Failed to instantiate module: ${reason}`, { kind: 'engine' });
}

export function codeSectionTooLarge(size: number, allowed: number): InvalidWasmError {
  return invalid(`Wasm module code section size of ${size} exceeds the maximum allowed size of ${allowed}.`, {
    suggestion:
      'Try shrinking the module code section using tools like `ic-wasm` or splitting the logic across multiple canisters.',
    anchor: 'wasm-module-code-section-too-large',
  });
}

export function moduleTooLarge(size: number, allowed: number): InvalidWasmError {
  return invalid(`Wasm module size of ${size} exceeds the maximum allowed size of ${allowed}.`, {
    suggestion:
      'Try shrinking the module using tools like `ic-wasm` or splitting the logic across multiple canisters.',
    anchor: 'wasm-module-too-large',
  });
}
