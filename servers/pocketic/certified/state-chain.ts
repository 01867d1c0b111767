/**
 * The certified states of one subnet. Each state holds the hash of the previous one, so a certificate depends on every state since the
 * subnet was created. A state is hashed when the first certificate after it is needed; until then, only what changed is kept.
 */
import { mapOf, nodeHash, type StateNode } from '../../ic/state-node.js';
import { CertifiedState } from '../../ic/certified-state.js';
import type { CanisterFacts, MessageStatus, SubnetMetrics } from '../../ic/backend.js';
import { statusNode } from '../../ic/ingress-history.js';
import {
  createStateTreeBuilder,
  initialStateTree,
  type StateTreeBuilder,
  type SubnetRecord,
} from '../../ic/state-tree.js';
import type { SubnetIdentity } from '../../ic/subnet-identity.js';

/** The status of a message that changed. `undefined`: the subnet no longer knows the message. */
export interface StatusChange {
  readonly requestId: Uint8Array;
  readonly status: MessageStatus | undefined;
}

/** What a round or an operation of the server left behind. */
export interface StateRecord {
  /** Nanoseconds since 1970. */
  readonly timeNs: bigint;
  /** All subnets of the instance. */
  readonly subnets: readonly SubnetRecord[];
  readonly canisters: readonly CanisterFacts[];
  readonly metrics: SubnetMetrics;
  /** Since the previous state. */
  readonly statuses: readonly StatusChange[];
}

/**
 * Limit of the nodes of the states that wait to be hashed, which takes less than a second. Above it, the oldest state is skipped:
 * certificates stay valid, but their root hash is no longer that of a PocketIC server.
 */
const PENDING_NODES_MAX = 200_000;

export class StateChain {
  readonly #identityOf: () => SubnetIdentity;
  #buildTree: StateTreeBuilder | undefined;
  readonly #pending: { readonly record: StateRecord; readonly nodes: number }[] = [];
  #pendingNodes = 0;
  /** At least the number of messages that have a status in the latest state. */
  #messages = 0;
  readonly #statuses = new Map<string, readonly [Uint8Array, StateNode]>();
  /** Of the statuses. `undefined` if they changed since it was built. */
  #statusTree: StateNode | undefined;
  #height = 0;
  #previousRootHash = nodeHash(initialStateTree());
  #latest: CertifiedState | undefined;

  /** `identityOf` is called when the first state is hashed. */
  constructor(identityOf: () => SubnetIdentity) {
    this.#identityOf = identityOf;
  }

  append(record: StateRecord): void {
    for (const { status } of record.statuses) this.#messages += status === undefined ? -1 : 1;
    const nodes = 1 + record.canisters.length + (record.statuses.length > 0 ? this.#messages : 0);
    this.#pending.push({ record, nodes });
    this.#pendingNodes += nodes;
    while (this.#pendingNodes > PENDING_NODES_MAX && this.#pending.length > 1) this.#skipOldest();
  }

  /** The latest state. @throws {Error} if there is none */
  latest(): CertifiedState {
    for (const { record } of this.#pending) this.#certify(record);
    this.#pending.length = 0;
    this.#pendingNodes = 0;
    if (!this.#latest) throw new Error('the subnet has no state');
    return this.#latest;
  }

  #certify(record: StateRecord): void {
    this.#applyStatuses(record);
    const { timeNs, canisters, metrics, subnets } = record;
    const identity = this.#identityOf();
    this.#statusTree ??= mapOf(this.#statuses.values());
    this.#buildTree ??= createStateTreeBuilder(identity);
    const root = this.#buildTree({
      timeNs,
      canisters,
      metrics,
      subnets,
      requestStatus: this.#statusTree,
      previousRootHash: this.#previousRootHash,
    });
    this.#height += 1;
    const { key } = identity;
    this.#latest = new CertifiedState({ height: this.#height, timeNs, canisters, root, key });
    this.#previousRootHash = nodeHash(root);
  }

  #skipOldest(): void {
    const oldest = this.#pending.shift();
    if (!oldest) return;
    this.#pendingNodes -= oldest.nodes;
    this.#applyStatuses(oldest.record);
    this.#height += 1;
  }

  #applyStatuses({ statuses }: StateRecord): void {
    if (statuses.length > 0) this.#statusTree = undefined;
    for (const { requestId, status } of statuses) {
      const hex = Buffer.from(requestId).toString('hex');
      if (status === undefined) this.#statuses.delete(hex);
      else this.#statuses.set(hex, [requestId, statusNode(status)]);
    }
  }
}
