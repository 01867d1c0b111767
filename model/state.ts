/**
 * The state that the model keeps: limits and one record per session that was ever begun. Values, never changed in place;
 * `apply` makes new ones that share what did not change.
 */
import type { TimeSpan } from './spans.js';
import type { SessionState } from './result.js';
import type { AssetKind, CallerIndex, Limits } from './schedule.js';
import type { HttpState } from './http.js';
import type { ChunkRef } from './oracle.js';

/** Every limit in force. Defaults are those of the specification of the upload canister. */
export interface LimitsInForce {
  readonly chunkSize: number;
  readonly chunksMax: number;
  readonly bytesMax: number;
  readonly inlineBytesMax: number;
  readonly activeSessionsMax: number;
  readonly sessionTtlNs: bigint;
  /** Infinity: no limit but `bytesMax`. */
  readonly httpBytesMax: number;
  /** Infinity: none. */
  readonly httpUploadsPerHour: number;
  /** How long the record of a session that has ended stays. */
  readonly recordTtlNs: bigint;
}

/** What the successful finish of a session was given and answered. Ids are those of the canister, undefined while unseen. */
export interface FinishRecord {
  /** The file whose SHA-256 was the argument, as index into the schedule's files. */
  readonly hashOfFile: number;
  /** Position in `ModelState.memories` of the memory made with the blob. */
  readonly memory: number;
  readonly blobId: string | undefined;
  readonly memoryId: string | undefined;
}

export interface SessionRecord {
  /** The canister's id; undefined if the answer of `begin` was never seen. */
  readonly id: string | undefined;
  readonly owner: CallerIndex;
  readonly key: string;
  /** The file announced at `begin`, as index into the schedule's files. */
  readonly file: number;
  readonly bytes: number;
  readonly chunkSize: number;
  readonly chunksExpected: number;
  /** Lifetimes that it began with: without an update, and of its record once it has ended. */
  readonly sessionTtlNs: bigint;
  readonly recordTtlNs: bigint;
  readonly state: SessionState;
  /** By chunk index; undefined where nothing is stored. */
  readonly chunks: readonly (ChunkRef | undefined)[];
  readonly chunksReceived: number;
  readonly bytesReceived: number;
  /** The last successful update. */
  readonly updated: TimeSpan;
  /** When it became Completed, Failed or Cancelled. */
  readonly ended: TimeSpan | undefined;
  readonly finish: FinishRecord | undefined;
  /** The record has been removed: the session is NotFound, its blob stays. */
  readonly isGone: boolean;
  /** It has expired and a cleanup of its owner has given its chunks back. Before that the timer may have. */
  readonly isCleaned: boolean;
}

/** An asset of a memory: the blob of a session, by its position, or inline bytes (`inlineContent` of their number and place). */
export type StoredAsset =
  | { readonly kind: AssetKind; readonly blobOf: number }
  | { readonly kind: AssetKind; readonly inlineBytes: number };

export interface MemoryRecord {
  /** The canister's id; undefined while unseen. */
  readonly id: string | undefined;
  /** Whose capsule it is in. */
  readonly owner: CallerIndex;
  readonly assets: readonly StoredAsset[];
  readonly isDeleted: boolean;
}

export interface ModelState {
  readonly limits: LimitsInForce;
  /** In the order in which they were begun. Time is not in them: `atTime` says what a session is at an instant. */
  readonly sessions: readonly SessionRecord[];
  /** In the order in which they were made, those of finishes among them. */
  readonly memories: readonly MemoryRecord[];
  readonly http: HttpState;
}

export const NANOSECONDS_PER_SECOND = 1_000_000_000n;
const DAY_SECONDS = 86_400;
/** 100 years. */
const HTTP_TOKEN_TTL_SECONDS = 3_155_760_000;

/** `chunkSizeDefault`: the target's chunk size in bytes where the limits name none. */
export function limitsInForce(limits: Limits, chunkSizeDefault: number): LimitsInForce {
  return {
    chunkSize: limits.chunkSize ?? chunkSizeDefault,
    chunksMax: limits.chunksMax ?? 512,
    bytesMax: limits.bytesMax ?? 805_306_368,
    inlineBytesMax: limits.inlineBytesMax ?? 32_768,
    activeSessionsMax: limits.activeSessionsMax ?? 100,
    sessionTtlNs: secondsToNs(limits.sessionTtlSeconds ?? DAY_SECONDS),
    httpBytesMax: limits.httpBytesMax ?? Infinity,
    httpUploadsPerHour: limits.httpUploadsPerHour ?? Infinity,
    recordTtlNs: BigInt(DAY_SECONDS) * NANOSECONDS_PER_SECOND,
  };
}

/** The limits after an upgrade that sets some of them anew. */
export function limitsAfter(before: LimitsInForce, given: Limits): LimitsInForce {
  const ttlNs =
    given.sessionTtlSeconds === undefined ? before.sessionTtlNs : secondsToNs(given.sessionTtlSeconds);
  return {
    chunkSize: given.chunkSize ?? before.chunkSize,
    chunksMax: given.chunksMax ?? before.chunksMax,
    bytesMax: given.bytesMax ?? before.bytesMax,
    inlineBytesMax: given.inlineBytesMax ?? before.inlineBytesMax,
    activeSessionsMax: given.activeSessionsMax ?? before.activeSessionsMax,
    sessionTtlNs: ttlNs,
    httpBytesMax: given.httpBytesMax ?? before.httpBytesMax,
    httpUploadsPerHour: given.httpUploadsPerHour ?? before.httpUploadsPerHour,
    recordTtlNs: before.recordTtlNs,
  };
}

const secondsToNs = (seconds: number): bigint => BigInt(Math.round(seconds * 1e9));

/** `tokens`: how many callers have a token for the HTTP interface, and when they were made. */
export function initialState(
  limits: Limits,
  chunkSizeDefault = 1_800_000,
  tokens: Pick<HttpState, 'tokens' | 'madeNs'> = { tokens: 0, madeNs: 0n },
): ModelState {
  const ttlNs = secondsToNs(limits.httpTokenTtlSeconds ?? HTTP_TOKEN_TTL_SECONDS);
  const http = { ...tokens, ttlNs, freed: [], windows: [] };
  return { limits: limitsInForce(limits, chunkSizeDefault), sessions: [], memories: [], http };
}

/** Initiated, Uploading, Paused and Finishing count for the limit of sessions per caller. */
export function isActive({ state, isGone }: SessionRecord): boolean {
  return !isGone && (isExpirable(state) || state === 'Finishing');
}

export function isExpirable(state: SessionState): boolean {
  return state === 'Initiated' || state === 'Uploading' || state === 'Paused';
}

/** Position of a session by the canister's id, −1 if none has it. Records that are gone are found too. */
export function sessionPosition(state: ModelState, id: string): number {
  return state.sessions.findIndex((session) => session.id === id);
}

/** The state with the session at `position` replaced. */
export function withSession(state: ModelState, position: number, session: SessionRecord): ModelState {
  if (state.sessions[position] === session) return state;
  return { ...state, sessions: state.sessions.with(position, session) };
}

export function withNewSession(state: ModelState, session: SessionRecord): ModelState {
  return { ...state, sessions: [...state.sessions, session] };
}

export function withMemory(state: ModelState, position: number, memory: MemoryRecord): ModelState {
  return { ...state, memories: state.memories.with(position, memory) };
}

export function withNewMemory(state: ModelState, memory: MemoryRecord): ModelState {
  return { ...state, memories: [...state.memories, memory] };
}
