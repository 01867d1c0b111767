/** Uploads that were used after they may have expired: a canister may remove them at any call, also at one of another caller. */
import { NANOSECONDS_PER_SECOND } from '../../model/state.js';
import type { JudgedTarget } from '../judgement/applicable-rules.js';
import { effectOf, isAccepted, recordsOf, type Execution } from './execution.js';
import { groupsOf } from './groups.js';

/** Pauses stay below the expiry by this much, because messages take time too. */
const MARGIN_SECONDS = 1;

/**
 * Numbers of the calls on such uploads, and on uploads that may depend on them. The interface of canister/upload.did has none, because it
 * states exactly when an upload expires.
 */
export function outlivedCalls(base: Execution, target: JudgedTarget): ReadonlySet<number> {
  const lifetimeNs = lifetimeOf(base, target);
  if (lifetimeNs === undefined) return new Set();
  const used = new Map<string, bigint>();
  const outlived = new Set<string>();
  for (const record of recordsOf(base)) {
    const { operation } = record;
    if (!('session' in operation)) continue;
    const { session } = operation;
    const now = BigInt(base.history.events[effectOf(record)]?.timeNs ?? 0);
    const before = used.get(session) ?? now;
    if (now - before >= lifetimeNs) outlived.add(session);
    if (isAccepted(record)) used.set(session, now);
  }
  if (outlived.size === 0) return new Set();
  const groups = groupsOf(base, target).filter(({ labels }) => labels.some((label) => outlived.has(label)));
  return new Set(groups.flatMap(({ calls }) => calls));
}

/** In nanoseconds; `undefined` if it does not matter. An expiry that is not promised may be any pause. */
function lifetimeOf({ schedule }: Execution, { promises }: JudgedTarget): bigint | undefined {
  const { expiry, specification } = promises;
  if (expiry === 'never' || specification !== undefined) return undefined;
  const promised = schedule.limits.sessionTtlSeconds ?? (typeof expiry === 'number' ? expiry : 0);
  const seconds = Math.max(MARGIN_SECONDS, Math.floor(promised) - MARGIN_SECONDS);
  return BigInt(seconds) * NANOSECONDS_PER_SECOND;
}
