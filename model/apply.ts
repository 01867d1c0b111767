/**
 * The executable specification of the upload canister: for a state and a request, the allowed results and the state after each. Errors
 * are checked in the order NotFound, Unauthorized, InvalidState, InvalidArgument, ResourceExhausted, Conflict, ChecksumMismatch. A call
 * that returns an error changes nothing.
 */
import type { TimeSpan } from './spans.js';
import type { Alternative, ExpectedResult } from './expected.js';
import { atTime } from './at-time.js';
import { beginSession } from './begin.js';
import { type SessionContext, DONE, refuse } from './context.js';
import { finishSession } from './finish.js';
import { createMemory, listMemories, onMemory } from './memories.js';
import { areTokensExpired, freeTokens } from './http.js';
import type { ContentOracle } from './oracle.js';
import type { ModelRequest } from './request.js';
import {
  abortSession,
  pauseSession,
  putChunk,
  readBlob,
  resumeSession,
  statusOf,
} from './session-operations.js';
import type { Limits } from './schedule.js';
import { type ModelState, limitsAfter, sessionPosition, withSession } from './state.js';
import { configOf, statsOf } from './stats.js';

type SessionRequest = Extract<ModelRequest, { sessionId: string }>;

/** A list returns at most this many entries, the newest ones. */
const LIST_ENTRIES_MAX = 1000;

/** The alternatives for `request` if it is executed at `time`; at least one. */
export function apply(
  state: ModelState,
  request: ModelRequest,
  time: TimeSpan,
  oracle: ContentOracle,
): readonly Alternative[] {
  const { via } = request;
  if (via === 'http-no-token') return [refuse(state, 'Unauthenticated', { code: 'no-token' })];
  const expired = via === 'http' ? areTokensExpired(state.http, time) : 'no';
  const refused = expired === 'no' ? [] : [refuse(state, 'Unauthenticated', { code: 'token-expired' })];
  return expired === 'yes' ? refused : [...applyAllowed(state, request, time, oracle), ...refused];
}

function applyAllowed(
  state: ModelState,
  request: ModelRequest,
  time: TimeSpan,
  oracle: ContentOracle,
): readonly Alternative[] {
  switch (request.op) {
    case 'begin':
      return beginSession(state, request, time, oracle);
    case 'list':
      return [listSessions(state, request.by, time)];
    case 'cleanup':
      return [{ expected: DONE, reason: { code: 'cleans' }, next: cleanUp(state, request.by, time) }];
    case 'memory':
      return [createMemory(state, request)];
    case 'readMemory':
    case 'deleteMemory':
      return [onMemory(state, request)];
    case 'listMemories':
      return [listMemories(state, request.by)];
    case 'stats':
      return [statsOf(state, time)];
    case 'config':
      return [configOf(state)];
    case 'listFiles':
    case 'usage':
      return [refuse(state, 'NotImplemented', { code: 'not-specified' })];
    case 'put':
    case 'finish':
    case 'abort':
    case 'pause':
    case 'resume':
    case 'status':
    case 'read':
    case 'readWhole':
      return onSession(state, request, time, oracle);
  }
}

/**
 * The state after an upgrade of the canister: it cuts short every finish that has not returned, and changes nothing else.
 * @param given new limits
 */
export function applyUpgrade(before: ModelState, given?: Limits): ModelState {
  const state = given === undefined ? before : { ...before, limits: limitsAfter(before.limits, given) };
  if (!state.sessions.some((session) => session.state === 'Finishing')) return state;
  return {
    ...state,
    sessions: state.sessions.map((session) =>
      session.state === 'Finishing' ? { ...session, state: 'Uploading' as const } : session,
    ),
  };
}

function onSession(
  state: ModelState,
  request: SessionRequest,
  time: TimeSpan,
  oracle: ContentOracle,
): readonly Alternative[] {
  const position = sessionPosition(state, request.sessionId);
  const session = state.sessions[position];
  if (session === undefined) return [refuse(state, 'NotFound', { code: 'no-session' })];
  return atTime(session, time).map((now) =>
    onSessionNow({ state: withSession(state, position, now), position, session: now, time, oracle }, request),
  );
}

function onSessionNow(context: SessionContext, request: SessionRequest): Alternative {
  const { state, session } = context;
  if (request.op === 'read' || request.op === 'readWhole')
    return readBlob(context, request.by, request.op, request.via);
  if (session.isGone) return refuse(state, 'NotFound', { code: 'record-gone' });
  if (session.owner !== request.by) {
    return refuse(state, 'Unauthorized', { code: 'not-owner', owner: session.owner, by: request.by });
  }
  switch (request.op) {
    case 'put':
      return putChunk(context, request);
    case 'finish':
      return finishSession(context, request);
    case 'abort':
      return abortSession(context);
    case 'pause':
      return pauseSession(context);
    case 'resume':
      return resumeSession(context);
    case 'status':
      return statusOf(context);
  }
}

/** Number of sessions up to which one run of the canister's timer visits all of them. */
const SESSIONS_PER_TIMER_MAX = 500;

/** A run of the canister's timer frees the chunks of every expired session, without a call. */
export function applyTimer(state: ModelState, time: TimeSpan): ModelState {
  return state.sessions.length > SESSIONS_PER_TIMER_MAX ? state : freeExpired(state, time);
}

/** A cleanup frees the chunks of the caller's expired sessions. */
function cleanUp(state: ModelState, by: number, time: TimeSpan): ModelState {
  return freeExpired({ ...state, http: freeTokens(state.http, by, time) }, time, by);
}

/** If `time` leaves open whether a session has expired, so does the state. Without an owner, the sessions of all owners are freed. */
function freeExpired(state: ModelState, time: TimeSpan, owner?: number): ModelState {
  let next = state;
  state.sessions.forEach((session, position) => {
    if ((owner !== undefined && session.owner !== owner) || session.isCleaned) return;
    const [now, ...others] = atTime(session, time);
    if (now?.state !== 'Failed' || others.some(({ state: other }) => other !== 'Failed')) return;
    next = withSession(next, position, { ...now, isCleaned: true });
  });
  return next;
}

function listSessions(state: ModelState, by: number, time: TimeSpan): Alternative {
  const must: string[] = [];
  const may: string[] = [];
  let unnamed = 0;
  for (const session of state.sessions) {
    if (session.owner !== by) continue;
    const variants = atTime(session, time);
    if (variants.every(({ isGone }) => isGone)) continue;
    if (session.id === undefined) unnamed++;
    else if (variants.length === 1 || variants.every(({ isGone }) => !isGone)) must.push(session.id);
    else may.push(session.id);
  }
  // A list that is too long omits the oldest entries. Which ones it omits is certain only if all entries are certain.
  const isCut = must.length + may.length + unnamed > LIST_ENTRIES_MAX;
  const expected: ExpectedResult = isCut
    ? { kind: 'sessions', must: [], may: [...must, ...may], unnamed }
    : { kind: 'sessions', must, may, unnamed };
  return { expected, reason: { code: 'lists' }, next: state };
}
