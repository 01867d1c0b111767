/**
 * The embedded engine: a network of one or more subnets, executed message by message or round by round.
 *
 * This is the complete interface of the engine; `embedded-replica.ts` adapts it to the replica port. All methods are synchronous and
 * deterministic: the same sequence of calls returns the same values on every machine.
 */
import {
  ReplicaError,
  type Call,
  type CanisterMetrics,
  type Choice,
  type Execution,
  type LogRecord,
  type MessageId,
  type PrincipalText,
  type Reject,
} from '../replica.js';
import { EMPTY_BYTES } from './bytes.js';
import { userErrorToReject } from './errors.js';
import type { ExecutionWatch } from './execution-watch.js';
import { chargeForTime, receive } from './execution/canister-account.js';
import { limitedBytes, ingressId, type IngressEnvelope, type SignedRequest } from './execution/ingress-id.js';
import { inspectIngress } from './execution/inspect-ingress.js';
import { runQuery } from './execution/query.js';
import type { QueryInput } from './execution/query-input.js';
import { loseMessage } from './execution/losses.js';
import { buildStreams, settleStreams } from './execution/routing.js';
import { completeStops } from './execution/stops.js';
import { expireCalls } from './execution/timeouts.js';
import { ingressExpiry, takeIngress } from './ingress-pool.js';
import { mockOutcall } from './management/http-outcalls.js';
import { inspectManagementIngress } from './management/ingress.js';
import { queryManagement } from './management/management-query.js';
import { answerOutcalls, decideOutcalls } from './management/outcall-consensus.js';
import type { ManagementMethod } from './management-interface/arguments.js';
import { decodeTarget, targetOf } from './management-interface/target.js';
import { uninstallForUnpaidFees } from './management/uninstall.js';
import { START_TIME_NS } from './params.js';
import { bytesToPrincipal, MANAGEMENT_CANISTER } from './principals.js';
import { runRound } from './round.js';
import { choices, execute } from './scheduler.js';
import type { Canister } from './state/canister.js';
import type { HttpOutcallResponse, PendingHttpOutcall } from './state/http-outcall.js';
import type { IngressInput, Response } from './state/messages.js';
import type { CoverageRecorder } from './wasm/coverage-recorder.js';
import { StateHasher, type MessageNames } from './state/state-hash.js';
import { addBlock, DEFAULT_BLOCK_MAKER, type BlockMakers } from './state/block-history.js';
import { Network, type NetworkCheckpoint } from './state/network.js';
import type { Subnet } from './state/subnet.js';
import { defaultSubnet, type SubnetOptions } from './subnet-options.js';

export interface EngineOptions {
  /** Seed of `raw_rand`. Default: 0. */
  readonly randomSeed?: number;
  /** The subnets in the order of creation. Default: one application subnet with the `subnetId` and `rootKey` below. */
  readonly subnets?: readonly SubnetOptions[];
  /** Principal of the default subnet as bytes, which `ic0.subnet_self_copy` returns. */
  readonly subnetId?: Uint8Array;
  /** Root key in DER, which `ic0.root_key_copy` returns. */
  readonly rootKey?: Uint8Array;
  /** Folder that keeps instrumented modules between processes. If it is unusable, modules are instrumented again. Default: none. */
  readonly cacheDir?: string | undefined;
  /** Whether errors and logs of traps show the functions of the canister. Default: true. */
  readonly hasBacktraces?: boolean;
  /** May end a message that runs for too long. Results depend on it only if it does. Default: none does. */
  readonly watch?: ExecutionWatch | undefined;
  /** If set, modules count for coverage, and the recorder collects the counts. Results are the same. Default: they do not. */
  readonly coverage?: CoverageRecorder | undefined;
  /** Whether `canister_status` has the fields of servers 11 to 16, which their clients require. Default: false. */
  readonly hasLaterStatus?: boolean;
  /** Called with each new state of a subnet, for servers that certify states. */
  readonly onState?: (subnet: Subnet, cause: 'round' | 'operator') => void;
  /** Initial time in nanoseconds since 1970. The first round is 1 ns later. Default: the time at which PocketIC starts. */
  readonly startNs?: bigint;
}

/**
 * What setting the time does.
 * - `passes`: rounds without any execution pass until this time, and the next round is at this time.
 * - `next-round`: nothing changes until the next round, which is at this time. Queries see the time of the latest state.
 * - `certified`: there is a state at this time, and the next round is 1 ns later.
 */
