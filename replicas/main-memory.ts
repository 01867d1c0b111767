/**
 * Enhanced orthogonal persistence, the default of the Motoko compiler: an upgrade keeps the main memory of the canister. A custom section
 * marks such a module, and an upgrade to it must set `wasm_memory_persistence: keep`. Deployment tools set the option automatically,
 * and so do the replicas of this project.
 */
import { gunzipSync } from 'node:zlib';
import { lebDecode, PipeArrayBuffer } from '@icp-sdk/core/candid';

const SECTION = 'enhanced-orthogonal-persistence';
const NAMES: ReadonlySet<string> = new Set([`icp:private ${SECTION}`, `icp:public ${SECTION}`]);
const PREAMBLE_BYTES = 8;
const CUSTOM = 0;
/** Longest LEB128 encoding of a 32-bit number. */
const U32_BYTES_MAX = 5;
const GZIP_MAGIC = [0x1f, 0x8b];

const known = new WeakMap<Uint8Array, boolean>();

/**
 * Whether an upgrade to this module keeps the main memory. `wasm` is plain or gzipped and must not be modified afterwards. Returns false
 * for bytes that are not a module; their installation reports the error.
 */
export function keepsMainMemory(wasm: Uint8Array): boolean {
  let keeps = known.get(wasm);
  if (keeps === undefined) known.set(wasm, (keeps = hasSection(wasm)));
  return keeps;
}

/** The `mode` of `install_code` for an upgrade to this module, as a value for `@icp-sdk/core/candid`. */
export function upgradeOption(wasm: Uint8Array): { readonly upgrade: readonly object[] } {
  return {
    upgrade: keepsMainMemory(wasm)
      ? [{ skip_pre_upgrade: [], wasm_memory_persistence: [{ keep: null }] }]
      : [],
  };
}

function hasSection(uploaded: Uint8Array): boolean {
  try {
    return customSectionNames(unpacked(uploaded)).some((name) => NAMES.has(name));
  } catch {
    // `lebDecode` throws for a number that is cut short: the bytes are not a module.
    return false;
  }
}

function customSectionNames(wasm: Uint8Array): string[] {
  const names: string[] = [];
  let position = PREAMBLE_BYTES;
  const u32 = (): number => {
    const pipe = new PipeArrayBuffer(Uint8Array.from(wasm.subarray(position, position + U32_BYTES_MAX)));
    const available = pipe.byteLength;
    const value = Number(lebDecode(pipe));
    position += available - pipe.byteLength;
    return value;
  };
  while (position < wasm.length) {
    const id = wasm[position++];
    const end = u32() + position;
    if (id === CUSTOM) {
      const nameBytes = u32();
      names.push(Buffer.from(wasm.subarray(position, Math.min(position + nameBytes, end))).toString());
    }
    position = end;
  }
  return names;
}

function unpacked(uploaded: Uint8Array): Uint8Array {
  if (!GZIP_MAGIC.every((byte, index) => uploaded[index] === byte)) return uploaded;
  try {
    return gunzipSync(uploaded);
  } catch {
    return new Uint8Array();
  }
}
