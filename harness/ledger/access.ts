/** Who may call, by the promises. */
import type { Promises } from '../../targets/promises.js';
import type { Effect } from './effects.js';
import type { Ledger } from './ledger.js';
import type { Upload } from './upload.js';

export type AccessName = keyof NonNullable<Promises['access']>;

/** Whether the caller certainly has permission: it owns the upload, or any caller may. */
export function mayCall(
  ledger: Ledger,
  name: AccessName,
  { owner }: Pick<Upload, 'owner'>,
  effect: Effect,
): boolean {
  const { request } = effect.call;
  if (request === undefined || !hasToken(ledger, effect)) return false;
  return request.by === owner || ledger.promises.access?.[name] === 'anyone';
}

/** Whether a call over HTTP certainly has a token that is valid. Other calls need none. */
export function hasToken(ledger: Ledger, effect: Effect): boolean {
  const { request } = effect.call;
  if (request?.via === undefined) return true;
  if (request.via !== 'http') return false;
  if (ledger.promises.upgrade !== 'everything' && ledger.isInterrupted({ from: 0, to: effect.to }))
    return false;
  const ttlSeconds = ledger.limits.at('httpTokenTtlSeconds', effect.from);
  // Without a limit in the schedule, tokens outlast it.
  if (typeof ttlSeconds !== 'number') return true;
  const end = Math.min(effect.to, ledger.history.events.length - 1);
  const ageSeconds = Number(ledger.timeAt(end) - ledger.timeAt(0)) / 1e9;
  return ageSeconds < ttlSeconds - TOKENS_MADE_WITHIN_SECONDS;
}

/** Tokens are created one after another before the schedule starts. */
const TOKENS_MADE_WITHIN_SECONDS = 2;

/** Whether a call over HTTP certainly has a token that has expired. */
export function isTokenExpired(ledger: Ledger, { call, from }: Effect): boolean {
  if (call.request?.via !== 'http') return false;
  const ttlSeconds = ledger.limits.at('httpTokenTtlSeconds', from);
  if (typeof ttlSeconds !== 'number') return false;
  return Number(ledger.timeAt(from) - ledger.timeAt(0)) / 1e9 >= ttlSeconds;
}
