/**
 * The replica port: all that the rest of the project needs from a place where canisters run. `replicas/embedded` implements it with the
 * engine of this package, `replicas/pocketic` with a PocketIC server, and `replicas/live` with a service behind HTTP.
 *
 * Conventions for implementations:
 *
 * - **Outcomes are data.** A reject, a trap, and a refused message are return values. A method throws `ReplicaError` if the replica is
 *   unusable (its process died) or cannot do what the caller asked (unknown canister or message, a missing ability). A thrown error ends
 *   the run.
 * - **Abilities are optional.** A method whose comment says "Needs `x`" may throw `ReplicaError` unless `info.abilities` has `x`.
 * - **Units.** Times are nanoseconds since 1970-01-01 UTC, as `bigint`. Sizes are bytes. Cycles are `bigint`.
 * - **Bytes are shared.** Neither side modifies a `Uint8Array` after it passed it to the other.
 */

/** A principal in its textual form, e.g. `lxzze-o7777-77777-aaaaa-cai`. */
export type PrincipalText = string;

/**
 * A reject code of the IC interface specification: 1 SYS_FATAL, 2 SYS_TRANSIENT, 3 DESTINATION_INVALID, 4 CANISTER_REJECT,
 * 5 CANISTER_ERROR, 6 SYS_UNKNOWN.
 */
export type RejectCode = 1 | 2 | 3 | 4 | 5 | 6;

export interface Reject {
  readonly kind: 'reject';
  readonly code: RejectCode;
  /** The IC's error code, e.g. `IC0503`. A replica that has no IC error code uses a text of its own or the empty text. */
  readonly errorCode: string;
  readonly text: string;
}

export interface Reply {
  readonly kind: 'reply';
  /** The reply data of the canister, usually Candid. */
  readonly bytes: Uint8Array;
}

export type Outcome = Reply | Reject;

/** A capability that not every replica has. A suite that needs a missing ability is skipped with the reason. */
export type Ability =
  /** `deliverable` lists the messages that may come next, and `deliver` executes exactly the chosen one. */
  | 'delivery-order'
  /** `snapshot` and `restore` cover the whole replica: canisters, messages, and time. */
  | 'snapshot'
  /** `stateHash` is there. */
  | 'state-hash'
  /** `CanisterMetrics.instructions` and `Execution.instructions` are measured. */
  | 'instructions'
  /** `CanisterMetrics.heapBytes` is measured. */
  | 'heap-size'
  /** `logs` works. */
  | 'logs'
  /** `stableMemory` works. */
  | 'stable-memory'
  /** `setTime` works. */
  | 'time'
  /** `stop` and `start` work. */
  | 'stop'
  /** `lose` and `setCondition` are there. */
  | 'network';

/** `frozen`: the balance is below the freezing threshold. `out of cycles`: it is 0. */
export type Condition = 'frozen' | 'out of cycles' | 'normal';

export interface ReplicaInfo {
  /** `embedded`, `pocketic`, or `live`. */
  readonly name: string;
  readonly version: string;
  readonly abilities: ReadonlySet<Ability>;
}

export type InstallMode = 'install' | 'reinstall' | 'upgrade';

export interface InstallRequest {
  readonly canister: PrincipalText;
  /** An upgrade to a module with enhanced orthogonal persistence keeps the main memory, as deployment tools do. */
  readonly mode: InstallMode;
  /** The module, plain or gzipped. */
  readonly wasm: Uint8Array;
  /** The Candid-encoded argument of `canister_init` or `canister_post_upgrade`. */
  readonly arg: Uint8Array;
}

/** An update or query call of a user. */
export interface Call {
  readonly canister: PrincipalText;
  readonly method: string;
  /** The Candid-encoded argument. */
  readonly arg: Uint8Array;
  readonly caller: PrincipalText;
}

/** The id of an ingress message: opaque, unique within one replica, and stable over `snapshot` and `restore`. */
export type MessageId = string;

/**
 * The result of submitting an ingress message. A `refused` message never reaches the canister's queue, for example because it is too
 * large, `canister_inspect_message` does not accept it, or the canister is stopped or does not exist.
 */
export type Submission =
  | { readonly kind: 'accepted'; readonly id: MessageId }
  | { readonly kind: 'refused'; readonly reject: Reject };

/** One message that may legally be executed next. */
export interface Choice {
  /** The id to pass to `deliver`. It does not change while the message waits. */
  readonly id: string;
  readonly kind: 'ingress' | 'request' | 'response' | 'timer' | 'heartbeat' | 'low-memory';
  /** The canister that executes the message. */
  readonly receiver: PrincipalText;
  /** The called method. For a response, the method that was called; for a task (timer, heartbeat, low-memory), empty. */
  readonly method: string;
  /** The ingress message at the root of the call tree; `undefined` if a task is the root. */
  readonly root: MessageId | undefined;
  /** The message belongs to a call between canisters that waits for a bounded time, so it may be lost. */
  readonly mayBeLost?: true;
}

/** The result of executing one message. */
export interface Execution {
  readonly choice: Choice;
  /** Instructions charged for this message, including the charge for dirty pages. 0 if the replica lacks `instructions`. */
  readonly instructions: number;
  /** The failure of this message. The call tree of a failed message may still be open. */
  readonly failure: Reject | undefined;
}

