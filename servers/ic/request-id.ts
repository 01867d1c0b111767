/** The representation-independent hash of a map (IC interface spec, "Request ids"). Users and nodes sign it. */
import { createHash } from 'node:crypto';
import { lebEncode } from '@icp-sdk/core/candid';
import { compareBytes, concat, utf8 } from '../../certification/bytes.js';

/** A text is hashed as UTF-8, a bigint (a natural number) as LEB128. `undefined` fields are omitted. */
export type Hashable = string | bigint | Uint8Array | readonly Hashable[] | HashableMap;
export interface HashableMap {
  readonly [field: string]: Hashable | undefined;
}

function sha256(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest();
}

function hashValue(value: Hashable): Uint8Array {
  if (typeof value === 'string') return sha256(utf8(value));
  if (typeof value === 'bigint') return sha256(lebEncode(value));
  if (value instanceof Uint8Array) return sha256(value);
  if (Array.isArray(value)) return sha256(concat(...(value as readonly Hashable[]).map(hashValue)));
  return hashOfMap(value as HashableMap);
}

/** Returns 32 bytes. */
export function hashOfMap(map: HashableMap): Uint8Array {
  const fields: Uint8Array[] = [];
  for (const [name, value] of Object.entries(map)) {
    if (value !== undefined) fields.push(concat(sha256(utf8(name)), hashValue(value)));
  }
  return sha256(concat(...fields.sort(compareBytes)));
}
