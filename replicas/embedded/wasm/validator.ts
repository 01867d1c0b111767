/**
 * The checks of a module for which the network uses libraries in Rust. `native/module-validator` contains these libraries, so that
 * verdicts and texts are the network's.
 */
import { NativeModule } from '../native/native-module.js';
import { compilerDied, codeSectionTooLarge, decodingFailed, engineRefused } from './validation-errors.js';

const CODE_SECTION_BYTES_MAX = 11 * 1_048_576;
/** An instance that has read a module of more bytes is not kept, because its memory cannot shrink. */
const KEPT_MODULE_BYTES_MAX = 1_048_576;

/** What `validate` of the native module returns: 0 or the kind of the first violation. */
const Verdict = { valid: 0, malformed: 1, codeTooLarge: 2, invalid: 3, fatal: 4 } as const;

const native = new NativeModule('module-validator');
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Validates a plain module as WebAssembly 2.0 with tail calls and 64-bit memories, and checks the sections for tools that the network
 * reads. Does not check the other rules of the Internet Computer.
 *
 * @throws InvalidWasmError for the first violation
 */
export function validateAsWasm(bytes: Uint8Array): void {
  const { status, text } = validateNatively(bytes);
  switch (status) {
    case Verdict.valid:
      return;
    case Verdict.malformed:
      throw decodingFailed(text);
    case Verdict.codeTooLarge:
      throw codeSectionTooLarge(Number(text), CODE_SECTION_BYTES_MAX);
    case Verdict.invalid:
      throw engineRefused(text);
    default:
      throw compilerDied();
  }
}

function validateNatively(bytes: Uint8Array): { readonly status: number; readonly text: string } {
  try {
    const { status, bytes: text } = native.call('validate', [bytes], CODE_SECTION_BYTES_MAX);
    if (bytes.length > KEPT_MODULE_BYTES_MAX) native.release();
    return { status, text: decoder.decode(text) };
  } catch (error) {
    // A library that fails ends the network's compiler, too.
    if (error instanceof WebAssembly.RuntimeError) return { status: Verdict.fatal, text: '' };
    throw error;
  }
}

const demangled = new Map<string, string>();
/** Names in the cache at most. A canister has a few thousand functions. */
const DEMANGLED_MAX = 10_000;

/** Demangles the name of a Rust function and removes its hash. Other names are returned unchanged. */
export function demangle(name: string): string {
  const known = demangled.get(name);
  if (known !== undefined) return known;
  const plain = isMangled(name)
    ? decoder.decode(native.call('demangle', [encoder.encode(name)]).bytes)
    : name;
  if (demangled.size >= DEMANGLED_MAX) demangled.clear();
  demangled.set(name, plain);
  return plain;
}

/** Whether the library may change the name. Its prefixes are `_ZN`, `_R`, and variants with fewer or more underscores. */
function isMangled(name: string): boolean {
  return /^_{0,2}(?:ZN|R)/.test(name);
}

/**
 * Unpacks the first member of a gzip stream, at most `limit` bytes.
 *
 * @throws InvalidWasmError if the stream is damaged
 */
export function unpackGzip(packed: Uint8Array, limit: number): Uint8Array {
  const { status, bytes } = native.call('unpack', [packed], limit);
  native.release();
  if (status === 0) return bytes;
  throw decodingFailed(`failed to decode compressed Wasm module: ${decoder.decode(bytes)}`);
}
