/** The state of the whole replica: the subnets of the network, the routing of canister ids to subnets, and one sequence of message ids. */
import { ReplicaError, type MessageId, type PrincipalText } from '../../replica.js';
import type { ExecutionWatch } from '../execution-watch.js';
import type { CoverageRecorder } from '../wasm/coverage-recorder.js';
import { bytesToPrincipal } from '../principals.js';
import { Subnet, type SubnetCheckpoint, type SubnetIdentity, type SubnetNetwork } from './subnet.js';

export interface NetworkCheckpoint {
  readonly nextMessage: number;
  /** In the order of creation. */
  readonly subnets: readonly { readonly subnet: Subnet; readonly checkpoint: SubnetCheckpoint }[];
}

export interface NetworkOptions {
  /** Folder that keeps instrumented modules between processes. Default: none is kept. */
  readonly cacheDir?: string | undefined;
  /** Whether errors and logs of traps show the functions of the canister. Default: true. */
  readonly hasBacktraces?: boolean;
  /** May end a message that runs for too long. Default: none does. */
  readonly watch?: ExecutionWatch | undefined;
  /** If set, modules count for coverage. Default: they do not. */
  readonly coverage?: CoverageRecorder | undefined;
  /** Whether `canister_status` has the fields of servers 11 to 16. Default: false. */
  readonly hasLaterStatus?: boolean;
}

export class Network implements SubnetNetwork {
  #subnets: readonly Subnet[] = [];
  #nextMessage = 1;

  readonly cacheDir: string | undefined;
  readonly hasBacktraces: boolean;
  readonly hasLaterStatus: boolean;
  readonly watch: ExecutionWatch | undefined;
  readonly coverage: CoverageRecorder | undefined;

  constructor(options: NetworkOptions = {}) {
    const { cacheDir, hasBacktraces = true, hasLaterStatus = false, watch, coverage } = options;
    this.cacheDir = cacheDir;
    this.hasBacktraces = hasBacktraces;
    this.hasLaterStatus = hasLaterStatus;
    this.watch = watch;
    this.coverage = coverage;
  }

  /** In the order of creation. The first subnet is the root subnet. */
  get subnets(): readonly Subnet[] {
    return this.#subnets;
  }

  /** In the order of their ids, which is the order in which a tick runs them. */
  get subnetsById(): readonly Subnet[] {
    if (this.#subnets.length === 1) return this.#subnets;
    return [...this.#subnets].sort((a, b) => Buffer.compare(a.identity.id, b.identity.id));
  }

  /** The version of the network's registry, as PocketIC counts it: each subnet after the first one adds a version. */
  get registryVersion(): number {
    return this.#subnets.length;
  }

  get root(): Subnet {
    const [root] = this.#subnets;
    if (!root) throw new ReplicaError('the network has no subnet');
    return root;
  }

  add(identity: SubnetIdentity, timeNs: bigint): Subnet {
    const subnet = new Subnet(this, identity, timeNs);
    this.#subnets = [...this.#subnets, subnet];
    return subnet;
  }

  /** Removes a subnet with its canisters and the messages to them. */
  remove(subnet: Subnet): void {
    this.#subnets = this.#subnets.filter((other) => other !== subnet);
  }

  route(canister: PrincipalText): Subnet | undefined {
    return this.#subnets.find((subnet) => subnet.isHosted(canister));
  }

  withId(id: PrincipalText): Subnet | undefined {
    return this.#subnets.find(({ identity }) => bytesToPrincipal(identity.id) === id);
  }

  /** The subnets with threshold keys, in the order of creation. The first one signs for the whole network. */
  get keyHolders(): readonly Subnet[] {
    return this.#subnets.filter(({ identity }) => identity.holdsThresholdKeys);
  }

  /** The largest subnet with threshold keys, whose fees the System API states. */
  get keySubnet(): Subnet | undefined {
    return this.keyHolders.reduce<Subnet | undefined>(
      (largest, subnet) => (largest && largest.profile.nodes >= subnet.profile.nodes ? largest : subnet),
      undefined,
    );
  }

  nextMessageId(): MessageId {
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
