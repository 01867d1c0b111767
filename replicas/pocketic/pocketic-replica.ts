/**
 * The replica port over a PocketIC server: the reference replica.
 *
 * The library `@dfinity/pic` makes the instance and tears it down. Everything that can be rejected, delayed or rounded goes over
 * plain REST (`rest-client.ts` says why). One instance with one application
 * subnet, as `PocketIc.create` makes by default.
 *
 * What differs from the embedded engine, and why:
 * - No `delivery-order`: the server picks the order of messages in a round, and no endpoint changes that.
 * - No `snapshot`: canister snapshots exist, but they hold neither the messages in flight nor the timers nor the time.
 * - No `instructions`: no endpoint reports them.
 * - `createCanister` and `install` run rounds, and so does `metrics` on servers that answer `canister_status` only to updates
 *   (10.0.0); rounds also run what else waits.
 */
import { PocketIc } from '@dfinity/pic';
import { Principal } from '@dfinity/principal';
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
import {
  MANAGEMENT_CANISTER,
  decodeCreateCanister,
  decodeLogs,
  decodeStatus,
  encodeCanisterId,
  encodeCreateCanister,
} from './management.js';
import { RestClient, ServerRefusal } from './rest-client.js';
import { startServer, type ServerProcess } from './server-process.js';
import {
  decodeBlob,
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
      /** A server that already runs; it is left running. */
      readonly serverUrl: string;
      /** What `info.version` says; the server itself does not tell. */
      readonly version?: string;
    }
  | {
      /** The binary to start, see `findServer`; it is stopped by `dispose`. */
      readonly binary: string;
      readonly onCanisterLog?: (line: CanisterLogLine) => void;
    }
) & {
  /** Bound on one operation of the server, see `RestClient`. */
  readonly operationTimeoutMs?: number;
};

const ABILITIES: ReadonlySet<Ability> = new Set<Ability>([
  'heap-size',
  'logs',
  'stable-memory',
  'time',
  'stop',
]);

/** Requests keep the server alive; between them this does. A quarter of the server's ttl. */
const KEEP_ALIVE_INTERVAL_MS = 30_000;
const TTL_SECONDS = 120;

/**
 * Rounds until a management call must be done. An install runs up to 300e9 instructions in slices of 2e9, one per round:
 * 150 rounds (`rs/config/src/subnet_config.rs`).
 */
const MANAGEMENT_ROUNDS_MAX = 200;

/** As the library gives. */
const CYCLES_DEFAULT = 1_000_000_000_000_000_000n;

/** The principal that owns canisters unless the caller names one: self-authenticating, so that nothing takes it for a canister. */
export const DEFAULT_CONTROLLER: PrincipalText = Principal.selfAuthenticating(
  new TextEncoder().encode('upload-stress controller'),
).toText();

/** Throws ReplicaError when the server cannot be started or reached. */
export async function createPocketIcReplica(options: PocketIcReplicaOptions): Promise<Replica> {
  if ('serverUrl' in options)
    return await connect(options.serverUrl, options.version ?? 'unknown', options, undefined);
  const version = await serverVersion(options.binary);
  const { onCanisterLog } = options;
  const server = await startServer({
    binary: options.binary,
    ttlSeconds: TTL_SECONDS,
    ...(onCanisterLog && { onCanisterLog }),
  });
  try {
    return await connect(server.url, version, options, server);
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function connect(
  serverUrl: string,
  version: string,
  options: PocketIcReplicaOptions,
  server: ServerProcess | undefined,
): Promise<Replica> {
  const url = serverUrl.replace(/\/+$/, '');
  const diagnose = (): string => (server ? lastWords(server.lastErrors()) : '');
  const { operationTimeoutMs } = options;
  const rest = new RestClient({
    baseUrl: url,
    diagnose,
    ...(operationTimeoutMs !== undefined && { operationTimeoutMs }),
  });
  // The library would try for 30 s and write to the console; this says at once that nobody is there.
  await rest.ping();
  const library = await PocketIc.create(url).catch((error: Error) => {
    throw new ReplicaError(`the PocketIC server made no instance: ${error.message}`);
  });
  return new PocketIcReplica(version, rest, library, server);
}

function lastWords(lines: readonly string[]): string {
  return lines.length === 0 ? '' : `. The last lines of its stderr:\n${lines.slice(-12).join('\n')}`;
}

/** `/instances/{id}`. The library keeps it private; its version is pinned and the shape is checked. */
function instancePath(library: PocketIc): string {
  const { client } = library as unknown as { client?: { instancePath?: unknown } };
  const path = client?.instancePath;
  if (typeof path === 'string' && /^\/instances\/\d+$/.test(path)) return path;
  throw new ReplicaError(
    '@dfinity/pic does not tell its instance: install the version that this project pins (0.16.1)',
  );
}

class PocketIcReplica implements Replica {
  readonly info: ReplicaInfo;
  readonly #rest: RestClient;
  readonly #library: PocketIc;
  readonly #server: ServerProcess | undefined;
  readonly #path: string;
  readonly #controllers = new Map<PrincipalText, PrincipalText>();
  readonly #keepAlive: NodeJS.Timeout | undefined;
  #statusByQuery = true;
  #disposal: Promise<void> | undefined;

  constructor(version: string, rest: RestClient, library: PocketIc, server: ServerProcess | undefined) {
    this.info = { name: 'pocketic', version, abilities: ABILITIES };
    this.#rest = rest;
    this.#library = library;
    this.#server = server;
    this.#path = instancePath(library);
    // A failed ping is not lost: the next request fails with the same cause.
    if (server)
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
      throw new ReplicaError(`no new canister: ${outcome.errorCode}: ${outcome.text}`);
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

  /** Submits, then runs rounds until there is an outcome. */
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

  /** By query where the server can (later than 10.0.0): that leaves no trace. */
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
      // No module yet, hence no stable memory either.
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
    // A server that stops deletes its instances. Asking one that is gone would leave the library's timer behind for 30 s.
    if (this.#server) {
      await this.#server.stop();
      return;
    }
    const alive = await this.#rest.ping().then(
      () => true,
      () => false,
    );
    if (alive) await this.#library.tearDown();
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

  /** Who may manage the canister: remembered for canisters made here, asked of the server for others. */
  async #controllerOf(canister: PrincipalText): Promise<PrincipalText> {
    const known = this.#controllers.get(canister);
    if (known !== undefined) return known;
    const answer = await this.#post('/read/get_controllers', { canister_id: encodePrincipal(canister) });
    const [first] = answer as readonly { principal_id: string }[];
    if (first === undefined) throw new ReplicaError(`${canister} has no controller: nobody can manage it`);
    const controller = decodePrincipal(first.principal_id);
    this.#controllers.set(canister, controller);
    return controller;
  }
}

function lacks(ability: Ability): ReplicaError {
  return new ReplicaError(`PocketIC lacks the ability ${ability}: run this on the embedded engine`);
}

/**
 * The server declines some calls with an error of its own instead of a reject (too large, to no subnet); the network would answer
 * with an HTTP error. They are refusals of the call, not failures of the replica, and have no IC error code. Any other error is
 * thrown again.
 */
function badIngress(error: unknown): Reject {
  if (!(error instanceof ServerRefusal) || !error.serverMessage.startsWith('BadIngressMessage(')) throw error;
  return { kind: 'reject', code: 1, errorCode: '', text: error.serverMessage };
}
