/** Implements the replica port with the embedded engine. */
import { Principal } from '@icp-sdk/core/principal';
import { upgradeOption } from '../main-memory.js';
import {
  OverdueError,
  ReplicaError,
  type Ability,
  type Call,
  type Condition,
  type CreateCanisterOptions,
  type InstallRequest,
  type MessageId,
  type Outcome,
  type PrincipalText,
  type Replica,
  type ReplicaInfo,
  type Snapshot,
  type Submission,
} from '../replica.js';
import { dataCertificate } from './data-certificate.js';
import { Engine, type EngineOptions, type EngineSnapshot } from './engine.js';
import { userErrorToReject } from './errors.js';
import type { ExecutionWatch } from './execution-watch.js';
import type { QueryInput } from './execution/query-input.js';
import { decodeResult, type ManagementMethod } from './management-interface/candid-types.js';
import { ANONYMOUS } from './principals.js';
import type { Response } from './state/messages.js';
import { furtherSubnet } from './subnet-options.js';

/** The default of pic-js. */
const CYCLES_DEFAULT = 1_000_000_000_000_000_000n;

/** The freezing threshold of a new canister, and one that no balance reaches. */
const FREEZING_SECONDS_DEFAULT = 2_592_000n;
const SECONDS_MAX = (1n << 64n) - 1n;

export const EMBEDDED_ENGINE_VERSION = '1';

const ABILITIES: ReadonlySet<Ability> = new Set([
  'delivery-order',
  'snapshot',
  'state-hash',
  'instructions',
  'heap-size',
  'logs',
  'stable-memory',
  'time',
  'stop',
  'network',
]);

/** A watch that tells which message it has ended. */
export interface ReplicaWatch extends ExecutionWatch {
  /** Names the message that was ended since the last call, and how far it had come. */
  takeOverdue(): string | undefined;
}

export interface EmbeddedReplicaOptions extends EngineOptions {
  /** A message that it ends makes the operation of the replica fail with an `OverdueError`. The message is rolled back. */
  readonly watch?: ReplicaWatch | undefined;
}

interface EmbeddedSnapshot extends Snapshot {
  readonly owner: EmbeddedReplica;
  readonly engine: EngineSnapshot;
}

/** Creates a replica that runs in this process. It needs neither a server nor a network. */
export function createEmbeddedReplica(options: EmbeddedReplicaOptions = {}): EmbeddedReplica {
  return new EmbeddedReplica(new Engine(options), options.watch);
}

export class EmbeddedReplica implements Replica {
  readonly info: ReplicaInfo = { name: 'embedded', version: EMBEDDED_ENGINE_VERSION, abilities: ABILITIES };

  /** The engine offers more than the port: management calls, settings, cycles, subnets. */
  readonly engine: Engine;

  readonly #watch: ReplicaWatch | undefined;

  constructor(engine: Engine, watch?: ReplicaWatch) {
    this.engine = engine;
    this.#watch = watch;
  }

