/** A subnet of an instance, as clients see it through certificates: its identity, its ingress messages, and its certified states. */
import { canisterIdFromIndex } from '../../../replicas/embedded/principals.js';
import { memoryUsage, messageBytes } from '../../../replicas/embedded/state/canister-memory.js';
import type { Subnet } from '../../../replicas/embedded/state/subnet.js';
import type { CertifiedState } from '../../ic/certified-state.js';
import { principalToBytes } from '../../ic/principals.js';
import type { SubnetRecord } from '../../ic/state-tree.js';
import type { SubnetIdentity } from '../../ic/subnet-identity.js';
import { subnetKey } from '../subnet-key.js';
import { subnetNodes } from '../subnet-nodes.js';
import type { SubnetFacts } from '../topology.js';
import { FactsReader } from './canister-facts.js';
import { CertificateCache } from './certificate-cache.js';
import { IngressLog } from './ingress-log.js';
import { StateChain } from './state-chain.js';

/** What made a state: a round, or a change by the operator. */
export type StateCause = 'round' | 'operator';

export class CertifiedSubnet {
  readonly facts: SubnetFacts;
  /** What the states of all subnets show of this one. */
  readonly record: SubnetRecord;
  readonly log = new IngressLog();
  readonly #canisters = new FactsReader();
  readonly #chain = new StateChain(() => this.identity);
  #identity: SubnetIdentity | undefined;
  readonly certificates = new CertificateCache();
  #canisterStateBytes = 0n;
  #subnet: Subnet | undefined;

  constructor(facts: SubnetFacts) {
    this.facts = facts;
    const idOf = (index: bigint): Uint8Array => principalToBytes(canisterIdFromIndex(index));
    const ranges = facts.ranges.map(({ first, last }) => [idOf(first), idOf(last)] as const);
    this.record = { id: principalToBytes(facts.id), publicKeyDer: facts.publicKey, ranges };
  }

  /** The first node answers requests. The first call takes milliseconds. */
  get identity(): SubnetIdentity {
    this.#identity ??= {
      id: this.record.id,
      key: subnetKey(this.facts.seed),
      nodes: subnetNodes(this.facts),
    };
    return this.#identity;
  }

  /** Notes the state that the subnet is in now. `subnets` are all subnets of the instance; the same list means that none was added. */
  note(subnet: Subnet, cause: StateCause, subnets: readonly SubnetRecord[]): void {
    this.#subnet = subnet;
    if (cause === 'round') this.#canisterStateBytes = stateBytes(subnet);
    this.#chain.append({
      timeNs: subnet.record.stateTimeNs,
      subnets,
      canisters: this.#canisters.read(subnet),
      metrics: {
        canisterStateBytes: this.#canisterStateBytes,
        consumedCycles: 0n,
        updateTransactions: BigInt(subnet.executedMessages),
      },
      statuses: cause === 'round' ? this.log.update(subnet) : [],
    });
  }

  /** The engine's subnet. @throws {Error} if it has no state */
  get live(): Subnet {
    if (!this.#subnet) throw new Error('the subnet has no state');
    return this.#subnet;
  }

  /** The latest state. It is hashed when it is first read. */
  state(): CertifiedState {
    return this.#chain.latest();
  }
}

function stateBytes({ canisters }: Subnet): bigint {
  let bytes = 0;
  for (const canister of canisters.values()) bytes += memoryUsage(canister) + messageBytes(canister);
  return BigInt(bytes);
}
