/**
 * The state of the model: the limits, and a record for every session and memory that was ever created. States are immutable: `apply`
 * creates new ones that share unchanged parts.
 */
import type { TimeSpan } from './spans.js';
import type { SessionState } from './result.js';
import type { AssetKind, CallerIndex, Limits } from './schedule.js';
import type { HttpState } from './http.js';
import type { ChunkRef } from './oracle.js';

/** The limits in force. The defaults are those of the upload canister's specification. */
export interface LimitsInForce {
  readonly chunkSize: number;
  readonly chunksMax: number;
  readonly bytesMax: number;
  readonly inlineBytesMax: number;
  readonly activeSessionsMax: number;
  readonly sessionTtlNs: bigint;
  /** `Infinity`: only `bytesMax` applies. */
  readonly httpBytesMax: number;
  /** `Infinity`: no limit. */
  readonly httpUploadsPerHour: number;
  /** Lifetime of the record of an ended session. */
  readonly recordTtlNs: bigint;
}

/** Arguments and results of a session's successful finish. The ids are the canister's; `undefined` while unknown. */
export interface FinishRecord {
  /** The file whose SHA-256 was the argument: index into the schedule's files. */
  readonly hashOfFile: number;
  /** The memory created with the blob: position in `ModelState.memories`. */
  readonly memory: number;
  readonly blobId: string | undefined;
  readonly memoryId: string | undefined;
}

export interface SessionRecord {
  /** The canister's id; `undefined` if the result of `begin` is unknown. */
  readonly id: string | undefined;
  readonly owner: CallerIndex;
  readonly key: string;
  /** The file announced at `begin`: index into the schedule's files. */
  readonly file: number;
  readonly bytes: number;
  readonly chunkSize: number;
  readonly chunksExpected: number;
  /** Lifetimes in force at `begin`: of the session without updates, and of its record once it has ended. */
  readonly sessionTtlNs: bigint;
  readonly recordTtlNs: bigint;
  readonly state: SessionState;
  /** By chunk index; `undefined` where nothing is stored. */
  readonly chunks: readonly (ChunkRef | undefined)[];
  readonly chunksReceived: number;
  readonly bytesReceived: number;
  /** Time of the last successful update. */
  readonly updated: TimeSpan;
  /** Time when it became Completed, Failed, or Cancelled. */
  readonly ended: TimeSpan | undefined;
  readonly finish: FinishRecord | undefined;
  /** The record was removed: the session is NotFound, but its blob stays. */
  readonly isGone: boolean;
  /** It has expired, and a cleanup by its owner or a run of the canister's timer has freed its chunks. */
  readonly isCleaned: boolean;
}

/** An asset of a memory: the blob of a session, by the session's position, or inline bytes (`inlineContent`). */
export type StoredAsset =
  | { readonly kind: AssetKind; readonly blobOf: number }
  | { readonly kind: AssetKind; readonly inlineBytes: number };

export interface MemoryRecord {
  /** The canister's id; `undefined` while unknown. */
  readonly id: string | undefined;
  /** The owner of its capsule. */
  readonly owner: CallerIndex;
  readonly assets: readonly StoredAsset[];
  readonly isDeleted: boolean;
}

export interface ModelState {
  readonly limits: LimitsInForce;
  /** In the order of their begins. `atTime` computes the effect of time on a session. */
  readonly sessions: readonly SessionRecord[];
  /** In the order of their creation, by `memory` and by `finish`. */
  readonly memories: readonly MemoryRecord[];
  readonly http: HttpState;
}

export const NANOSECONDS_PER_SECOND = 1_000_000_000n;
const DAY_SECONDS = 86_400;
/** 100 years. */
const HTTP_TOKEN_TTL_SECONDS = 3_155_760_000;

/** @param chunkSizeDefault the target's chunk size in bytes if the limits name none */
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

/** The limits after an upgrade with new limits. */
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

function secondsToNs(seconds: number): bigint {
  return BigInt(Math.round(seconds * 1e9));
}

/** @param tokens the number of callers with a token for the HTTP interface, and the time of its creation */
export function initialState(
  limits: Limits,
  chunkSizeDefault = 1_800_000,
  tokens: Pick<HttpState, 'tokens' | 'madeNs'> = { tokens: 0, madeNs: 0n },
): ModelState {
  const ttlNs = secondsToNs(limits.httpTokenTtlSeconds ?? HTTP_TOKEN_TTL_SECONDS);
  const http = { ...tokens, ttlNs, freed: [], windows: [] };
  return { limits: limitsInForce(limits, chunkSizeDefault), sessions: [], memories: [], http };
}

/** Whether the session counts towards the limit of active sessions per caller. */
export function isActive({ state, isGone }: SessionRecord): boolean {
  return !isGone && (isExpirable(state) || state === 'Finishing');
}

export function isExpirable(state: SessionState): boolean {
  return state === 'Initiated' || state === 'Uploading' || state === 'Paused';
}

/** Position of the session with the canister's id, or −1. Sessions whose record was removed are found, too. */
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
