/**
 * The replica port: everything the rest of the project may ask of a place where canisters run.
 *
 * It is small and the same for the embedded engine, PocketIC and a live network. An outcome is data (reply bytes
 * or a structured reject), never an exception; exceptions from these methods mean that the replica itself is unusable
 * (its process died, the snapshot belongs to another replica) and end the run.
 */

/** A principal in its textual form, e.g. `lxzze-o7777-77777-aaaaa-cai`. */
export type PrincipalText = string;

/** IC reject codes: 1 SYS_FATAL, 2 SYS_TRANSIENT, 3 DESTINATION_INVALID, 4 CANISTER_REJECT, 5 CANISTER_ERROR, 6 SYS_UNKNOWN. */
export type RejectCode = 1 | 2 | 3 | 4 | 5 | 6;

export interface Reject {
  readonly kind: 'reject';
  readonly code: RejectCode;
  /** The IC's error code, e.g. `IC0503`. */
  readonly errorCode: string;
  readonly text: string;
}

export interface Reply {
  readonly kind: 'reply';
  readonly bytes: Uint8Array;
}

export type Outcome = Reply | Reject;

/** What a replica may be able to do beyond the common minimum. A suite that needs a missing one is skipped with the reason. */
export type Ability =
  /** `deliverable` lists choices and `deliver` executes exactly the chosen one. */
  | 'delivery-order'
  /** `snapshot` and `restore` work on the whole replica. */
  | 'snapshot'
  /** `metrics` reports instructions, and outcomes of `executed` carry them. */
  | 'instructions'
  /** `metrics` reports heap bytes. */
  | 'heap-size'
  | 'logs'
  | 'stable-memory'
  /** `setTime` works. */
  | 'time'
  /** `stop` and `start` work. */
  | 'stop';

export interface ReplicaInfo {
  /** `embedded`, `pocketic` or `live`. */
  readonly name: string;
  readonly version: string;
  readonly abilities: ReadonlySet<Ability>;
}

export type InstallMode = 'install' | 'reinstall' | 'upgrade';

export interface InstallRequest {
  readonly canister: PrincipalText;
  /** An upgrade to a module with enhanced orthogonal persistence keeps the main memory, as deployment tools have it. */
  readonly mode: InstallMode;
  /** The module, plain or gzip. The caller must not change the bytes afterwards. */
  readonly wasm: Uint8Array;
  /** Candid-encoded init (or post_upgrade) argument. */
  readonly arg: Uint8Array;
}

export interface Call {
  readonly canister: PrincipalText;
  readonly method: string;
  readonly arg: Uint8Array;
  readonly caller: PrincipalText;
}

/** Opaque, unique within one replica, stable over `snapshot` / `restore`. */
export type MessageId = string;

/** `refused`: the ingress message was never inducted (size limit, inspect_message, stopped canister, no such canister). */
export type Submission =
  | { readonly kind: 'accepted'; readonly id: MessageId }
  | { readonly kind: 'refused'; readonly reject: Reject };

/** One message that may legally be executed next. */
export interface Choice {
  /** Stable name of the message while it waits. */
  readonly id: string;
  readonly kind: 'ingress' | 'request' | 'response' | 'timer' | 'heartbeat' | 'low-memory';
  readonly receiver: PrincipalText;
  /** Method for ingress and requests; the method that was called for responses; empty for tasks. */
  readonly method: string;
  /** The ingress message at the root of this message's call tree; undefined for tasks and what they caused. */
  readonly root: MessageId | undefined;
}

/** What executing one message did. */
export interface Execution {
  readonly choice: Choice;
  /** Instructions charged for this message, dirty-page charges included. 0 where the replica lacks `instructions`. */
  readonly instructions: number;
  /** Set when the message itself failed (its call tree may still be open). */
  readonly failure: Reject | undefined;
}

export interface CanisterMetrics {
  /** Size of the wasm heap in bytes (a multiple of 65,536). */
  readonly heapBytes: number;
  /** Size of stable memory in bytes (a multiple of 65,536). */
  readonly stableBytes: number;
  /** Instructions of all messages executed on this canister since it was created. */
  readonly instructions: number;
  /** Cycle balance. */
  readonly cycles: bigint;
}

export interface LogRecord {
  readonly index: bigint;
  /** Replica time in nanoseconds since 1970. */
  readonly timeNs: bigint;
  /** Raw bytes of the record: usually UTF-8, but canisters may log anything. */
  readonly content: Uint8Array;
}

/** Opaque; only valid for the replica that made it. */
export interface Snapshot {
  readonly replica: string;
}

export interface CreateCanisterOptions {
  /** Cycles to start with; default 1e18, as pic-js. */
  readonly cycles?: bigint;
  /** Default: the anonymous-free principal that the replica itself uses as controller. */
  readonly controller?: PrincipalText;
}

export interface Replica {
  readonly info: ReplicaInfo;

  createCanister(options?: CreateCanisterOptions): Promise<PrincipalText>;
  /** Runs to completion. The reply of a successful install is `()`. */
  install(request: InstallRequest): Promise<Outcome>;

  /**
   * Ask the canister to stop: from then on it takes no calls. The outcome can be polled; it comes once the calls that the canister has
   * begun are answered, for which messages must be delivered or rounds run. Needs `stop`.
   */
  stop(canister: PrincipalText): Promise<Submission>;
  /** Start it again; runs to completion. Needs `stop`. */
  start(canister: PrincipalText): Promise<Outcome>;

  /** Enqueue an update call; nothing runs. */
  submit(call: Call): Promise<Submission>;
  /** The legal next messages, in a deterministic order (oldest first). Needs `delivery-order`. */
  deliverable(): Promise<readonly Choice[]>;
  /** Execute exactly this message and route what it produced. Needs `delivery-order`. */
  deliver(id: string): Promise<Execution>;
  /** One round of the replica's own scheduler (PocketIC: a tick). */
  round(): Promise<void>;
  /** Outcome of an accepted message, undefined while its call tree is open. */
  poll(id: MessageId): Promise<Outcome | undefined>;
  /** A non-replicated query: leaves no trace. */
  query(call: Call): Promise<Outcome>;

  /** Replica time in nanoseconds since 1970. */
  time(): Promise<bigint>;
  /** Times never decrease: an earlier time is an error. Timers that become due wait for `deliver` or `round`. */
  setTime(timeNs: bigint): Promise<void>;

  metrics(canister: PrincipalText): Promise<CanisterMetrics>;
  /** What is still in the canister's log buffer (4,096 B), oldest first. */
  logs(canister: PrincipalText): Promise<readonly LogRecord[]>;
  /** A copy of stable memory, all pages. */
  stableMemory(canister: PrincipalText): Promise<Uint8Array>;

  snapshot(): Promise<Snapshot>;
  restore(snapshot: Snapshot): Promise<void>;

  /** Release processes and memory. Idempotent. */
  dispose(): Promise<void>;
}

/** Thrown when the replica as such cannot go on or cannot do what was asked; the message says what to do. */
export class ReplicaError extends Error {
  override readonly name = 'ReplicaError';
}
