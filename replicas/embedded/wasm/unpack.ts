/**
 * Unpacks an uploaded module, which is plain or gzipped wasm.
 *
 * Source: PocketIC 10.0.0, rs/embedders/src/wasm_utils/decoding.rs.
 */
import { gunzipSync } from 'node:zlib';
import { MODULE_BYTES_MAX } from './validation.js';
import { decodingFailed, moduleTooLarge } from './validation-errors.js';

const WASM_MAGIC = [0x00, 0x61, 0x73, 0x6d];
/** GZIP's magic number and the DEFLATE method (RFC 1952). */
const GZIP_MAGIC = [0x1f, 0x8b, 0x08];
/** Size of the header and the footer. */
const GZIP_BYTES_MIN = 16;

/**
 * Returns the plain wasm.
 *
 * @throws InvalidWasmError if the format is unknown, the stream is damaged, or the module is too large
 */
export function unpackModule(uploaded: Uint8Array): Uint8Array {
  if (startsWith(uploaded, WASM_MAGIC)) {
    if (uploaded.length > MODULE_BYTES_MAX) throw moduleTooLarge(uploaded.length, MODULE_BYTES_MAX);
    return uploaded;
  }
  if (!startsWith(uploaded, GZIP_MAGIC)) throw decodingFailed('unsupported canister module format');
  if (uploaded.length < GZIP_BYTES_MIN) throw decodingFailed('invalid Wasm module: gzip stream is too short');
  // The last four bytes of the footer declare the plain size, which must match.
  const footer = new DataView(uploaded.buffer, uploaded.byteOffset + uploaded.length - 4, 4);
  const claimedSize = footer.getUint32(0, true);
  if (claimedSize > MODULE_BYTES_MAX) throw moduleTooLarge(claimedSize, MODULE_BYTES_MAX);
  const plain = gunzip(uploaded, claimedSize);
  if (plain.length !== claimedSize) {
    throw decodingFailed(
      `specified uncompressed size ${claimedSize} does not match extracted size ${plain.length}`,
    );
  }
  return plain;
}

function gunzip(packed: Uint8Array, claimedSize: number): Uint8Array {
  try {
    return gunzipSync(packed, { maxOutputLength: Math.max(claimedSize, 1) });
  } catch (error) {
    throw decodingFailed(`failed to decode compressed Wasm module: ${(error as Error).message}`);
  }
}

function startsWith(bytes: Uint8Array, prefix: readonly number[]): boolean {
  return prefix.every((byte, index) => bytes[index] === byte);
}
