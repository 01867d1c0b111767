/** The state of one subnet: its canisters, its clock, its message queues, and the outcomes of its ingress messages. */
import type { ExecutionWatch } from '../execution-watch.js';
import type { CoverageRecorder } from '../wasm/coverage-recorder.js';
import { ReplicaError, type Call, type MessageId, type PrincipalText } from '../../replica.js';
import { COUNTS } from '../params.js';
import { bytesToPrincipal, canisterIdFromIndex, canisterIndex, MANAGEMENT_CANISTER } from '../principals.js';
import { EMPTY_BLOCK_HISTORY, type BlockHistory } from './block-history.js';
import { Canister, type CanisterCheckpoint } from './canister.js';
import { CopyOnWriteList, CopyOnWriteMap } from './copy-on-write.js';
import type { HttpOutcall } from './http-outcall.js';
import { IngressHistory, type IngressState } from './ingress-history.js';
import { FIRST_INPUT_SCHEDULE, type InputSchedule } from './input-schedule.js';
import type { CallInput, IngressInput, Input } from './messages.js';
import type { SubnetProfile } from '../subnet-profile.js';

/** Small values. A field is replaced and never modified in depth, so that a shallow copy is a snapshot. */
interface SubnetRecord {
  /** The clock. The next round is at this time, or 1 ns later if the latest round was at this time. */
  timeNs: bigint;
  /** Time of the latest round. */
  roundTimeNs: bigint;
  /** Time of the latest state, which queries and `canister_inspect_message` see. */
  stateTimeNs: bigint;
  /** Number of the latest state. Each round and each change by the operator makes a state. */
  height: number;
  /** Number of the latest state that was written to disk. */
  checkpointHeight: number;
  /** Random bytes that the latest state drew. */
  randomBytesDrawn: number;
  /** The order in which the management canister takes its waiting calls. */
  inputSchedule: InputSchedule;
  nextCanister: bigint;
  /** Ingress messages submitted so far, accepted or not. */
  nextNonce: number;
  /** Who made the subnet's blocks. */
  blocks: BlockHistory;
  nextHttpOutcall: number;
  /** Hashes of the modules that were installed on the subnet before. They compile at a discount. */
  compiledModules: ReadonlySet<string>;
}

export interface SubnetCheckpoint {
  readonly record: SubnetRecord;
  readonly ingress: ReadonlyMap<MessageId, IngressState>;
  readonly managementInputs: readonly CallInput[];
  readonly ingressPool: readonly PooledIngress[];
  readonly outputs: readonly Transit[];
  readonly incoming: readonly Arrival[];
  readonly httpOutcalls: ReadonlyMap<number, HttpOutcall>;
  readonly signatureRequests: readonly SignatureRequest[];
  /** In the order of creation. */
  readonly canisters: ReadonlyMap<PrincipalText, CanisterCheckpoint>;
}

/** A request for a signature under a threshold key, which the next round answers. */
export interface SignatureRequest {
  readonly input: CallInput;
  /** The text of the key's id. */
  readonly key: string;
  /** Cycles that the caller gets back. */
  readonly refund: bigint;
  /** Returns the result of the method. */
  readonly sign: () => object;
}

/** A message on its way to a canister or to the management canister of a subnet, which is called by the subnet's principal. */
export interface Transit {
  readonly receiver: PrincipalText;
  readonly input: Input;
}

/** A message in a stream to this subnet. */
export interface Arrival extends Transit {
  /** The principal of the subnet that sent it. */
  readonly from: PrincipalText;
}

/** An ingress message that no round has taken yet. */
export interface PooledIngress {
  readonly call: Call;
  readonly input: IngressInput;
  /** The subnet's time at the submission. */
  readonly submittedAtNs: bigint;
}

export interface SubnetIdentity {
  /** Principal bytes of the subnet. */
  readonly id: Uint8Array;
  /** DER of the network's root key. */
  readonly rootKey: Uint8Array;
  /** Seed of `raw_rand`, the same for all subnets. */
  readonly randomSeed: number;
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
  readonly registryVersion: number;
  /** The subnets with threshold keys, in the order of creation. */
  readonly keyHolders: readonly Subnet[];
  /** Folder that keeps instrumented modules between processes. */
  readonly cacheDir: string | undefined;
  readonly hasBacktraces: boolean;
  readonly watch: ExecutionWatch | undefined;
  readonly coverage: CoverageRecorder | undefined;
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
  /** Ingress messages that wait for a round, in the order of their submission. */
  readonly ingressPool = new CopyOnWriteList<PooledIngress>();
  /** Messages that the canisters and the management canister of this subnet sent and that no queue or stream took yet. */
  readonly outputs = new CopyOnWriteList<Transit>();
  /** Messages in streams to this subnet, including its own. They are inducted when its next round begins. */
  readonly incoming = new CopyOnWriteList<Arrival>();
  /** Unanswered HTTP outcalls by id. */
  readonly httpOutcalls = new CopyOnWriteMap<number, HttpOutcall>();
  readonly signatureRequests = new CopyOnWriteList<SignatureRequest>();

  /** Messages and tasks that ended so far. Checkpoints do not have it, because no canister can observe it. */
  executedMessages = 0;

  readonly network: SubnetNetwork;
  readonly identity: SubnetIdentity;

  constructor(network: SubnetNetwork, identity: SubnetIdentity, timeNs: bigint) {
    this.network = network;
    this.identity = identity;
    this.record = {
      timeNs,
      roundTimeNs: 0n,
      stateTimeNs: timeNs,
      height: 0,
      checkpointHeight: 0,
      randomBytesDrawn: 0,
      inputSchedule: FIRST_INPUT_SCHEDULE,
      nextCanister: allocationRange(identity).first,
      nextNonce: 0,
      blocks: EMPTY_BLOCK_HISTORY,
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

  /** The subnet's principal, which is also the name of its management canister in calls that are routed. */
  get principal(): PrincipalText {
    return bytesToPrincipal(this.identity.id);
  }

  /** Whether the sender of a message is a canister or the management canister of this subnet. */
  isLocal(sender: PrincipalText): boolean {
    return this.canisters.has(sender) || sender === MANAGEMENT_CANISTER || sender === this.principal;
  }

  nextMessageId(): MessageId {
    return this.network.nextMessageId();
  }

  /** Begins the next state at the time of the clock. */
  beginState(): void {
    const { record } = this;
    record.height++;
    record.stateTimeNs = record.timeNs;
    record.randomBytesDrawn = 0;
  }

  /** Writes the state to disk at regular heights. */
  endRound(): void {
    const { roundsPerCheckpoint, roundsPerCheckpointOfSystem } = COUNTS;
    const interval = this.profile.type === 'system' ? roundsPerCheckpointOfSystem : roundsPerCheckpoint;
    if (this.record.height % interval === 0) this.record.checkpointHeight = this.record.height;
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
      ingressPool: this.ingressPool.share(),
      outputs: this.outputs.share(),
      incoming: this.incoming.share(),
      httpOutcalls: this.httpOutcalls.share(),
      signatureRequests: this.signatureRequests.share(),
      canisters,
    };
  }

  restore(to: SubnetCheckpoint): void {
    this.record = { ...to.record };
    this.ingress.adopt(to.ingress);
    this.managementInputs.adopt(to.managementInputs);
    this.ingressPool.adopt(to.ingressPool);
    this.outputs.adopt(to.outputs);
    this.incoming.adopt(to.incoming);
    this.httpOutcalls.adopt(to.httpOutcalls);
    this.signatureRequests.adopt(to.signatureRequests);
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
