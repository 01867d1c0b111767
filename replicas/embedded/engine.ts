/**
 * The embedded engine: one subnet of canisters, run message by message or round by round.
 *
 * This is the whole of what the engine can do; `embedded-replica.ts` fits it to the replica port. Everything is synchronous and
 * deterministic: the same calls give the same answers, on every machine.
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
import { ERROR, userError, userErrorToReject, type UserError } from './errors.js';
import { chargeForTime, ingressCost, spend } from './execution/cycles.js';
import { ingressBytes, ingressId, type IngressEnvelope } from './execution/ingress-id.js';
import { inspectIngress, runQuery, type QueryInput } from './execution/query.js';
import { expireCalls, expireIngress, flushTransit, ingressExpiry } from './execution/routing.js';
import { canReadLog } from './execution/run.js';
import {
  decodeArgument,
  encodeResult,
  isManagementMethod,
  type ManagementMethod,
} from './management/candid-types.js';
import { answerOutcall } from './management/http-outcalls.js';
import { inspectManagementIngress, targetOf } from './management/management.js';
import { dissolve } from './management/uninstall.js';
import { BYTES, TIMES_NS } from './params.js';
import { MANAGEMENT_CANISTER } from './principals.js';
import { choices, execute, runRound } from './scheduler.js';
import type { Canister } from './state/canister.js';
import type { HttpOutcallRequest, HttpOutcallResponse } from './state/http-outcall.js';
import { plainReject, rejectWith, reply, type CallInput, type Response } from './state/messages.js';
import { Subnet, type SubnetCheckpoint, type SubnetIdentity } from './state/subnet.js';

export interface EngineOptions {
  /** Seed of `raw_rand`; default 0. */
  readonly randomSeed?: number;
  /** Principal bytes that `subnet_self` answers. */
  readonly subnetId?: Uint8Array;
  /** DER of the root key that `root_key` answers. */
  readonly rootKey?: Uint8Array;
  /** Where instrumented modules are kept between processes; a folder that cannot be used costs speed only. */
  readonly cacheDir?: string | undefined;
}

/** What became of an attempt to submit an ingress message. */
export type IngressSubmission =
  | {
      readonly kind: 'accepted';
      readonly id: MessageId;
      /** What `ingressId` makes PocketIC's id of. */
      readonly envelope: IngressEnvelope;
    }
  /** The replica's filter or the canister declined. */
  | { readonly kind: 'refused'; readonly reject: Reject }
  /** Not even a proper request: too large, or to a canister of no subnet. The text is PocketIC's. */
  | { readonly kind: 'malformed'; readonly text: string };

/** A snapshot of the whole engine. Only for the engine that made it. */
export type EngineSnapshot = SubnetCheckpoint;

export class Engine {
  readonly #subnet: Subnet;

  constructor({ randomSeed = 0, subnetId, rootKey, cacheDir }: EngineOptions = {}) {
    const identity: SubnetIdentity = {
      id: subnetId ?? DEFAULT_SUBNET_ID,
      rootKey: rootKey ?? DEFAULT_ROOT_KEY,
      randomSeed,
    };
    this.#subnet = new Subnet(identity, cacheDir);
  }

  /** Nanoseconds since 1970. */
  get timeNs(): bigint {
    return this.#subnet.timeNs;
  }

