/** The limits of a target's canister: which of them the suite may choose, and which are fixed. */
import type { Limits } from '../model/schedule.js';
import type { Promises } from './promises.js';
import type { Target } from './target.js';

type Limited = Pick<Target, 'promises'>;

/** The promise about each limit; `undefined` if the canister has no such limit. */
function promisedLimits({
  limits,
  expiry,
}: Promises): Readonly<Record<keyof Limits, number | string | undefined>> {
  return {
    chunkSize: limits.chunkSize,
    chunksMax: limits.chunksMax,
    bytesMax: limits.bytesMax,
    inlineBytesMax: limits.inlineBytesMax,
    activeSessionsMax: limits.activeSessionsMax,
    hashBytesPerCall: limits.hashBytesPerCall,
    httpBytesMax: limits.httpBytesMax,
    httpUploadsPerHour: limits.httpUploadsPerHour,
    httpTokenTtlSeconds: limits.httpTokenTtlSeconds,
    sessionTtlSeconds: expiry === 'never' ? undefined : expiry,
  };
}

/**
 * The limits of a schedule on this target: of the drawn limits those that the suite may choose, and the fixed limits. Limits that the
 * canister does not have are left out.
 */
export function limitsFor({ promises }: Limited, drawn: Limits): Limits {
  const entries = Object.entries(promisedLimits(promises)) as [keyof Limits, number | string | undefined][];
  return Object.fromEntries(
    entries.flatMap(([name, promised]) => {
      if (promised === undefined) return [];
      const value = typeof promised === 'number' ? promised : drawn[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** Whether the suite can choose no limit at all. */
export function hasFixedLimits({ promises }: Limited): boolean {
  return Object.values(promisedLimits(promises)).every((promised) => typeof promised !== 'string');
}

/** The promises of a canister whose init argument is given, so that all limits are fixed. */
export function withFixedLimits(promises: Promises, limits: Limits, defaultChunkSize: number): Promises {
  const { sessionTtlSeconds, chunkSize = defaultChunkSize, ...others } = limits;
  const { expiry, ...rest } = promises;
  const fixedExpiry = sessionTtlSeconds ?? (expiry === 'init' ? undefined : expiry);
  return {
    ...rest,
    limits: { ...others, chunkSize },
    ...(fixedExpiry === undefined ? {} : { expiry: fixedExpiry }),
  };
}
