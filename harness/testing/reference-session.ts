/** Sessions and blobs of the reference canister, and short forms for its answers. */
import { createHash } from 'node:crypto';
import type { ErrorKind, Result, SessionState } from '../../model/result.js';

export interface Session {
  readonly id: number;
  readonly owner: string;
  readonly capsule: string;
  readonly key: string;
  readonly parameters: string;
  readonly name: string;
  readonly bytes: number;
  readonly expected: number;
  readonly chunkSize: number;
  /** In order of arrival. */
  readonly chunks: Map<string, Uint8Array>;
  state: SessionState;
  puts: number;
  bytesReceived: number;
  hashed: number;
  began: bigint;
  updated: bigint;
  ended: bigint | undefined;
  keyFree: boolean;
  pending: { readonly ticket: number; readonly sha256: string; readonly before: SessionState } | undefined;
  finished: { readonly arguments: string; readonly result: Result } | undefined;
}

export interface StoredBlob {
  readonly owner: string;
  readonly data: Uint8Array;
  readonly chunkSize: number;
  readonly finishedAtMessage: number;
}

export const DONE: Result = { kind: 'done' };
export const fail = (error: ErrorKind, text = ''): Result => ({ kind: 'error', error, text });
export const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
export function hexSha256(parts: Iterable<Uint8Array>): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

/** Whether a session counts towards the limit of active sessions per caller. */
export function isActive({ state }: Session): boolean {
  return state === 'Initiated' || state === 'Uploading' || state === 'Paused' || state === 'Finishing';
}

/** The status of a session. `isStored` says whether a chunk index is stored. */
export function statusOf(session: Session, isStored: (index: number) => boolean): Result {
  const missing: { start: number; end: number }[] = [];
  let received = 0;
  for (let index = 0; index < session.expected; index++) {
    if (isStored(index)) {
      received++;
      continue;
    }
    const last = missing.at(-1);
    if (last?.end === index) last.end++;
    else missing.push({ start: index, end: index + 1 });
  }
  return {
    kind: 'status',
    state: session.state,
    bytesReceived: String(session.bytesReceived),
    chunksReceived: received,
    missing,
    chunkSize: String(session.chunkSize),
  };
}
