/** The state of one subnet: its canisters, its clock, and what it remembers of ingress messages. */
import type { MessageId, PrincipalText } from '../../replica.js';
import { canisterIdFromIndex, canisterIndex, MANAGEMENT_CANISTER } from '../principals.js';
import { Canister, type CanisterCheckpoint } from './canister.js';
import { CowList, CowMap } from './cow.js';
import type { HttpOutcall } from './http-outcall.js';
import type { CallInput, Input, Response } from './messages.js';
import type { Network } from './network.js';
import type { SubnetProfile } from '../subnet-profile.js';

/** Everything small, replaced and never changed in depth. */
interface SubnetRecord {
  timeNs: bigint;
  /** Time of the latest round. */
  roundTimeNs: bigint;
  nextCanister: bigint;
  /** Ingress messages submitted so far, accepted or not. */
  nextNonce: number;
  randomDraws: number;
  nextHttpOutcall: number;
  /** Hashes of the modules compiled before, which compile for less. */
  compiledModules: ReadonlySet<string>;
  /** Until when the canisters paid for their memory. */
  chargedAtNs: bigint;
}

/** What became of an ingress message: its response, or `pending`. */
export type IngressState = 'pending' | Response;

export interface SubnetCheckpoint {
  readonly record: SubnetRecord;
  readonly ingress: ReadonlyMap<MessageId, IngressState>;
  readonly managementInputs: readonly CallInput[];
  readonly inTransit: readonly Transit[];
  readonly outgoing: readonly Transit[];
  readonly incoming: readonly Transit[];
  readonly httpOutcalls: ReadonlyMap<number, HttpOutcall>;
  readonly canisters: ReadonlyMap<PrincipalText, CanisterCheckpoint>;
  /** Order of creation. */
  readonly order: readonly PrincipalText[];
}

/** A message between canisters that is delivered when the message that sent it, or a round's pass, ends. */
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
  /** Ids of the canisters that it hosts, at least one range; it gives away ids of the last. */
  readonly ranges: readonly CanisterRange[];
}

/** Indices of canister ids (`canisterIndex`), both inclusive. */
export interface CanisterRange {
  readonly first: bigint;
  readonly last: bigint;
}

export class Subnet {
  record: SubnetRecord;
  readonly canisters = new Map<PrincipalText, Canister>();
  readonly ingress = new CowMap<MessageId, IngressState>();
  /** Calls to aaaaa-aa that wait, oldest first. */
  readonly managementInputs = new CowList<CallInput>();
  readonly inTransit = new CowList<Transit>();
  /** Messages to canisters that are not of this subnet: they go into streams when the round ends. */
  readonly outgoing = new CowList<Transit>();
  /** Messages in the streams of other subnets to this one: they are inducted when its next round begins. */
  readonly incoming = new CowList<Transit>();
  /** HTTP outcalls that nobody has answered, by id. */
  readonly httpOutcalls = new CowMap<number, HttpOutcall>();

  readonly network: Network;
  readonly identity: SubnetIdentity;

  constructor(network: Network, identity: SubnetIdentity, timeNs: bigint) {
    this.network = network;
    this.identity = identity;

    this.record = {
      timeNs,
      roundTimeNs: timeNs,
      nextCanister: identity.ranges.at(-1)!.first,
      nextNonce: 0,
      randomDraws: 0,
      nextHttpOutcall: 0,
      compiledModules: new Set(),
      chargedAtNs: timeNs,
    };
  }

  get profile(): SubnetProfile {
    return this.identity.profile;
  }

  get timeNs(): bigint {
    return this.record.timeNs;
  }

  nextMessageId(): string {
    return this.network.nextMessageId();
  }

  /** Whether this subnet hosts the canister, or would. */
  isHosted(id: PrincipalText): boolean {
    return this.canisters.has(id) || this.identity.ranges.some((range) => isInRange(range, id));
  }

  /** Whether the id is one that the subnet gives away by itself. */
  isInAllocationRange(id: PrincipalText): boolean {
    return isInRange(this.identity.ranges.at(-1)!, id);
  }

  createCanister(controllers: readonly PrincipalText[], cycles: bigint, id = this.#freeId()): Canister {
    const canister = new Canister(id, controllers, cycles, this.profile);
    this.canisters.set(id, canister);
    return canister;
  }

  /** Inputs waiting at a canister or at aaaaa-aa. */
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
      order: [...this.canisters.keys()],
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
    for (const id of to.order) {
      const canister = before.get(id) ?? new Canister(id, [], 0n, this.profile);
      canister.restore(to.canisters.get(id)!);
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

function isInRange({ first, last }: CanisterRange, id: PrincipalText): boolean {
  const index = canisterIndex(id);
  return index !== undefined && index >= first && index <= last;
}
