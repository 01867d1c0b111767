/** The whole replica's state: one subnet with its canisters, clock, and what it remembers of ingress messages. */
import type { MessageId, PrincipalText } from '../../replica.js';
import { CANISTER_RANGE_SIZE, FIRST_CANISTER_INDEX, START_TIME_NS } from '../params.js';
import { canisterIdFromIndex, canisterIndex, MANAGEMENT_CANISTER } from '../principals.js';
import { Canister, type CanisterCheckpoint } from './canister.js';
import { CowList, CowMap } from './cow.js';
import type { HttpOutcall } from './http-outcall.js';
import type { CallInput, Input, Response } from './messages.js';

/** Everything small, replaced and never changed in depth. */
interface SubnetRecord {
  timeNs: bigint;
  /** Time of the latest round. */
  roundTimeNs: bigint;
  nextCanister: bigint;
  nextMessage: number;
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
  /** DER of the root key. */
  readonly rootKey: Uint8Array;
  readonly randomSeed: number;
}

export class Subnet {
  record: SubnetRecord = {
    // One subnet was created.
    timeNs: START_TIME_NS + 1n,
    roundTimeNs: START_TIME_NS + 1n,
    nextCanister: FIRST_CANISTER_INDEX,
    nextMessage: 1,
    nextNonce: 0,
    randomDraws: 0,
    nextHttpOutcall: 0,
    compiledModules: new Set(),
    chargedAtNs: START_TIME_NS + 1n,
  };
  readonly canisters = new Map<PrincipalText, Canister>();
  readonly ingress = new CowMap<MessageId, IngressState>();
  /** Calls to aaaaa-aa that wait, oldest first. */
  readonly managementInputs = new CowList<CallInput>();
  readonly inTransit = new CowList<Transit>();
  /** HTTP outcalls that nobody has answered, by id. */
  readonly httpOutcalls = new CowMap<number, HttpOutcall>();

  /** `cacheDir`: where instrumented modules are kept between processes, if anywhere. */
  constructor(
    readonly identity: SubnetIdentity,
    readonly cacheDir?: string,
  ) {}

  get timeNs(): bigint {
    return this.record.timeNs;
  }

  nextMessageId(): string {
    return `m${this.record.nextMessage++}`;
  }

  /** Whether this subnet hosts the canister, or would. */
  isHosted(id: PrincipalText): boolean {
    return this.canisters.has(id) || this.isInAllocationRange(id);
  }

  /** Whether the id is one that the subnet gives away by itself. */
  isInAllocationRange(id: PrincipalText): boolean {
    const index = canisterIndex(id);
    return (
      index !== undefined &&
      index >= FIRST_CANISTER_INDEX &&
      index < FIRST_CANISTER_INDEX + CANISTER_RANGE_SIZE
    );
  }

  createCanister(controllers: readonly PrincipalText[], cycles: bigint, id = this.#freeId()): Canister {
    const canister = new Canister(id, controllers, cycles);
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
    this.httpOutcalls.adopt(to.httpOutcalls);
    const before = new Map(this.canisters);
    this.canisters.clear();
    for (const id of to.order) {
      const canister = before.get(id) ?? new Canister(id, [], 0n);
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
