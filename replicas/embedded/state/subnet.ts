/** The state of one subnet: its canisters, its clock, its message queues, and the outcomes of its ingress messages. */
import type { ExecutionWatch } from '../execution-watch.js';
import { ReplicaError, type MessageId, type PrincipalText } from '../../replica.js';
import { canisterIdFromIndex, canisterIndex, MANAGEMENT_CANISTER } from '../principals.js';
import { Canister, type CanisterCheckpoint } from './canister.js';
import { CopyOnWriteList, CopyOnWriteMap } from './copy-on-write.js';
import type { HttpOutcall } from './http-outcall.js';
import { IngressHistory, type IngressState } from './ingress-history.js';
import type { CallInput, Input } from './messages.js';
import type { SubnetProfile } from '../subnet-profile.js';

/** Small values. A field is replaced and never modified in depth, so that a shallow copy is a snapshot. */
interface SubnetRecord {
  timeNs: bigint;
  /** Time of the latest round. */
  roundTimeNs: bigint;
  nextCanister: bigint;
  /** Ingress messages submitted so far, accepted or not. */
  nextNonce: number;
  randomDraws: number;
  nextHttpOutcall: number;
  /** Hashes of the modules that were installed on the subnet before. They compile at a discount. */
  compiledModules: ReadonlySet<string>;
}

export interface SubnetCheckpoint {
  readonly record: SubnetRecord;
  readonly ingress: ReadonlyMap<MessageId, IngressState>;
  readonly managementInputs: readonly CallInput[];
  readonly inTransit: readonly Transit[];
  readonly outgoing: readonly Transit[];
  readonly incoming: readonly Transit[];
  readonly httpOutcalls: ReadonlyMap<number, HttpOutcall>;
  /** In the order of creation. */
  readonly canisters: ReadonlyMap<PrincipalText, CanisterCheckpoint>;
}

/** A message on its way to a canister. It arrives when the message or the pass of the round that sent it ends. */
export interface Transit {
  readonly receiver: PrincipalText;
  readonly input: Input;
}

export interface SubnetIdentity {
  /** Principal bytes of the subnet. */
  readonly id: Uint8Array;
  /** DER of the network's root key. */
  readonly rootKey: Uint8Array;
  /** Seed of `raw_rand`. */
  readonly randomSeed: string;
  readonly profile: SubnetProfile;
  /** Ids of the canisters that the subnet hosts. At least one range; new canisters get ids of the last range. */
  readonly ranges: readonly CanisterRange[];
  readonly holdsThresholdKeys: boolean;
}

/** A range of canister indices (see `canisterIndex`). Both ends are inclusive. */
export interface CanisterRange {
  readonly first: bigint;
  readonly last: bigint;
}

/** The part of a network that its subnets use. `Network` implements it. */
export interface SubnetNetwork {
  /** In the order of creation. */
  readonly subnets: readonly Subnet[];
  readonly root: Subnet;
  /** Folder that keeps instrumented modules between processes. */
  readonly cacheDir: string | undefined;
  readonly hasBacktraces: boolean;
  readonly watch: ExecutionWatch | undefined;
  readonly hasLaterStatus: boolean;
  /** The subnet that hosts the canister or would host it. */
  route(canister: PrincipalText): Subnet | undefined;
  withId(id: PrincipalText): Subnet | undefined;
  readonly keySubnet: Subnet | undefined;
  /** Message ids are unique in the whole network. */
  nextMessageId(): MessageId;
}

export class Subnet {
  record: SubnetRecord;
  /** In the order of creation. */
  readonly canisters = new Map<PrincipalText, Canister>();
  readonly ingress = new IngressHistory({ now: () => this.timeNs });
  /** Waiting calls to the management canister, oldest first. */
  readonly managementInputs = new CopyOnWriteList<CallInput>();
  readonly inTransit = new CopyOnWriteList<Transit>();
  /** Messages to canisters of other subnets. They enter streams when the round ends. */
  readonly outgoing = new CopyOnWriteList<Transit>();
  /** Messages in the streams of other subnets to this subnet. They are inducted when its next round begins. */
  readonly incoming = new CopyOnWriteList<Transit>();
  /** Unanswered HTTP outcalls by id. */
  readonly httpOutcalls = new CopyOnWriteMap<number, HttpOutcall>();

