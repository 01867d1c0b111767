/**
 * Decodes the Candid arguments of the management canister's methods. The verdict and the text of an error are those of the network's
 * decoder, which runs as a native module; the module returns a canonical encoding of the argument.
 */
import { NativeModule, type NativeResult } from '../native/native-module.js';

/** What the module returns besides a result. */
const STATUS = { ok: 0, error: 1 } as const;

/** The network's decoder stops before a type that is nested too deeply overflows its stack. */
const TOO_DEEP = 'Error decoding candid: Recursion limit exceeded';

const decoder = new NativeModule('management-arguments');
const text = new TextDecoder();

/** The argument is not one of the method. The message is the network's description of the error. */
export class ArgumentError extends Error {
  override readonly name = 'ArgumentError';
}

/**
 * Returns the canonical encoding of a method's argument.
 * @throws ArgumentError if the bytes are not an argument of the method
 */
export function canonicalArgument(method: string, argument: Uint8Array): Uint8Array {
  const name = Buffer.from(method);
  const { status, bytes } = decode(name, argument);
  switch (status) {
    case STATUS.ok:
      return bytes;
    case STATUS.error:
      throw new ArgumentError(text.decode(bytes));
    default:
      throw new TypeError(`the management canister has no method ${method}`);
  }
}

function decode(name: Uint8Array, argument: Uint8Array): NativeResult {
  try {
    return decoder.call('decode', [name, argument], name.length);
  } catch (error) {
    // The module has no check of its own.
    if (error instanceof RangeError || error instanceof WebAssembly.RuntimeError) {
      throw new ArgumentError(TOO_DEEP);
    }
    throw error;
  }
}
