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

/**
 * Returns the canonical encoding of an argument as the server decodes it to find the subnet of a call: of the whole argument of
 * `provisional_create_canister_with_cycles`, and of the field `canister_id` of any other method. The text of an error has more details.
 * @throws ArgumentError if the bytes are not such an argument
 */
export function canonicalRoute(method: string, argument: Uint8Array): Uint8Array {
  const { status, bytes } = decode(Buffer.from(method), argument, 'decode_to_route');
  if (status === STATUS.error) throw new ArgumentError(text.decode(bytes));
  return bytes;
}

function decode(
  name: Uint8Array,
  argument: Uint8Array,
  decoding: 'decode' | 'decode_to_route' = 'decode',
): NativeResult {
  try {
    return decoder.call(decoding, [name, argument], name.length);
  } catch (error) {
    // The module has no check of its own.
    if (error instanceof RangeError || error instanceof WebAssembly.RuntimeError) {
      throw new ArgumentError(TOO_DEEP);
    }
    throw error;
  }
}