  readonly network: SubnetNetwork;
  readonly identity: SubnetIdentity;

  constructor(network: SubnetNetwork, identity: SubnetIdentity, timeNs: bigint) {
    this.network = network;
    this.identity = identity;
    this.record = {
      timeNs,
      roundTimeNs: timeNs,
      nextCanister: allocationRange(identity).first,
      nextNonce: 0,
      randomDraws: 0,
      nextHttpOutcall: 0,
      compiledModules: new Set(),
    };
  }

  get profile(): SubnetProfile {
    return this.identity.profile;
  }

  get timeNs(): bigint {
    return this.record.timeNs;
  }

  nextMessageId(): MessageId {
    return this.network.nextMessageId();
  }

  /** @throws ReplicaError if the canister does not exist on this subnet */
  canister(id: PrincipalText): Canister {
    const canister = this.canisters.get(id);
    if (!canister) throw new ReplicaError(`no such canister: ${id}`);
    return canister;
  }

  /** Whether this subnet hosts the canister, or would host it if it existed. */
  isHosted(id: PrincipalText): boolean {
    return this.canisters.has(id) || this.identity.ranges.some((range) => isInRange(range, id));
  }

  /** Whether the subnet may assign this id to a new canister. */
  isInAllocationRange(id: PrincipalText): boolean {
    return isInRange(allocationRange(this.identity), id);
  }

  createCanister(controllers: readonly PrincipalText[], cycles: bigint, id = this.#freeId()): Canister {
    const canister = new Canister(id, controllers, cycles, this.profile, this.timeNs);
    this.canisters.set(id, canister);
    return canister;
  }

  /** The waiting messages of a canister or of the management canister. */
  inputsOf(receiver: PrincipalText): readonly Input[] {
    if (receiver === MANAGEMENT_CANISTER) return this.managementInputs.items;
    return this.canisters.get(receiver)?.inputs.items ?? [];
  }

  checkpoint(): SubnetCheckpoint {
    const canisters = new Map<PrincipalText, CanisterCheckpoint>();
    for (const [id, canister] of this.canisters) canisters.set(id, canister.checkpoint());
    return {
      record: { ...this.record },
      ingress: this.ingress.share(),
      managementInputs: this.managementInputs.share(),
      inTransit: this.inTransit.share(),
      outgoing: this.outgoing.share(),
      incoming: this.incoming.share(),
      httpOutcalls: this.httpOutcalls.share(),
      canisters,
    };
  }

  restore(to: SubnetCheckpoint): void {
    this.record = { ...to.record };
    this.ingress.adopt(to.ingress);
    this.managementInputs.adopt(to.managementInputs);
    this.inTransit.adopt(to.inTransit);
    this.outgoing.adopt(to.outgoing);
    this.incoming.adopt(to.incoming);
    this.httpOutcalls.adopt(to.httpOutcalls);
    const before = new Map(this.canisters);
    this.canisters.clear();
    for (const [id, checkpoint] of to.canisters) {
      const canister = before.get(id) ?? new Canister(id, [], 0n, this.profile, this.timeNs);
      canister.restore(checkpoint);
      this.canisters.set(id, canister);
    }
  }

  #freeId(): PrincipalText {
    for (;;) {
      const id = canisterIdFromIndex(this.record.nextCanister++);
      if (!this.canisters.has(id)) return id;
    }
  }
}

function allocationRange({ ranges }: SubnetIdentity): CanisterRange {
  const range = ranges.at(-1);
  if (!range) throw new ReplicaError('a subnet needs at least one range of canister ids');
  return range;
}

function isInRange({ first, last }: CanisterRange, id: PrincipalText): boolean {
  const index = canisterIndex(id);
  return index !== undefined && index >= first && index <= last;
}
