/**
 * The files that the user names: checked before any work is done. Every problem is an InputError of one line that says what to do.
 * `harness/files/input-file.ts` rejects whatever is not a regular file of a sensible size.
 */
import { gunzipSync } from 'node:zlib';
import { checkInputFile, readInputFile, type InputFile } from '../../harness/files/input-file.js';
import { InputError } from '../../harness/input-error.js';
import { InvalidWasmError } from '../../replicas/embedded/wasm/instrumented-module.js';
import { decodeAndValidate } from '../../replicas/embedded/wasm/instrument.js';

/** Uncompressed module limit of the IC in bytes (PocketIC 10.0.0, rs/limits). */
const WASM_BYTES_MAX = 100 * 2 ** 20;
/** An install message is smaller than 10 MiB; the same bytes as hex text take twice as much. */
const INIT_ARG_BYTES_MAX = 20 * 2 ** 20;
const TOKENS_BYTES_MAX = 2 ** 20;
const TARGET_MODULE_BYTES_MAX = 16 * 2 ** 20;
const KEY_BYTES_MAX = 2 ** 20;
const GZIP_MAGIC = [0x1f, 0x8b];

/** A module of this package, or one that is not checked further. */
export function readModule(path: string): Uint8Array {
  return readInputFile(path, { what: 'wasm', bytesMax: WASM_BYTES_MAX });
}

/** The text of the file that `--http-token` names. */
export function readTokenFile(path: string): string {
  return new TextDecoder().decode(readInputFile(path, { what: '--http-token', bytesMax: TOKENS_BYTES_MAX }));
}

/** Checks the module that `--target` names. It is loaded later. */
export function checkTargetModule(path: string): void {
  checkInputFile(path, { what: 'target', bytesMax: TARGET_MODULE_BYTES_MAX });
}

/** Checks the private key that `--identity` names. It is read later. */
export function checkKeyFile(path: string): void {
  checkInputFile(path, { what: 'identity', bytesMax: KEY_BYTES_MAX });
}

/** Checks a file to upload. It is read later, in chunks. */
export function checkUploadFile(path: string, bytesMax: number): InputFile {
  return checkInputFile(path, { what: 'file', bytesMax });
}

/**
 * Reads a canister module, plain or gzip, and returns the bytes of the file.
 * @param requiredExports the methods without which the target cannot work
 * @throws InputError if the file is unusable, not a module, damaged, or lacks a required export
 */
export function readCanisterWasm(
  path: string,
  requiredExports: readonly string[],
  targetName: string,
): Uint8Array {
  const file = readModule(path);
  if (file.length === 0) throw new InputError(`wasm ${path}: the file is empty`);
  const exported = new Set(exportsOf(path, unpack(path, file)));
  const missing = requiredExports.filter((name) => !alternatives(name).some((other) => exported.has(other)));
  if (missing.length > 0) {
    const shown = missing.slice(0, 3).join('", "');
    throw new InputError(
      `wasm ${path}: it does not export "${shown}"${missing.length > 3 ? ` and ${missing.length - 3} more` : ''}, which target ` +
        `"${targetName}" calls; pass another module, or --target for its interface`,
    );
  }
  return file;
}

/** A query method may be a composite query, and update calls to query methods are allowed. */
function alternatives(name: string): string[] {
  const space = name.indexOf(' ');
  const [kind, method] = [name.slice(0, space), name.slice(space + 1)];
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
  if (!isWasm) throw new InputError(`wasm ${path}: it is not a WebAssembly module`);
  try {
    // The engine's decoder, because Node versions differ in what they know of 64-bit memories and tables.
    return decodeAndValidate(wasm).exports.map((entry) => entry.name);
  } catch (error) {
    if (!(error instanceof InvalidWasmError)) throw error;
    throw new InputError(`wasm ${path}: the module is damaged or cut short`);
  }
}

/** Reads a Candid message, raw (`DIDL…`) or as hex text. @throws InputError if the file contains neither */
export function readInitArg(path: string): Uint8Array {
  const file = readInputFile(path, { what: 'init argument', bytesMax: INIT_ARG_BYTES_MAX });
  if (startsWithDidl(file)) return file;
  const text = Buffer.from(file).toString('latin1').replace(/\s+/g, '');
  if (/^([0-9a-fA-F]{2})+$/.test(text)) {
    const bytes = Uint8Array.from(Buffer.from(text, 'hex'));
    if (startsWithDidl(bytes)) return bytes;
  }
  throw new InputError(
    `init argument ${path}: it is not a Candid message; pass its bytes ("DIDL…") or their hex text`,
  );
}

function startsWithDidl(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(0, 4)).toString('latin1') === 'DIDL';
}
