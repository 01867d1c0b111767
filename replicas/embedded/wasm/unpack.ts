/**
 * Unpacks an uploaded module, which is plain or gzipped wasm.
 *
 * Source: PocketIC 10.0.0, rs/embedders/src/wasm_utils/decoding.rs.
 */
import { gunzipSync } from 'node:zlib';
import { MODULE_BYTES_MAX } from './validation.js';
import { decodingFailed, moduleTooLarge } from './validation-errors.js';
import { unpackGzip } from './validator.js';

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
  const size = claimedSize(uploaded);
  if (size > MODULE_BYTES_MAX) throw moduleTooLarge(size, MODULE_BYTES_MAX);
  const plain = gunzip(uploaded, size);
  if (plain.length !== size) {
    throw decodingFailed(`specified uncompressed size ${size} does not match extracted size ${plain.length}`);
  }
  return plain;
}

/** The plain size in bytes that an uploaded module claims. The last four bytes of a gzip stream declare it. */
export function claimedSize(uploaded: Uint8Array): number {
  if (!startsWith(uploaded, GZIP_MAGIC) || uploaded.length < GZIP_BYTES_MIN) return uploaded.length;
  return new DataView(uploaded.buffer, uploaded.byteOffset + uploaded.length - 4, 4).getUint32(0, true);
}

/** Unpacks at most one byte more than the claimed size. What follows the first member of the stream does not count. */
function gunzip(packed: Uint8Array, claimedSize: number): Uint8Array {
  try {
    const plain = gunzipSync(packed, { maxOutputLength: Math.max(claimedSize, 1) });
    if (plain.length === claimedSize) return plain;
  } catch {
    // The library that the network uses decides what is wrong.
  }
  return unpackGzip(packed, claimedSize + 1);
}

function startsWith(bytes: Uint8Array, prefix: readonly number[]): boolean {
  return prefix.every((byte, index) => bytes[index] === byte);
}
