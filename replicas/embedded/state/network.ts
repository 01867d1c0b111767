/** The whole replica's state: the subnets of a network, who hosts which canister, and one count of messages for all. */
import type { PrincipalText } from '../../replica.js';
import { bytesToPrincipal } from '../principals.js';
import { Subnet, type SubnetCheckpoint, type SubnetIdentity } from './subnet.js';

export interface NetworkCheckpoint {
  readonly nextMessage: number;
  /** In the order of creation. */
  readonly subnets: readonly { readonly subnet: Subnet; readonly checkpoint: SubnetCheckpoint }[];
}

export class Network {
  #subnets: readonly Subnet[] = [];
  #nextMessage = 1;

  readonly cacheDir: string | undefined;

  /** `cacheDir`: where instrumented modules are kept between processes, if anywhere. */
  constructor(cacheDir?: string) {
    this.cacheDir = cacheDir;
  }

  /** In the order of creation: the first one is the root. */
  get subnets(): readonly Subnet[] {
    return this.#subnets;
  }

  /** In the order of a tick: by id. */
  get subnetsById(): readonly Subnet[] {
    if (this.#subnets.length === 1) return this.#subnets;
    return [...this.#subnets].sort((a, b) => Buffer.compare(a.identity.id, b.identity.id));
  }

  get root(): Subnet {
    return this.#subnets[0]!;
  }

  add(identity: SubnetIdentity, timeNs: bigint): Subnet {
    const subnet = new Subnet(this, identity, timeNs);
    this.#subnets = [...this.#subnets, subnet];
    return subnet;
  }

  /** The subnet that hosts the canister, or would. */
  route(canister: PrincipalText): Subnet | undefined {
    return this.#subnets.find((subnet) => subnet.isHosted(canister));
  }

  withId(id: PrincipalText): Subnet | undefined {
    return this.#subnets.find(({ identity }) => bytesToPrincipal(identity.id) === id);
  }

  nextMessageId(): string {
    return `m${this.#nextMessage++}`;
  }

  checkpoint(): NetworkCheckpoint {
    return {
      nextMessage: this.#nextMessage,
      subnets: this.#subnets.map((subnet) => ({ subnet, checkpoint: subnet.checkpoint() })),
    };
  }

  restore({ nextMessage, subnets }: NetworkCheckpoint): void {
    this.#nextMessage = nextMessage;
    this.#subnets = subnets.map(({ subnet }) => subnet);
    for (const { subnet, checkpoint } of subnets) subnet.restore(checkpoint);
  }
}