export type TimeEffect = 'passes' | 'next-round' | 'certified';

/** The result of submitting an ingress message. */
export type IngressSubmission =
  | {
      readonly kind: 'accepted';
      readonly id: MessageId;
      /** The input of `ingressId`, which computes PocketIC's request id. */
      readonly envelope: IngressEnvelope;
    }
  /** The replica or `canister_inspect_message` did not accept the message. */
  | { readonly kind: 'refused'; readonly reject: Reject }
  /** The request is too large, or no subnet hosts the canister. The text is PocketIC's. */
  | { readonly kind: 'malformed'; readonly text: string };

/** The state of the whole engine. Valid only for the engine that made it. */
export type EngineSnapshot = NetworkCheckpoint;

export class Engine {
  readonly #network: Network;
  readonly #randomSeed: number;
  readonly #startNs: bigint;
  readonly #onState: NonNullable<EngineOptions['onState']>;
  readonly #hasher = new StateHasher();

  constructor(options: EngineOptions = {}) {
    const {
      randomSeed = 0,
      startNs = START_TIME_NS,
      subnets,
      subnetId,
      rootKey,
      cacheDir,
      hasBacktraces = true,
      hasLaterStatus = false,
      watch,
      coverage,
      onState = () => undefined,
    } = options;
    this.#randomSeed = randomSeed;
    this.#startNs = startNs;
    this.#onState = onState;
    this.#network = new Network({ cacheDir, hasBacktraces, hasLaterStatus, watch, coverage });
    for (const subnet of subnets ?? [defaultSubnet(subnetId, rootKey)]) this.createSubnet(subnet);
  }

  /** Adds a subnet. As on PocketIC, this advances the time by 1 ns and runs a round of every subnet. */
  createSubnet({ id, publicKey, profile, ranges, holdsThresholdKeys = false }: SubnetOptions): void {
    const { subnets } = this.#network;
    const timeNs = subnets.reduce(
      (latest, { record }) => maxOf(latest, record.timeNs, record.roundTimeNs + 1n),
      this.#startNs + 1n,
    );
    const rootKey = subnets.length === 0 ? publicKey : this.#network.root.identity.rootKey;
    const randomSeed = this.#randomSeed;
    this.#network.add({ id, rootKey, randomSeed, profile, ranges, holdsThresholdKeys }, timeNs);
    for (const subnet of this.#network.subnets) {
      subnet.record.timeNs = timeNs;
      this.#roundOf(subnet);
    }
  }

  /** The principals of the subnets, in the order of creation. */
  get subnetIds(): readonly PrincipalText[] {
    return this.#network.subnets.map(({ principal }) => principal);
  }