  /** Timers that become due wait to be delivered. @throws ReplicaError if time would go back. */
  setTime(timeNs: bigint): void {
    if (timeNs < this.#subnet.timeNs) {
      throw new ReplicaError(`time cannot go back from ${this.#subnet.timeNs} ns to ${timeNs} ns`);
    }
    this.#subnet.record.timeNs = timeNs;
    expireCalls(this.#subnet);
  }

  /** Enqueue an update call to a canister or to aaaaa-aa; nothing runs but `canister_inspect_message`. */
  submit(call: Call): IngressSubmission {
    return this.#submit(call, BYTES.ingressMax);
  }

  /**
   * A call to aaaaa-aa from the operator's side, its argument as the value that Candid would decode to. It has no limit of size, as
   * install_code carries whole modules.
   */
  submitManagement(method: ManagementMethod, caller: PrincipalText, argument: object): IngressSubmission {
    return this.#submit({ canister: MANAGEMENT_CANISTER, method, caller, arg: NOTHING }, Infinity, argument);
  }

  #submit(call: Call, bytesMax: number, argument?: object): IngressSubmission {
    const subnet = this.#subnet;
    const envelope: IngressEnvelope = {
      call,
      nonce: subnet.record.nextNonce++,
      expiryNs: ingressExpiry(subnet),
    };
    const size = ingressBytes(call);
    if (size > bytesMax) {
      const id = ingressId(envelope).toString('hex');
      return malformed(
        `Request 0x${id} is too large. Message byte size ${size} is larger than the max allowed ${bytesMax}.`,
      );
    }
    const isManagement = call.canister === MANAGEMENT_CANISTER;
    if (!isManagement && !subnet.isHosted(call.canister)) {
      return malformed(`Canister ${call.canister} does not belong to any subnet.`);
    }
    const failure = isManagement
      ? inspectManagementIngress(subnet, call, argument)
      : inspectIngress(subnet, call);
    if (failure) return { kind: 'refused', reject: userErrorToReject(failure) };
    return { kind: 'accepted', id: this.#accept(envelope, argument), envelope };
  }

  /** Outcome of an accepted message; undefined while its call tree is open. */
  poll(id: MessageId): Response | undefined {
    const state = this.#subnet.ingress.get(id);
    if (state === undefined) throw new ReplicaError(`no such message: ${id}`);
    return state === 'pending' ? undefined : state;
  }

  /** A non-replicated query to a canister, or `fetch_canister_logs` of aaaaa-aa. Leaves no trace. */
  query(input: QueryInput): Response {
    return input.canister === MANAGEMENT_CANISTER
      ? this.#queryManagement(input)
      : runQuery(this.#subnet, input);
  }

  /** The legal next messages, oldest first. */
  choices(): readonly Choice[] {
    return choices(this.#subnet);
  }

  /** @throws ReplicaError if the message may not come next. */
  deliver(id: string): Execution {
    const choice = choices(this.#subnet).find((candidate) => candidate.id === id);
    if (!choice) throw new ReplicaError(`message ${id} cannot be delivered next: see deliverable()`);
    const { instructions, failure } = execute(this.#subnet, choice);
    return { choice, instructions, failure: failure && userErrorToReject(failure) };
  }

  /** One round: PocketIC's tick. */
  round(): void {
    const { record } = this.#subnet;
    if (record.timeNs === record.roundTimeNs) record.timeNs++;
    record.roundTimeNs = record.timeNs;
    expireIngress(this.#subnet);
    expireCalls(this.#subnet);
    runRound(this.#subnet);
    for (const broke of chargeForTime(this.#subnet, TIMES_NS.chargePeriod)) dissolve(this.#subnet, broke);
    flushTransit(this.#subnet);
  }

  canisterIds(): readonly PrincipalText[] {
    return [...this.#subnet.canisters.keys()];
  }
  hasCanister(id: PrincipalText): boolean {
    return this.#subnet.canisters.has(id);
  }
  controllers(id: PrincipalText): readonly PrincipalText[] {
    return this.#canister(id).record.settings.controllers;
  }
  certifiedData(id: PrincipalText): Uint8Array {
    return this.#canister(id).record.certifiedData;
  }
  /** SHA-256 of the installed module, in hex. */
  moduleHash(id: PrincipalText): string | undefined {
    return this.#canister(id).record.module?.hash;
  }
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
  addCycles(id: PrincipalText, amount: bigint): bigint {
    return (this.#canister(id).record.cycles += amount);
  }

  stableMemory(id: PrincipalText): Uint8Array {
    return this.#canister(id).stable.toBytes();
  }
  /** Replace the whole stable memory; the size becomes that of the bytes, in whole pages. */
  setStableMemory(id: PrincipalText, bytes: Uint8Array): void {
    const { stable } = this.#canister(id);
    stable.checkpoint();
    stable.replace(bytes);
  }

  /** HTTP outcalls that wait for an answer, oldest first. Nothing answers them but `answerHttpOutcall`. */
  pendingHttpOutcalls(): readonly HttpOutcallRequest[] {
    return [...this.#subnet.httpOutcalls.values()].map(({ request }) => request);
  }
  /** The canister's transform function runs at once; the answer travels like any other. @throws ReplicaError if nobody waits */
  answerHttpOutcall(id: number, response: HttpOutcallResponse): void {
    const outcall = this.#subnet.httpOutcalls.get(id);
    if (!outcall) throw new ReplicaError(`no HTTP outcall ${id} waits for an answer`);
    answerOutcall(this.#subnet, outcall, response);
  }

  snapshot(): EngineSnapshot {
    return this.#subnet.checkpoint();
  }
  restore(snapshot: EngineSnapshot): void {
    this.#subnet.restore(snapshot);
  }

  #canister(id: PrincipalText): Canister {
    const canister = this.#subnet.canisters.get(id);
    if (!canister) throw new ReplicaError(`no such canister: ${id}`);
    return canister;
  }

  #accept({ call, nonce, expiryNs }: IngressEnvelope, argument?: object): MessageId {
    const subnet = this.#subnet;
    const id = subnet.nextMessageId();
    const input: CallInput = {
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
    const isManagement = call.canister === MANAGEMENT_CANISTER;
    const payer = isManagement ? managementPayer(call, argument) : call.canister;
    const canister = payer === undefined ? undefined : subnet.canisters.get(payer);
    if (canister) spend(canister, ingressCost(call));
    if (isManagement) subnet.managementInputs.push(input);
    else canister!.inputs.push(input);
    return id;
  }

  #queryManagement({ method, arg, caller }: QueryInput): Response {
    if (method !== 'fetch_canister_logs') {
      return rejectWith(ERROR.methodNotFound, `Query method ${method} not found.`);
    }
    const id = targetOf(decodeArgument(method, arg));
    const canister = id === undefined ? undefined : this.#subnet.canisters.get(id);
    if (!canister) return rejectWith(ERROR.canisterNotFound, `Canister ${id} not found`);
    if (!canReadLog(canister, caller)) return plainReject(logsDenied(caller));
    const records = canister.record.log.records.map(({ index, timeNs, content }) => ({
      idx: index,
      timestamp_nanos: timeNs,
      content,
    }));
    return reply(encodeResult(method, { canister_log_records: records }));
  }
}

/** Who pays for a call to aaaaa-aa: the canister that it is about. Settings are free to change, so that a frozen canister can be mended. */
const managementPayer = ({ method, arg }: Call, argument?: object): PrincipalText | undefined =>
  isManagementMethod(method) && method !== 'update_settings'
    ? targetOf(argument ?? decodeArgument(method, arg))
    : undefined;

const NOTHING = new Uint8Array(0);

const malformed = (text: string): IngressSubmission => ({
  kind: 'malformed',
  text: `BadIngressMessage("${text}")`,
});

const logsDenied = (caller: PrincipalText): UserError =>
  userError(
    ERROR.canisterRejectedMessage,
    `Caller ${caller} is not allowed to query ic00 method fetch_canister_logs`,
  );

/** A self-authenticating principal is 29 bytes that end in 0x02; this one has no key. */
const DEFAULT_SUBNET_ID = Uint8Array.from({ length: 29 }, (_, i) => (i === 28 ? 2 : i + 1));
/** DER prefix of a BLS12-381 key and 96 zero bytes: it verifies nothing. */
const DEFAULT_ROOT_KEY = new Uint8Array([
  ...Buffer.from('308182301d060d2b0601040182dc7c0503010201060c2b0601040182dc7c05030201036100', 'hex'),
  ...new Uint8Array(96),
]);
