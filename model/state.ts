/**
 * The state that the model keeps: limits and one record per session that was ever begun. Values, never changed in place;
 * `apply` makes new ones that share what did not change.
 */
import type { SessionState } from './result.js';
import type { CallerIndex, Limits } from './schedule.js';
import type { ChunkRef } from './oracle.js';

/**
 * When something happened, in nanoseconds since 1970. `from` equals `to` where the replica says when each message is executed;
 * otherwise the truth lies between.
 */
export interface TimeSpan {
  readonly from: bigint;
  readonly to: bigint;
}

/** Every limit in force. Defaults are those of the specification of the upload canister. */
export interface LimitsInForce {
  readonly chunkSize: number;
  readonly chunksMax: number;
  readonly bytesMax: number;
  readonly activeSessionsMax: number;
  readonly sessionTtlNs: bigint;
  /** How long the record of a session that has ended stays. */
  readonly recordTtlNs: bigint;
}

/** What the successful finish of a session was given and answered. Ids are those of the canister, undefined while unseen. */
export interface FinishRecord {
  /** The file whose SHA-256 was the argument, as index into the schedule's files. */
  readonly hashOfFile: number;
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
}

export interface ModelState {
  readonly limits: LimitsInForce;
  /** In the order in which they were begun. Time is not in them: `atTime` says what a session is at an instant. */
  readonly sessions: readonly SessionRecord[];
}

export const NANOSECONDS_PER_SECOND = 1_000_000_000n;
const DAY_SECONDS = 86_400;

/** `chunkSizeDefault`: the target's chunk size in bytes where the limits name none. */
export function limitsInForce(limits: Limits, chunkSizeDefault: number): LimitsInForce {
  return {
    chunkSize: limits.chunkSize ?? chunkSizeDefault,
    chunksMax: limits.chunksMax ?? 512,
    bytesMax: limits.bytesMax ?? 805_306_368,
    activeSessionsMax: limits.activeSessionsMax ?? 100,
    sessionTtlNs: BigInt(Math.round((limits.sessionTtlSeconds ?? DAY_SECONDS) * 1e9)),
    recordTtlNs: BigInt(DAY_SECONDS) * NANOSECONDS_PER_SECOND,
  };
}

export function initialState(limits: Limits, chunkSizeDefault = 1_800_000): ModelState {
  return { limits: limitsInForce(limits, chunkSizeDefault), sessions: [] };
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
  return { limits: state.limits, sessions: state.sessions.with(position, session) };
}

export function withNewSession(state: ModelState, session: SessionRecord): ModelState {
  return { limits: state.limits, sessions: [...state.sessions, session] };
}