  /** Removes a subnet. Calls to its canisters have no route, and calls that wait for them are not answered. @throws ReplicaError for the root subnet */
  deleteSubnet(id: PrincipalText): void {
    const subnet = this.#subnetWithId(id);
    if (subnet === this.#network.root) throw new ReplicaError('the root subnet cannot be deleted');
    this.#network.remove(subnet);
  }

  /** Nanoseconds since 1970. */
  get timeNs(): bigint {
    return this.#network.root.timeNs;
  }

  /**
   * Sets the time of all subnets. Timers that become due wait to be delivered.
   *
   * @throws ReplicaError if the time is in the past
   */
  setTime(timeNs: bigint, effect: TimeEffect = 'passes'): void {
    if (timeNs < this.timeNs) {
      throw new ReplicaError(`time cannot go back from ${this.timeNs} ns to ${timeNs} ns`);
    }
    const { subnets } = this.#network;
    for (const subnet of subnets) {
      const { record } = subnet;
      record.timeNs = timeNs;
      if (effect !== 'next-round') record.stateTimeNs = timeNs;
      if (effect !== 'certified') continue;
      record.roundTimeNs = timeNs;
      record.height++;
      this.#onState(subnet, 'operator');
    }
    if (effect !== 'passes') return;
    for (const subnet of subnets) {
      expireCalls(subnet);
      answerOutcalls(subnet, decideOutcalls(subnet));
      completeStops(subnet);
    }
    settleStreams(this.#network);
  }

  /**
   * Enqueues an update call to a canister or to the management canister. Only `canister_inspect_message` runs. `subnetId` is the subnet
   * that receives the message. Default: the subnet of the canister; for the management canister, the subnet of the canister that the
   * call is about, or the root subnet. `signed` is set if the sender signed the request; then the caller checks its size.
   */
  submit(call: Call, subnetId?: PrincipalText, signed?: SignedRequest): IngressSubmission {
    const subnet = this.#subnetFor(call, subnetId);
    const bytesMax = signed ? Infinity : subnet?.profile.limits.ingressBytesMax;
    const requested = signed ? { ...call, requestBytes: signed.bytes } : call;
    if (subnet && bytesMax !== undefined) return this.#submit(subnet, requested, bytesMax, { signed });
    return malformed(`Canister ${call.canister} does not belong to any subnet.`);
  }

  /**
   * Enqueues a call to the management canister by the operator. `argument` is the decoded value of the Candid argument. The call has no
   * size limit, because `install_code` carries whole modules.
   */
  submitManagement(
    method: ManagementMethod,
    caller: PrincipalText,
    argument: object,
    subnetId?: PrincipalText,
  ): IngressSubmission {
    const call = { canister: MANAGEMENT_CANISTER, method, caller, arg: EMPTY_BYTES };
    const subnet =
      subnetId === undefined ? this.#managementSubnet(targetOf(argument)) : this.#subnetWithId(subnetId);
    return this.#submit(subnet, call, Infinity, { argument });
  }

  #submit(
    subnet: Subnet,
    call: Call,
    bytesMax: number,
    { argument, signed }: { readonly argument?: object; readonly signed?: SignedRequest | undefined },
  ): IngressSubmission {
    const envelope: IngressEnvelope = signed
      ? { call, ...signed }
      : { call, nonce: subnet.record.nextNonce++, expiryNs: ingressExpiry(subnet) };
    const size = limitedBytes(call);
    if (size > bytesMax) {
      const id = ingressId(envelope).toString('hex');
      return malformed(
        `Request 0x${id} is too large. Message byte size ${size} is larger than the max allowed ${bytesMax}.`,
      );
    }
    const failure =
      call.canister === MANAGEMENT_CANISTER
        ? inspectManagementIngress(subnet, call, argument)
        : inspectIngress(subnet, call);
    if (failure) return { kind: 'refused', reject: userErrorToReject(failure) };
    return { kind: 'accepted', id: this.#accept(subnet, envelope, argument), envelope };
  }

  /** The subnet that receives a call; `undefined` if no subnet hosts the canister. */
  #subnetFor(
    { canister, method, arg }: Pick<Call, 'canister' | 'method' | 'arg'>,
    id?: PrincipalText,
  ): Subnet | undefined {
    if (id !== undefined) return this.#subnetWithId(id);
    if (canister !== MANAGEMENT_CANISTER) return this.#network.route(canister);
    if (this.#network.subnets.length === 1) return this.#network.root;
    return this.#managementSubnet(decodeTarget(method, arg));
  }

  #managementSubnet(target: PrincipalText | undefined): Subnet {
    return (target === undefined ? undefined : this.#network.route(target)) ?? this.#network.root;
  }

  #subnetWithId(id: PrincipalText): Subnet {
    const subnet = this.#network.withId(id);
    if (!subnet) throw new ReplicaError(`no such subnet: ${id}`);
    return subnet;
  }

  /** The response to an accepted message; `undefined` while its call tree is open, and if it is not kept. @throws ReplicaError if the message is unknown */
  poll(id: MessageId): Response | undefined {
    for (const { ingress } of this.#network.subnets) {
      const state = ingress.get(id);
      if (state !== undefined) return typeof state === 'string' ? undefined : state;
    }
    throw new ReplicaError(`no such message: ${id}`);
  }

  /** Whether the message was accepted and is not forgotten. */
  hasMessage(id: MessageId): boolean {
    return this.#network.subnets.some(({ ingress }) => ingress.get(id) !== undefined);
  }

  /** Forgets the messages whose outcome the IC keeps no longer, and returns them. The engine itself forgets none. */
  pruneIngress(): readonly MessageId[] {
    return this.#network.subnets.flatMap(({ ingress }) => ingress.prune());
  }

  /** Executes a non-replicated query of a canister, or `fetch_canister_logs`. It changes no state. `subnetId` as in `submit`. */
  query(input: QueryInput, subnetId?: PrincipalText): Response {
    const subnet = this.#subnetFor(input, subnetId) ?? this.#network.root;
    return input.canister === MANAGEMENT_CANISTER ? queryManagement(subnet, input) : runQuery(subnet, input);
  }

  /** The legal next messages, oldest first. */
  choices(): readonly Choice[] {
    return choices(this.#network);
  }

  /** Executes one message and routes the messages that it sends. @throws ReplicaError if the message may not come next */
  deliver(id: string): Execution {
    const choice = choices(this.#network).find((candidate) => candidate.id === id);
    if (!choice) throw new ReplicaError(`message ${id} cannot be delivered next: see deliverable()`);
    const { instructions, failure } = execute(this.#network, choice);
    return { choice, instructions, failure: failure && userErrorToReject(failure) };
  }

  /** Loses a waiting message of a best-effort call. @throws ReplicaError if there is none with this id */
  lose(id: string): void {
    if (!loseMessage(this.#network, id)) throw new ReplicaError(`message ${id} cannot be lost`);
  }

  /** Runs one round of every subnet in the order of their ids, as PocketIC's tick does. `makers` are the nodes that make the blocks, by subnet. */
  round(makers: ReadonlyMap<PrincipalText, BlockMakers> = new Map()): void {
    for (const subnet of this.#network.subnetsById) this.#roundOf(subnet, makers.get(subnet.principal));
  }

  /** A round at the time of the clock, or 1 ns later if the latest round was at this time. */
  #roundOf(subnet: Subnet, makers: BlockMakers = { maker: DEFAULT_BLOCK_MAKER, failed: [] }): void {
    const { record } = subnet;
    const block = { ingress: takeIngress(subnet), outcalls: decideOutcalls(subnet) };
    if (record.timeNs === record.roundTimeNs) record.timeNs++;
    record.roundTimeNs = record.timeNs;
    record.blocks = addBlock(record.blocks, record.timeNs, makers);
    subnet.beginState();
    runRound(subnet, block);
    for (const canister of chargeForTime(subnet)) {
      uninstallForUnpaidFees(subnet, canister);
    }
    buildStreams(subnet);
    subnet.endRound();
    this.#onState(subnet, 'round');
  }

  canisterIds(): readonly PrincipalText[] {
    return this.#network.subnets.flatMap(({ canisters }) => [...canisters.keys()]);
  }
  hasCanister(id: PrincipalText): boolean {
    return this.#find(id) !== undefined;
  }
  /** The principal of the canister's subnet; `undefined` if the canister does not exist. */
  subnetOf(id: PrincipalText): PrincipalText | undefined {
    const subnet = this.#network.subnets.find(({ canisters }) => canisters.has(id));
    return subnet && bytesToPrincipal(subnet.identity.id);
  }
  controllers(id: PrincipalText): readonly PrincipalText[] {
    return this.#canister(id).record.settings.controllers;
  }
  certifiedData(id: PrincipalText): Uint8Array {
    return this.#canister(id).record.certifiedData;
  }
  /** SHA-256 of the installed module in hex; `undefined` if the canister is empty. */
  moduleHash(id: PrincipalText): string | undefined {
    return this.#canister(id).record.module?.hash;
  }
  /** A custom section `icp:public NAME` or `icp:private NAME` of the installed module. */
  metadata(
    id: PrincipalText,
    name: string,
  ): { readonly isPublic: boolean; readonly content: Uint8Array } | undefined {
    const section = this.#canister(id).record.module?.customSections.find(
      (candidate) => candidate.name === name,
    );
    return section && { isPublic: section.visibility === 'public', content: section.content };
  }

  metrics(id: PrincipalText): CanisterMetrics {
    const { machine, stable, record } = this.#canister(id);
    return {
      heapBytes: machine?.heap.byteLength ?? 0,
      stableBytes: stable.byteLength,
      instructions: record.instructions,
      cycles: record.cycles,
    };
  }
  logs(id: PrincipalText): readonly LogRecord[] {
    return this.#canister(id).record.log.records;
  }
  /** Adds cycles, or removes them if `amount` is negative, and returns the balance. */
  addCycles(id: PrincipalText, amount: bigint): bigint {
    const canister = this.#canister(id);
    receive(canister, amount);
    this.#endChange(id);
    return canister.record.cycles;
  }

  /** Sets the freezing threshold, in seconds, as a controller would. */
  setFreezingThreshold(id: PrincipalText, seconds: bigint): void {
    const { record } = this.#canister(id);
    record.settings = { ...record.settings, freezingThresholdSeconds: seconds };
    this.#endChange(id);
  }

  stableMemory(id: PrincipalText): Uint8Array {
    return this.#canister(id).stable.toBytes();
  }
  /** Replaces the whole stable memory. The new size is that of the bytes, rounded up to whole wasm pages. */
  setStableMemory(id: PrincipalText, bytes: Uint8Array): void {
    const { stable } = this.#canister(id);
    stable.checkpoint();
    stable.replace(bytes);
    this.#endChange(id);
  }

  /** A change by the operator makes a state with the time of the state before it. */
  #endChange(id: PrincipalText): void {
    for (const subnet of this.#network.subnets) {
      if (!subnet.canisters.has(id)) continue;
      subnet.record.height++;
      this.#onState(subnet, 'operator');
    }
  }

  /** The unanswered HTTP outcalls, oldest first. */
  pendingHttpOutcalls(): readonly PendingHttpOutcall[] {
    return this.#network.subnetsById.flatMap(({ principal, httpOutcalls }) =>
      [...httpOutcalls.values()].flatMap(({ request, responses }) =>
        responses ? [] : [{ ...request, subnet: principal }],
      ),
    );
  }
  /**
   * Gives the responses of the nodes to an HTTP outcall: one for all nodes, or one for each. The canister's transform function runs
   * immediately. The next round decides on the responses.
   *
   * @throws ReplicaError if there is no unanswered outcall with this id
   */
  mockHttpOutcall(id: number, responses: readonly HttpOutcallResponse[], subnetId?: PrincipalText): void {
    const subnet = subnetId === undefined ? this.#network.root : this.#subnetWithId(subnetId);
    const outcall = subnet.httpOutcalls.get(id);
    if (!outcall || outcall.responses) throw new ReplicaError(`no HTTP outcall ${id} waits for an answer`);
    const { nodes } = subnet.profile;
    const [first] = responses;
    const all = first && responses.length === 1 ? new Array<typeof first>(nodes).fill(first) : responses;
    if (all.length !== nodes) throw new ReplicaError(`${nodes} nodes cannot give ${all.length} responses`);
    mockOutcall(subnet, outcall, all);
  }
  /** Like `mockHttpOutcall` with a response of all nodes, which is enqueued at once like any other. */
  answerHttpOutcall(id: number, response: HttpOutcallResponse, subnetId?: PrincipalText): void {
    this.mockHttpOutcall(id, [response], subnetId);
    const subnet = subnetId === undefined ? this.#network.root : this.#subnetWithId(subnetId);
    answerOutcalls(subnet, decideOutcalls(subnet));
    settleStreams(this.#network);
  }

  /** A digest of all that can influence what happens next, except in rounds (`state/state-hash.ts`). */
  stateHash(snapshot: EngineSnapshot, names: MessageNames): string {
    return this.#hasher.hash(snapshot, names);
  }
  snapshot(): EngineSnapshot {
    return this.#network.checkpoint();
  }
  restore(snapshot: EngineSnapshot): void {
    this.#network.restore(snapshot);
  }

  #find(id: PrincipalText): Canister | undefined {
    for (const { canisters } of this.#network.subnets) {
      const canister = canisters.get(id);
      if (canister) return canister;
    }
    return undefined;
  }

  #canister(id: PrincipalText): Canister {
    const canister = this.#find(id);
    if (!canister) throw new ReplicaError(`no such canister: ${id}`);
    return canister;
  }

  #accept(subnet: Subnet, { call, nonce, expiryNs }: IngressEnvelope, argument?: object): MessageId {
    const id = subnet.nextMessageId();
    const input: IngressInput = {
      kind: 'ingress',
      id,
      root: id,
      method: call.method,
      caller: call.caller,
      arg: call.arg,
      argument,
      origin: { kind: 'ingress', message: id, user: call.caller },
      cycles: 0n,
      ingress: { nonce, expiryNs },
    };
    subnet.ingress.set(id, 'pending');
    subnet.ingressPool.push({ call, input, submittedAtNs: subnet.timeNs });
    return id;
  }
}

function malformed(text: string): IngressSubmission {
  return { kind: 'malformed', text: `BadIngressMessage("${text}")` };
}

const maxOf = (...values: readonly bigint[]): bigint => values.reduce((a, b) => (a > b ? a : b));
