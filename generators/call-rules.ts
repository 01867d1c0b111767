/** What a canister that does not implement the whole specification promises about calls. */
import { chunkCount } from '../model/content.js';
import type { OperationName } from '../model/operations.js';

/** What a canister promises about calls that differ from a plain upload. Plain data. */
export interface CallRules {
  /** `any`: puts in any order are correct. `ascending`: others are wrong calls that are rejected. `unknown`: there are no others. */
  readonly order: 'any' | 'ascending' | 'unknown';
  /** The bytes of a put follow those before it, so that a put out of order stores wrong bytes. */
  readonly appends: boolean;
  /** A put of the bytes that are stored at its place. */
  readonly repeatedPut: boolean;
  /** A put of other bytes at a place that has some. */
  readonly otherPut: boolean;
  /** A put of a wrong length or beyond the end of the file. */
  readonly wrongPut: boolean;
  /** A put of wrong bytes, which only a finish can notice. */
  readonly corruptPut: boolean;
  /** A finish while bytes are missing. */
  readonly incompleteFinish: boolean;
  /** A finish with a wrong hash. */
  readonly wrongHash: boolean;
  /** A second finish. */
  readonly repeatedFinish: boolean;
  /** A second begin of an upload. */
  readonly repeatedBegin: boolean;
  readonly abort: boolean;
  /** Operations on uploads of others that are rejected. */
  readonly strangers: ReadonlySet<OperationName>;
  /** Operations on uploads of others that are accepted. */
  readonly guests: ReadonlySet<OperationName>;
  /** What identifies an upload. */
  readonly session: 'server' | 'key' | 'name';
  /** An upload may have the key or name of a finished one. */
  readonly overwrites: boolean;
  /** Two uploads may have one key or one name. */
  readonly sharedKeys: boolean;
  readonly sharedNames: boolean;
  /** Equal keys of two callers are two uploads. */
  readonly keysByCaller: boolean;
  /** The first put begins an upload. */
  readonly impliedBegin: boolean;
  /** The put that completes the file finishes the upload. */
  readonly impliedFinish: boolean;
  /** The canister is known to accept hundreds of chunks. */
  readonly manyChunks: boolean;
  /** The client chooses the length of chunks. */
  readonly anyChunkSize: boolean;
  /** A finish lists what the puts have returned, so it waits for them. */
  readonly finishLists: boolean;
}

/** Number of puts of a file. Where no call begins or finishes an upload, an empty file is one empty chunk. */
export function chunksToPut(
  bytes: number,
  chunkSize: number,
  rules?: Pick<CallRules, 'impliedBegin' | 'impliedFinish'>,
): number {
  const isSentEmpty = rules !== undefined && (rules.impliedBegin || rules.impliedFinish);
  return Math.max(isSentEmpty ? 1 : 0, chunkCount(bytes, chunkSize));
}

/** Whether the puts of a lane must be answered one after another, before the finish. */
export function mustPutInOrder({
  order,
  appends,
  finishLists,
  incompleteFinish,
  impliedFinish,
}: CallRules): boolean {
  return order === 'unknown' || appends || finishLists || (!incompleteFinish && !impliedFinish);
}
