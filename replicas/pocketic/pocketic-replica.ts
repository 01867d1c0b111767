/**
 * A replica that runs on a PocketIC server, over the server's REST API: the reference replica. It uses one instance with one
 * application subnet, like `PocketIc.create` of `@dfinity/pic`.
 *
 * It speaks to servers 10 to 16. Where they differ, the version decides (`instance-config.ts`), or the reply does (`#status`). The paths
 * and all other bodies are those of the crate `pocket-ic` in these versions.
 *
 * Differences from the embedded engine:
 * - No `delivery-order`: the server picks the order of messages in a round, and no endpoint changes that.
 * - No `snapshot`: canister snapshots hold neither the messages in flight nor the timers nor the time.
 * - No `instructions`: no endpoint reports them.
 * - `createCanister` and `install` run rounds. So does `metrics` on a server that answers `canister_status` only as an update (10.0.0).
 *   These rounds also execute other waiting messages.
 */
import { Principal } from '@icp-sdk/core/principal';
import {
  ReplicaError,
  type Ability,
  type Call,
  type CanisterMetrics,
  type Choice,
  type CreateCanisterOptions,
  type Execution,
  type InstallRequest,
  type LogRecord,
  type MessageId,
  type Outcome,
  type PrincipalText,
  type Reject,
  type Replica,
  type ReplicaInfo,
  type Snapshot,
  type Submission,
} from '../replica.js';
import type { CanisterLogLine } from './canister-log-line.js';
import { CodeInstaller } from './code-installer.js';
import { serverVersion } from './find-server.js';
import { oneApplicationSubnet } from './instance-config.js';
import {
  MANAGEMENT_CANISTER,
  decodeCreateCanister,
  decodeLogs,
  decodeStatus,
  encodeCanisterId,
  encodeCreateCanister,
} from './management.js';
import { RestClient, ServerRefusal, type Send } from './rest-client.js';
import { startServer, type ServerProcess } from './server-process.js';
import {
  decodeBlob,
  decodeInstanceId,
  decodeInteger,
  decodeOutcome,
  decodePrincipal,
  decodeSubmission,
  encodeCall,
  encodePrincipal,
  type CanisterCall,
  type WireMessageId,
} from './wire.js';

export type PocketIcReplicaOptions = (
  | {
      /** A running server. `dispose` does not stop it. */
      readonly serverUrl: string;
      /** The value of `info.version`, because the server does not report its version. */
      readonly version?: string;
    }
  | {
      /** The binary to start, see `findServer`. `dispose` stops it. */
      readonly binary: string;
      readonly onCanisterLog?: (line: CanisterLogLine) => void;
    }
  | {
      /** A started server that several replicas share. `dispose` deletes the instance; the caller stops the server. */
      readonly server: ServerProcess;
      /** The value of `info.version`. */
      readonly version: string;
    }
  | {
      /** Carries requests to a server in this process. `dispose` deletes the instance. */
      readonly send: Send;
      /** Ends the server, after the instance was deleted. */
      readonly close: () => Promise<void>;
      /** The values of `info`. */
      readonly name: string;
      readonly version: string;
    }
) & {
  /** Time limit of one operation of the server, see `RestClient`. */
  readonly operationTimeoutMs?: number;
};

const ABILITIES: ReadonlySet<Ability> = new Set<Ability>([
  'heap-size',
  'logs',
  'stable-memory',
  'time',
  'stop',
]);

/** A quarter of the server's default ttl: the driver pings an idle server, so that it stays alive. */
const KEEP_ALIVE_INTERVAL_MS = 30_000;

/**
 * The number of rounds in which a management call must finish. An installation executes at most 300e9 instructions in slices of 2e9,
 * one per round, so 150 rounds (`rs/config/src/subnet_config.rs`).
 */
const MANAGEMENT_ROUNDS_MAX = 200;

