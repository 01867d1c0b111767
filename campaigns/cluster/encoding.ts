/** Data of a campaign as it is stored: compressed JSON. */
import { deflateSync, inflateSync } from 'node:zlib';
import { InputError } from '../../harness/input-error.js';

/** A higher level costs more time than the network saves. */
const LEVEL = 1;
/** What a server may send is bounded, because a few bytes can decompress to gigabytes. */
const BYTES_MAX = 512 * 2 ** 20;

export function encodeData(value: unknown): Buffer {
  return deflateSync(JSON.stringify(value), { level: LEVEL });
}

/**
 * The value, whose shape is that of what a worker of the same version wrote.
 * @throws InputError if the bytes are not such data
 */
export function decodeData(bytes: Uint8Array, what: string): unknown {
  try {
    return JSON.parse(inflateSync(bytes, { maxOutputLength: BYTES_MAX }).toString()) as unknown;
  } catch (error) {
    throw new InputError(`the server has damaged data: ${what}`, { cause: error });
  }
}
