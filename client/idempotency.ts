/**
 * The idempotency key of an upload: the same file of the same user gives the same key in another process, so that `uploads_begin`
 * answers the session that is already there.
 */
import { createHash } from 'node:crypto';
import type { AssetMetadata } from './types.js';

export interface KeyParts {
  readonly caller: string;
  readonly capsuleId: string;
  /** `ByteSource.identity`. */
  readonly source: string;
  /** Goes in whole: with other metadata the canister would answer `Conflict` to the same key. */
  readonly metadata: AssetMetadata;
  /** The user's own text, to upload the same file once more on purpose. */
  readonly salt: string;
  /** Counts uploads whose session is Completed and whose blob is gone: their key stays in use for a day. */
  readonly generation: number;
}

/** 68 bytes of text; the canister takes 256. */
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