/** The default of `@dfinity/pic`. */
const CYCLES_DEFAULT = 1_000_000_000_000_000_000n;

/** The controller of new canisters by default. It is self-authenticating, so that it cannot be mistaken for a canister. */
export const DEFAULT_CONTROLLER: PrincipalText = Principal.selfAuthenticating(
  new TextEncoder().encode('upload-stress controller'),
).toText();

/** @throws {ReplicaError} if the server cannot be started or reached */
export async function createPocketIcReplica(options: PocketIcReplicaOptions): Promise<Replica> {
  if ('send' in options) return await connectInProcess(options);
  if ('serverUrl' in options)
    return await connect(options.serverUrl, options.version ?? 'unknown', options, {});
  if ('server' in options) {
    const { server, version } = options;
    return await connect(server.url, version, options, { server });
  }
  const version = await serverVersion(options.binary);
  const { binary, onCanisterLog } = options;
  const server = await startServer({ binary, ...(onCanisterLog && { onCanisterLog }) });
  try {
    return await connect(server.url, version, options, { server, stop: () => server.stop() });
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** The server of a replica, as far as the replica looks after it. */
interface Backing {
  /** A server process. It is pinged, because it exits without requests. */
  readonly server?: ServerProcess;
  /** Stops a process that serves this replica only, with its instance. */
  readonly stop?: () => Promise<void>;
  /** Called after the instance was deleted. */
  readonly close?: () => Promise<void>;
}

async function connect(
  serverUrl: string,
  version: string,
  { operationTimeoutMs }: PocketIcReplicaOptions,
  backing: Backing,
): Promise<Replica> {
  const url = serverUrl.replace(/\/+$/, '');
  const { server } = backing;
  const diagnose = (): string => (server ? lastWords(server.lastErrors()) : '');
  const rest = new RestClient({
    baseUrl: url,
    diagnose,
    ...(operationTimeoutMs !== undefined && { operationTimeoutMs }),
  });
  await rest.ping();
  return new PocketIcReplica(
    { name: 'pocketic', version },
    rest,
    await createInstance(rest, version),
    backing,
  );
}

async function connectInProcess(options: Extract<PocketIcReplicaOptions, { send: Send }>): Promise<Replica> {
  const { name, version, close } = options;
  const rest = new RestClient({ baseUrl: 'in-process:', ...options });
  return new PocketIcReplica({ name, version }, rest, await createInstance(rest, 'unknown'), { close });
}

/** Returns the path of the new instance, `/instances/{id}`. */
async function createInstance(rest: RestClient, version: string): Promise<string> {
  try {
    return `/instances/${decodeInstanceId(await rest.post('/instances', oneApplicationSubnet(version)))}`;
  } catch (error) {
    if (!(error instanceof ServerRefusal)) throw error;
    throw new ReplicaError(`the PocketIC server created no instance: ${error.serverMessage}`);
  }
}

function lastWords(lines: readonly string[]): string {
  return lines.length === 0 ? '' : `. The last lines of its stderr:\n${lines.slice(-12).join('\n')}`;
}

class PocketIcReplica implements Replica {
  readonly info: ReplicaInfo;
  readonly #rest: RestClient;
  readonly #backing: Backing;
  /** `/instances/{id}`. */
  readonly #path: string;
  readonly #controllers = new Map<PrincipalText, PrincipalText>();
  readonly #keepAlive: NodeJS.Timeout | undefined;
  #statusByQuery = true;
  #disposal: Promise<void> | undefined;

  constructor(info: Pick<ReplicaInfo, 'name' | 'version'>, rest: RestClient, path: string, backing: Backing) {
    this.info = { ...info, abilities: ABILITIES };
    this.#rest = rest;
    this.#backing = backing;
    this.#path = path;
    // The failure of a ping is ignored, because the next request fails for the same reason.
    if (backing.server)
      this.#keepAlive = setInterval(
        () => void rest.ping().catch(() => undefined),
        KEEP_ALIVE_INTERVAL_MS,
      ).unref();
  }

  async createCanister(options: CreateCanisterOptions = {}): Promise<PrincipalText> {
    const sender = options.controller ?? DEFAULT_CONTROLLER;
    const outcome = await this.#update({
      sender,
      canister: MANAGEMENT_CANISTER,
      method: 'provisional_create_canister_with_cycles',
      arg: encodeCreateCanister(options.cycles ?? CYCLES_DEFAULT),
    });
    if (outcome.kind === 'reject') {
      throw new ReplicaError(
        `the PocketIC server created no canister: ${outcome.errorCode}: ${outcome.text}`,
      );
    }
    const canister = decodeCreateCanister(outcome.bytes);
    this.#controllers.set(canister, sender);
    return canister;
  }

  async install(request: InstallRequest): Promise<Outcome> {
    const sender = await this.#controllerOf(request.canister);
    return await new CodeInstaller((call) => this.#update({ ...call, sender })).install(request);
  }

  async stop(canister: PrincipalText): Promise<Submission> {
    return await this.#submit(await this.#managementCall(canister, 'stop_canister'));
  }

  async start(canister: PrincipalText): Promise<Outcome> {
    return await this.#update(await this.#managementCall(canister, 'start_canister'));
  }

  async submit(call: Call): Promise<Submission> {
    const { caller: sender, ...rest } = call;
    return await this.#submit({ ...rest, sender });
  }

  async #submit(call: CanisterCall): Promise<Submission> {
    try {
      const answer = decodeSubmission(await this.#post('/update/submit_ingress_message', encodeCall(call)));
      if ('reject' in answer) return { kind: 'refused', reject: answer.reject };
      return { kind: 'accepted', id: JSON.stringify(answer.id) };
    } catch (error) {
      return { kind: 'refused', reject: badIngress(error) };
    }
  }

  async poll(id: MessageId): Promise<Outcome | undefined> {
    let messageId: WireMessageId;
    try {
      messageId = JSON.parse(id) as WireMessageId;
    } catch {
      throw new ReplicaError(`not a message id of this replica: ${id}`);
    }
    const status = await this.#post('/read/ingress_status', { raw_message_id: messageId });
    return status === null ? undefined : decodeOutcome(status);
  }

  async round(): Promise<void> {
    await this.#post('/update/tick', {});
  }

  async query(call: Call): Promise<Outcome> {
    const { caller: sender, ...rest } = call;
    return await this.#query({ ...rest, sender });
  }

  async #query(call: CanisterCall): Promise<Outcome> {
    try {
      return decodeOutcome(await this.#post('/read/query', encodeCall(call)));
    } catch (error) {
      return badIngress(error);
    }
  }

  /** Submits the call, then runs rounds until it has an outcome. */
  async #update(call: CanisterCall): Promise<Outcome> {
    const submission = await this.#submit(call);
    if (submission.kind === 'refused') return submission.reject;
    for (let rounds = 0; rounds < MANAGEMENT_ROUNDS_MAX; rounds++) {
      await this.round();
      const outcome = await this.poll(submission.id);
      if (outcome) return outcome;
    }
    throw new ReplicaError(`PocketIC did not finish ${call.method} within ${MANAGEMENT_ROUNDS_MAX} rounds`);
  }

  async time(): Promise<bigint> {
    return decodeInteger(await this.#rest.get(`${this.#path}/read/get_time`), 'nanos_since_epoch');
  }

  async setTime(timeNs: bigint): Promise<void> {
    await this.#post('/update/set_time', { nanos_since_epoch: timeNs });
  }

  async metrics(canister: PrincipalText): Promise<CanisterMetrics> {
    const outcome = await this.#status(canister);
    if (outcome.kind === 'reject')
      throw new ReplicaError(`no status of ${canister}: ${outcome.errorCode}: ${outcome.text}`);
    return { ...decodeStatus(outcome.bytes), instructions: 0 };
  }

  /** Uses a query where the server supports it (later than 10.0.0), because a query does not change the state. */
  async #status(canister: PrincipalText): Promise<Outcome> {
    const call = await this.#managementCall(canister, 'canister_status');
    if (this.#statusByQuery) {
      const outcome = await this.#query(call);
      if (outcome.kind === 'reply') return outcome;
      this.#statusByQuery = false;
    }
    return await this.#update(call);
  }

  async logs(canister: PrincipalText): Promise<readonly LogRecord[]> {
    const outcome = await this.#query(await this.#managementCall(canister, 'fetch_canister_logs'));
    if (outcome.kind === 'reject')
      throw new ReplicaError(`no logs of ${canister}: ${outcome.errorCode}: ${outcome.text}`);
    return decodeLogs(outcome.bytes);
  }

  async stableMemory(canister: PrincipalText): Promise<Uint8Array> {
    try {
      return decodeBlob(
        await this.#post('/read/get_stable_memory', { canister_id: encodePrincipal(canister) }),
      );
    } catch (error) {
      // A canister without a module has no stable memory.
      if (error instanceof ServerRefusal && error.serverMessage.startsWith('CanisterIsEmpty'))
        return new Uint8Array(0);
      throw error;
    }
  }

  deliverable(): Promise<readonly Choice[]> {
    return Promise.reject(lacks('delivery-order'));
  }

  deliver(): Promise<Execution> {
    return Promise.reject(lacks('delivery-order'));
  }

  snapshot(): Promise<Snapshot> {
    return Promise.reject(lacks('snapshot'));
  }

  restore(): Promise<void> {
    return Promise.reject(lacks('snapshot'));
  }

  dispose(): Promise<void> {
    return (this.#disposal ??= this.#dispose());
  }

  async #dispose(): Promise<void> {
    clearInterval(this.#keepAlive);
    const { stop, close } = this.#backing;
    // A server that stops deletes its instances.
    if (stop) {
      await stop();
      return;
    }
    await this.#rest.delete(this.#path).catch((error: unknown) => {
      // A server that does not answer has ended, and its instances with it.
      if (error instanceof ServerRefusal) throw error;
    });
    await close?.();
  }

  async #post(endpoint: string, body: unknown): Promise<unknown> {
    return await this.#rest.post(this.#path + endpoint, body);
  }

  async #managementCall(canister: PrincipalText, method: string): Promise<CanisterCall> {
    const sender = await this.#controllerOf(canister);
    return {
      sender,
      canister: MANAGEMENT_CANISTER,
      method,
      arg: encodeCanisterId(canister),
      routedTo: canister,
    };
  }

  /** Returns a controller of the canister. The server is asked for canisters that this replica did not create. */
  async #controllerOf(canister: PrincipalText): Promise<PrincipalText> {
    const known = this.#controllers.get(canister);
    if (known !== undefined) return known;
    const answer = await this.#post('/read/get_controllers', { canister_id: encodePrincipal(canister) });
    const [first] = answer as readonly { principal_id: string }[];
    if (first === undefined) throw new ReplicaError(`${canister} has no controller, so it cannot be managed`);
    const controller = decodePrincipal(first.principal_id);
    this.#controllers.set(canister, controller);
    return controller;
  }
}

function lacks(ability: Ability): ReplicaError {
  return new ReplicaError(`PocketIC does not support ${ability}; use the embedded engine`);
}

/**
 * Converts an error that declines a call (too large, no subnet) into a reject. The IC would respond with an HTTP error. It refuses the
 * call and is not a failure of the replica, so it has no IC error code. Throws any other error again.
 */
function badIngress(error: unknown): Reject {
  if (!(error instanceof ServerRefusal) || !error.serverMessage.startsWith('BadIngressMessage(')) throw error;
  return { kind: 'reject', code: 1, errorCode: '', text: error.serverMessage };
}
