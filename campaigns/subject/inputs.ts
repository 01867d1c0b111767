/** Files that the user names: read and checked before any work is done. Every defect is one line that says what to do. */
import { readFileSync, statSync, openSync, closeSync } from 'node:fs';
import { resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { InputError } from '../../harness/input-error.js';
import { reasonOf } from '../../harness/files/system-error.js';
import { InvalidWasmError } from '../../replicas/embedded/wasm/instrumented-module.js';
import { decodeAndValidate } from '../../replicas/embedded/wasm/instrument.js';

/** Uncompressed module limit of the IC in bytes (PocketIC 10.0.0, rs/limits). */
const WASM_BYTES_MAX = 100 * 1024 * 1024;
const GZIP_MAGIC = [0x1f, 0x8b];

export function readInputFile(path: string, what: string): Uint8Array {
  try {
    if (statSync(path).isDirectory()) throw new InputError(`${what} ${path}: it is a folder; name a file`);
    return Uint8Array.from(readFileSync(path));
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(`${what} ${path}: ${reasonOf(error)}`);
  }
}

/** Checks that a file of the user's can be read, without reading it: it may be large. Returns its absolute path and size in bytes. */
export function checkReadableFile(
  path: string,
  what: string,
): { readonly path: string; readonly bytes: number } {
  const absolute = resolve(path);
  try {
    const stat = statSync(absolute);
    if (stat.isDirectory()) throw new InputError(`${what} ${path}: it is a folder; name a file`);
    if (!stat.isFile()) throw new InputError(`${what} ${path}: it is no regular file; name a file`);
    closeSync(openSync(absolute, 'r'));
    return { path: absolute, bytes: stat.size };
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(`${what} ${path}: ${reasonOf(error)}`);
  }
}

/**
 * A canister module, plain or gzip, as it is in the file. `requiredExports` are the methods without which the target cannot be driven.
 * @throws InputError for a missing, empty, truncated or foreign file.
 */
export function readCanisterWasm(
  path: string,
  requiredExports: readonly string[],
  targetName: string,
): Uint8Array {
  const file = readInputFile(path, 'wasm');
  if (file.length === 0) throw new InputError(`wasm ${path}: the file is empty`);
  const exported = new Set(exportsOf(path, unpack(path, file)));
  const missing = requiredExports.filter((name) => !alternatives(name).some((other) => exported.has(other)));
  if (missing.length > 0) {
    const shown = missing.slice(0, 3).join('", "');
    throw new InputError(
      `wasm ${path}: it lacks "${shown}"${missing.length > 3 ? ` and ${missing.length - 3} more` : ''}, so target "${targetName}" ` +
        `cannot drive it; name another module, or pass --target for its interface`,
    );
  }
  return file;
}

/** A query may be a composite one, and an update call may go to a query. */
function alternatives(name: string): string[] {
  const [kind, method] = name.split(/ (.*)/s) as [string, string];
  const kinds = kind === 'canister_query' ? [kind, 'canister_composite_query'] : [kind, 'canister_query'];
  return kinds.map((other) => `${other} ${method}`);
}

function unpack(path: string, file: Uint8Array): Uint8Array {
  if (!GZIP_MAGIC.every((byte, i) => file[i] === byte)) return file;
  try {
    return Uint8Array.from(gunzipSync(file, { maxOutputLength: WASM_BYTES_MAX }));
  } catch (error) {
    const tooBig = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    throw new InputError(
      `wasm ${path}: ${tooBig ? 'it is larger than 100 MiB unpacked' : 'the gzip data is damaged or cut short'}`,
    );
  }
}

function exportsOf(path: string, wasm: Uint8Array): string[] {
  const isWasm = [0x00, 0x61, 0x73, 0x6d].every((byte, i) => wasm[i] === byte);
  if (!isWasm) throw new InputError(`wasm ${path}: it is no WebAssembly module`);
  try {
    // The engine's decoder: the runtime's own does not know 64-bit memories and tables everywhere.
    return decodeAndValidate(wasm).exports.map((entry) => entry.name);
  } catch (error) {
    if (!(error instanceof InvalidWasmError)) throw error;
    throw new InputError(`wasm ${path}: the module is damaged or cut short`);
  }
}

/** Candid bytes, raw (`DIDL…`) or as hex text. @throws InputError if the file is neither. */
export function readInitArg(path: string): Uint8Array {
  const file = readInputFile(path, 'init argument');
  if (startsWithDidl(file)) return file;
  const text = Buffer.from(file).toString('latin1').replace(/\s+/g, '');
  if (/^([0-9a-fA-F]{2})+$/.test(text)) {
    const bytes = Uint8Array.from(Buffer.from(text, 'hex'));
    if (startsWithDidl(bytes)) return bytes;
  }
  throw new InputError(
    `init argument ${path}: it is no Candid message; give its bytes ("DIDL…") or their hex text`,
  );
}

function startsWithDidl(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(0, 4)).toString('latin1') === 'DIDL';
}