export interface CanisterMetrics {
  /** Size of the wasm heap, a multiple of 65,536. 0 if the replica lacks `heap-size` or the canister has no code. */
  readonly heapBytes: number;
  /** Size of stable memory, a multiple of 65,536. */
  readonly stableBytes: number;
  /** Instructions of all messages that the canister executed since its creation. 0 if the replica lacks `instructions`. */
  readonly instructions: number;
  /** The cycle balance. */
  readonly cycles: bigint;
}

export interface LogRecord {
  /** Position of the record among all records of the canister, from 0. */
  readonly index: bigint;
  /** Replica time of the message that wrote the record. */
  readonly timeNs: bigint;
  /** The content, usually UTF-8. Canisters may log arbitrary bytes. */
  readonly content: Uint8Array;
}

/** The state of a whole replica. Opaque, and valid only for the replica that made it. */
export interface Snapshot {
  /** `ReplicaInfo.name` of the replica that made it. */
  readonly replica: string;
}

export interface CreateCanisterOptions {
  /** The initial cycle balance. Default: 10^18, as in pic-js. */
  readonly cycles?: bigint;
  /** Default: a principal that the replica chooses and then uses to install, stop, and start the canister. */
  readonly controller?: PrincipalText;
  /** Number of the application subnet; default: 0. A number above 0 needs `network`. The replica creates the subnets up to it. */
  readonly subnet?: number;
}

export interface Replica {
  readonly info: ReplicaInfo;

  /** Creates an empty canister and returns its id. */
  createCanister(options?: CreateCanisterOptions): Promise<PrincipalText>;

  /** Installs a module and runs its hooks to completion. The reply of a successful installation is the Candid value `()`. */
  install(request: InstallRequest): Promise<Outcome>;

  /**
   * Starts to stop the canister, which accepts no calls from then on. `poll` returns the outcome once all calls that the canister has
   * begun are answered; to get there, messages must be delivered or rounds run. Needs `stop`.
   */
  stop(canister: PrincipalText): Promise<Submission>;

  /** Starts a stopped or stopping canister. Runs to completion. Needs `stop`. */
  start(canister: PrincipalText): Promise<Outcome>;

  /** Enqueues an update call. No message is executed, but `canister_inspect_message` runs. */
  submit(call: Call): Promise<Submission>;

  /** Lists the messages that may legally come next, oldest first. The order is deterministic. Needs `delivery-order`. */
  deliverable(): Promise<readonly Choice[]>;

  /**
   * Executes exactly one message and routes the messages that it sends. Needs `delivery-order`.
   *
   * @throws ReplicaError if `id` is not the id of a deliverable message
   */
  deliver(id: string): Promise<Execution>;

  /**
   * Loses a message whose `mayBeLost` is set, and the caller gets SYS_UNKNOWN. A request is lost before its callee executes it, a
   * response after that. Needs `network`.
   *
   * @throws ReplicaError if `id` is not the id of such a message
   */
  lose?(id: string): Promise<void>;

  /**
   * Sets the condition of a canister. `normal` undoes every earlier one: the balance and the freezing threshold are those of a new
   * canister. Needs `network`.
   */
  setCondition?(canister: PrincipalText, condition: Condition): Promise<void>;

  /** Runs one round of the replica's own scheduler. On PocketIC this is a tick. */
  round(): Promise<void>;

  /**
   * Returns the outcome of an accepted message, or `undefined` while its call tree is open.
   *
   * @throws ReplicaError if the replica does not know the message
   */
  poll(id: MessageId): Promise<Outcome | undefined>;

  /** Executes a non-replicated query, which does not change any state. */
  query(call: Call): Promise<Outcome>;

  /** Returns the replica time. */
  time(): Promise<bigint>;

  /**
   * Sets the replica time. Timers that become due wait for `deliver` or `round`. Needs `time`.
   *
   * @throws ReplicaError if the time is earlier than the current one
   */
  setTime(timeNs: bigint): Promise<void>;

  /** @throws ReplicaError if the canister does not exist or the replica cannot measure anything */
  metrics(canister: PrincipalText): Promise<CanisterMetrics>;

  /** Returns the content of the canister's log buffer of 4,096 bytes, oldest record first. Needs `logs`. */
  logs(canister: PrincipalText): Promise<readonly LogRecord[]>;

  /** Returns a copy of the whole stable memory, of `CanisterMetrics.stableBytes` bytes. Needs `stable-memory`. */
  stableMemory(canister: PrincipalText): Promise<Uint8Array>;

  /** Captures the state of the replica. Needs `snapshot`. */
  snapshot(): Promise<Snapshot>;

  /**
   * Returns the replica to the state of the snapshot. A snapshot can be restored any number of times. Needs `snapshot`.
   *
   * @throws ReplicaError if another replica made the snapshot
   */
  restore(snapshot: Snapshot): Promise<void>;

  /**
   * Returns a digest of everything in the snapshot that can influence what happens next if messages are delivered one by one. Equal
   * digests mean equal behaviour. `names` replaces the ids of the ingress messages whose call trees are open, because ids depend on
   * the order of submission. Needs `state-hash`.
   */
  stateHash?(snapshot: Snapshot, names: ReadonlyMap<MessageId, string>): Promise<string>;

  /** Releases processes and memory. May be called more than once. No other method may be called afterwards. */
  dispose(): Promise<void>;
}

/** The replica is unusable or cannot do what was asked. The message says what is wrong and what to do. */
export class ReplicaError extends Error {
  override readonly name: string = 'ReplicaError';
}

/** A message or a schedule did not end within its wall-clock limit. The text names it and says how far it had come. */
export class OverdueError extends ReplicaError {
  override readonly name = 'OverdueError';
}
