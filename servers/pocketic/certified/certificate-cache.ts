/**
 * The certificates that queries read. The server keeps the results of queries, and answers a repeated query with the result of the first
 * one while nothing changed that the first one depends on. A result that holds a certificate is kept for a minute of the instance's time.
 * All other results are the same if the query runs again, so only the certificates are kept here. Recorded: trace 11, exchange 18.
 */
import { createHash } from 'node:crypto';
import type { QueryReads } from '../../../replicas/embedded/execution/query-input.js';
import type { Subnet } from '../../../replicas/embedded/state/subnet.js';
import type { Call, PrincipalText } from '../../../replicas/replica.js';

/** Time that a certificate is kept. */
const KEPT_NS = 60_000_000_000n;
const ENTRIES_MAX = 1_000;

interface CanisterVersion {
  readonly canister: PrincipalText;
  readonly version: number;
  /** `undefined` if the query did not read the balance. */
  readonly balance: bigint | undefined;
}

interface Entry {
  readonly certificate: Uint8Array;
  readonly timeNs: bigint;
  readonly readsTime: boolean;
  readonly versions: readonly CanisterVersion[];
}

/** The certificate of one query, and what the query depends on. */
export interface CertificateUse {
  readonly certificate: () => Uint8Array;
  readonly onMessage: (read: QueryReads) => void;
  /** Called when the query has ended. */
  readonly end: () => void;
}

export class CertificateCache {
  /** Oldest first. */
  readonly #entries = new Map<string, Entry>();

  /** `create` makes a certificate of the latest state. */
  use(subnet: Subnet, call: Call, create: () => Uint8Array): CertificateUse {
    const key = this.#entries.size === 0 ? undefined : keyOf(call);
    const kept = key === undefined ? undefined : this.#entries.get(key);
    const valid = kept && isValid(kept, subnet) ? kept.certificate : undefined;
    const reads: QueryReads[] = [];
    let read: Uint8Array | undefined;
    return {
      certificate: () => (read ??= valid ?? create()),
      onMessage: (message) => {
        reads.push(message);
      },
      end: () => {
        if (read !== undefined && read !== valid)
          this.#keep(key ?? keyOf(call), entryOf(subnet, read, reads));
      },
    };
  }

  #keep(key: string, entry: Entry): void {
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > ENTRIES_MAX && oldest !== undefined) this.#entries.delete(oldest);
  }
}

function keyOf({ caller, canister, method, arg }: Call): string {
  const digest = createHash('sha256').update(arg).digest('hex');
  return [caller, canister, digest, method].join(' ');
}

function entryOf(subnet: Subnet, certificate: Uint8Array, reads: readonly QueryReads[]): Entry {
  const versions = reads.flatMap(({ canister, balance }): CanisterVersion[] => {
    const record = subnet.canisters.get(canister)?.record;
    return record
      ? [{ canister, version: record.version, balance: balance ? record.cycles : undefined }]
      : [];
  });
  const timeNs = subnet.record.stateTimeNs;
  return { certificate, timeNs, versions, readsTime: reads.some(({ time }) => time) };
}

function isValid({ timeNs, readsTime, versions }: Entry, { record, canisters }: Subnet): boolean {
  const ageNs = record.stateTimeNs - timeNs;
  if (ageNs > KEPT_NS || (readsTime && ageNs !== 0n)) return false;
  return versions.every(({ canister, version, balance }) => {
    const now = canisters.get(canister)?.record;
    return now?.version === version && (balance === undefined || balance === now.cycles);
  });
}
