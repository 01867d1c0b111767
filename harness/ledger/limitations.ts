/** The limits that the canister promises, at a point in the history. A limit is a number, `none`, or `unknown`. */
import { NANOSECONDS_PER_SECOND } from '../../model/state.js';
import type { Limits } from '../../model/schedule.js';
import type { LimitName } from '../../targets/promises.js';
import type { Target } from '../../targets/target.js';
import type { History } from '../history/history.js';

type Limited = Pick<Target, 'promises' | 'defaultChunkSize'>;
type NumberLimit = Exclude<LimitName, 'chunkSize'>;

export class Limitations {
  /** In bytes, at the beginning. */
  readonly chunkSize: number;
  /** The shortest and the longest lifetime of an upload under any limits of the run. */
  readonly shortestTtlNs: bigint | 'never' | 'unknown';
  readonly longestTtlNs: bigint | 'never' | 'unknown';
  readonly #promises: Target['promises'];
  /** The limits in force from the event at `index` on. */
  readonly #changes: readonly { readonly index: number; readonly limits: Limits }[];

  constructor({ events }: History, { promises, defaultChunkSize }: Limited, limits: Limits) {
    this.#promises = promises;
    const changes = [{ index: -1, limits }];
    for (const event of events) {
      if (event.type !== 'upgraded' || event.failure !== undefined || event.limits === undefined) continue;
      changes.push({ index: event.index, limits: { ...changes.at(-1)?.limits, ...event.limits } });
    }
    this.#changes = changes;
    this.chunkSize = limits.chunkSize ?? defaultChunkSize;
    const ttls = changes.map((change) => ttlOf(promises, change.limits));
    this.shortestTtlNs = extreme(ttls, (a, b) => (a < b ? a : b));
    this.longestTtlNs = extreme(ttls, (a, b) => (a > b ? a : b));
  }

  /** A limit when the event at `index` happens. `unknown`: the canister has a default that the target does not state. */
  at(name: NumberLimit, index: number): number | 'none' | 'unknown' {
    const promised = this.#promises.limits[name];
    if (promised === undefined) return 'none';
    const change = this.#changes.findLast((one) => one.index < index);
    return change?.limits[name] ?? (promised === 'init' ? 'unknown' : promised);
  }

  /** Whether an upgrade has changed limits before the event at `index`. */
  areChanged(index: number): boolean {
    return this.#changes.some((change) => change.index >= 0 && change.index < index);
  }
}

function ttlOf({ expiry }: Target['promises'], limits: Limits): bigint | 'never' | 'unknown' {
  if (expiry === undefined) return 'unknown';
  if (expiry === 'never') return 'never';
  const seconds = expiry === 'init' ? limits.sessionTtlSeconds : expiry;
  return seconds === undefined
    ? 'unknown'
    : BigInt(Math.round(seconds * 1e3)) * (NANOSECONDS_PER_SECOND / 1000n);
}

function extreme(
  ttls: readonly (bigint | 'never' | 'unknown')[],
  choose: (a: bigint, b: bigint) => bigint,
): bigint | 'never' | 'unknown' {
  return ttls.reduce((a, b) => {
    if (a === 'unknown' || b === 'unknown') return 'unknown';
    return a === 'never' || b === 'never' ? 'never' : choose(a, b);
  });
}