  async createCanister({
    cycles = CYCLES_DEFAULT,
    controller = ANONYMOUS,
    subnet = 0,
  }: CreateCanisterOptions = {}): Promise<PrincipalText> {
    const { engine } = this;
    for (let number = engine.subnetIds.length; number <= subnet; number++)
      engine.createSubnet(furtherSubnet(number));
    const method = 'provisional_create_canister_with_cycles';
    const outcome = this.#manage(
      method,
      controller,
      {
        amount: [cycles],
        settings: [],
        specified_id: [],
        sender_canister_version: [],
      },
      engine.subnetIds[subnet],
    );
    if (outcome.kind === 'reject') throw new ReplicaError(`cannot create a canister: ${outcome.text}`);
    const { canister_id } = decodeResult(method, outcome.bytes) as { canister_id: Principal };
    return canister_id.toText();
  }

  async install({ canister, mode, wasm, arg }: InstallRequest): Promise<Outcome> {
    return this.#manage('install_code', this.#controllerOf(canister), {
      mode: mode === 'upgrade' ? upgradeOption(wasm) : { [mode]: null },
      canister_id: Principal.fromText(canister),
      wasm_module: wasm,
      arg,
      sender_canister_version: [],
    });
  }

  async stop(canister: PrincipalText): Promise<Submission> {
    const argument = { canister_id: Principal.fromText(canister) };
    const submission = this.engine.submitManagement('stop_canister', this.#controllerOf(canister), argument);
    if (submission.kind === 'malformed') throw new ReplicaError(submission.text);
    if (submission.kind === 'refused') return submission;
    this.#watched(() => this.engine.deliver(submission.id));
    return { kind: 'accepted', id: submission.id };
  }

  async start(canister: PrincipalText): Promise<Outcome> {
    return this.#manage('start_canister', this.#controllerOf(canister), {
      canister_id: Principal.fromText(canister),
    });
  }

  async submit(call: Call): Promise<Submission> {
    const submission = this.#watched(() => this.engine.submit(call));
    if (submission.kind === 'accepted') return { kind: 'accepted', id: submission.id };
    if (submission.kind === 'refused') return submission;
    return { kind: 'refused', reject: { kind: 'reject', code: 1, errorCode: '', text: submission.text } };
  }

  async deliverable() {
    return this.engine.choices();
  }
  async deliver(id: string) {
    return this.#watched(() => this.engine.deliver(id));
  }
  async lose(id: string): Promise<void> {
    this.engine.lose(id);
  }
  async setCondition(canister: PrincipalText, condition: Condition): Promise<void> {
    const { cycles } = this.engine.metrics(canister);
    const wanted = condition === 'out of cycles' ? 0n : CYCLES_DEFAULT;
    this.engine.addCycles(canister, wanted - cycles);
    this.engine.setFreezingThreshold(
      canister,
      condition === 'frozen' ? SECONDS_MAX : FREEZING_SECONDS_DEFAULT,
    );
  }
  async round(): Promise<void> {
    this.#watched(() => this.engine.round());
  }
  async poll(id: string): Promise<Outcome | undefined> {
    const response = this.engine.poll(id);
    return response && toOutcome(response);
  }
  async query(call: Call): Promise<Outcome> {
    const input = { ...call, ...this.#certificateFor(call.canister) };
    return toOutcome(this.#watched(() => this.engine.query(input)));
  }

  async time(): Promise<bigint> {
    return this.engine.timeNs;
  }
  async setTime(timeNs: bigint): Promise<void> {
    this.engine.setTime(timeNs);
  }

  async metrics(canister: PrincipalText) {
    return this.engine.metrics(canister);
  }
  async logs(canister: PrincipalText) {
    return this.engine.logs(canister);
  }
  async stableMemory(canister: PrincipalText): Promise<Uint8Array> {
    return this.engine.stableMemory(canister);
  }

  async snapshot(): Promise<Snapshot> {
    const snapshot: EmbeddedSnapshot = {
      replica: this.info.name,
      owner: this,
      engine: this.engine.snapshot(),
    };
    return snapshot;
  }
  async restore(snapshot: Snapshot): Promise<void> {
    this.engine.restore(this.#engineSnapshot(snapshot));
  }

  async stateHash(snapshot: Snapshot, names: ReadonlyMap<MessageId, string>): Promise<string> {
    return this.engine.stateHash(this.#engineSnapshot(snapshot), names);
  }

  async dispose(): Promise<void> {
    // Nothing to release: the engine has no process and no file.
  }

  #engineSnapshot(snapshot: Snapshot): EngineSnapshot {
    const { owner, engine } = snapshot as EmbeddedSnapshot;
    if (owner === this) return engine;
    throw new ReplicaError('the snapshot belongs to another replica: restore it on the replica that made it');
  }

  /** Executes messages. @throws OverdueError if the watch has ended one */
  #watched<T>(execute: () => T): T {
    const result = execute();
    const overdue = this.#watch?.takeOverdue();
    if (overdue !== undefined) throw new OverdueError(overdue);
    return result;
  }

  #certificateFor(canister: PrincipalText): Pick<QueryInput, 'certificate'> {
    if (!this.engine.hasCanister(canister)) return {};
    const data = this.engine.certifiedData(canister);
    const { timeNs } = this.engine;
    return { certificate: () => dataCertificate(canister, data, timeNs) };
  }

  #controllerOf(canister: PrincipalText): PrincipalText {
    const controller = this.engine.hasCanister(canister) ? this.engine.controllers(canister)[0] : undefined;
    return controller ?? ANONYMOUS;
  }

  /** Makes a management call that completes immediately. It runs no round, so other messages keep waiting. */
  #manage(
    method: ManagementMethod,
    caller: PrincipalText,
    argument: object,
    subnet?: PrincipalText,
  ): Outcome {
    const submission = this.engine.submitManagement(method, caller, argument, subnet);
    if (submission.kind === 'refused') return submission.reject;
    if (submission.kind === 'malformed') throw new ReplicaError(submission.text);
    this.#watched(() => this.engine.deliver(submission.id));
    const response = this.engine.poll(submission.id);
    if (!response) throw new ReplicaError(`${method} did not complete immediately`);
    return toOutcome(response);
  }
}

export function toOutcome(response: Response): Outcome {
  return response.kind === 'reply' ? response : userErrorToReject(response.error);
}
