/**
 * Rules of the HTTP interface: tokens expire, uploads per hour are limited, and uploads have their own size limit. Each caller has one
 * token, which is created before the schedule starts.
 */
import type { Certainty, CountSpan, TimeSpan } from './spans.js';
import type { CallerIndex } from './schedule.js';

/** The uploads that one owner has begun over HTTP within an hour, which starts with the first of them. */
export interface UploadWindow {
  readonly owner: CallerIndex;
  readonly start: TimeSpan;
  readonly count: number;
}

export interface HttpState {
  /** Callers 0 to `tokens` − 1 have a token each. */
  readonly tokens: number;
  /** Latest time at which the last token was created, in nanoseconds since 1970. */
  readonly madeNs: bigint;
  readonly ttlNs: bigint;
  /** Callers whose expired tokens a cleanup has freed. */
  readonly freed: readonly CallerIndex[];
  readonly windows: readonly UploadWindow[];
}

const SECOND_NS = 1_000_000_000n;
const HOUR_NS = 3_600n * SECOND_NS;
/** Tokens are created one after another within this time before the schedule starts. */
const MADE_WITHIN_NS = SECOND_NS;

/** Whether the tokens have expired. */
export function areTokensExpired({ madeNs, ttlNs }: HttpState, time: TimeSpan): Certainty {
  const last = madeNs + ttlNs;
  if (time.from >= last) return 'yes';
  return time.to < last - MADE_WITHIN_NS ? 'no' : 'either';
}

/** Whether the owner has reached the limit of uploads per hour. */
export function isHourFull(http: HttpState, owner: CallerIndex, time: TimeSpan, perHour: number): Certainty {
  if (perHour === 0) return 'yes';
  const window = windowOf(http, owner);
  if (window === undefined || window.count < perHour) return 'no';
  const over = isOver(window, time);
  return over === 'yes' ? 'no' : over === 'no' ? 'yes' : 'either';
}

/** The state after another upload of the owner; two states if `time` leaves open whether the hour is over. */
export function countUpload(http: HttpState, owner: CallerIndex, time: TimeSpan): readonly HttpState[] {
  const window = windowOf(http, owner);
  const others = http.windows.filter((one) => one !== window);
  const begun = { ...http, windows: [...others, { owner, start: time, count: 1 }] };
  if (window === undefined) return [begun];
  const counted = { ...http, windows: [...others, { ...window, count: window.count + 1 }] };
  const over = isOver(window, time);
  return over === 'yes' ? [begun] : over === 'no' ? [counted] : [counted, begun];
}

/** The state after a cleanup by a caller. */
export function freeTokens(http: HttpState, by: CallerIndex, time: TimeSpan): HttpState {
  const isFreed = by < http.tokens && !http.freed.includes(by) && areTokensExpired(http, time) === 'yes';
  return isFreed ? { ...http, freed: [...http.freed, by] } : http;
}

/** The number of tokens that the canister holds. The timer and cleanups free expired tokens. */
export function tokensHeld(http: HttpState, time: TimeSpan): CountSpan {
  const { tokens, freed } = http;
  return { atLeast: areTokensExpired(http, time) === 'no' ? tokens : 0, atMost: tokens - freed.length };
}

function windowOf({ windows }: HttpState, owner: CallerIndex): UploadWindow | undefined {
  return windows.find((one) => one.owner === owner);
}

function isOver({ start }: UploadWindow, time: TimeSpan): Certainty {
  if (time.from >= start.to + HOUR_NS) return 'yes';
  return time.to < start.from + HOUR_NS ? 'no' : 'either';
}
