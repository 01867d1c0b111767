/**
 * The idempotency key of an upload. The same file of the same user has the same key in every process, so that `uploads_begin`
 * returns the existing session.
 */
import { createHash } from 'node:crypto';
import type { AssetMetadata } from './types.js';

export interface KeyParts {
  readonly caller: string;
  readonly capsuleId: string;
  /** `ByteSource.identity`. */
  readonly source: string;
  /** Part of the key, because the canister answers `Conflict` to the same key with other metadata. */
  readonly metadata: AssetMetadata;
  /** A text of the user, to upload the same file again on purpose. */
  readonly salt: string;
  /** Number of completed uploads whose blob was deleted. Their keys remain in use for a day. */
  readonly generation: number;
}

/** Returns the key: 68 bytes of text. The canister accepts up to 256. */
export function idempotencyKey(parts: KeyParts): string {
  const text = JSON.stringify(
    [parts.caller, parts.capsuleId, parts.source, parts.metadata, parts.salt, parts.generation],
    (_, value: unknown) => {
      if (typeof value === 'bigint') return `${value}n`;
      return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;
    },
  );
  return `up1-${createHash('sha256').update(text).digest('hex')}`;
}
