/**
 * The interface between the IC's HTTP interface and a replica. Any engine that implements it can serve unmodified agents. The server
 * may call a method before an earlier call has finished; the implementation orders the calls.
 */
import type { Call, MessageId, Outcome, PrincipalText, Submission } from '../../replicas/replica.js';

export interface SubnetFacts {
  /** Name and version of the engine, for `GET /`. */
  readonly name: string;
  readonly version: string;
  /** Inclusive ranges of the canister ids that this subnet hosts, ascending. */
  readonly canisterRanges: readonly (readonly [PrincipalText, PrincipalText])[];
  /** Limit of one ingress message in bytes (2 MiB on application subnets, 3.5 MiB on system subnets). */
  readonly ingressBytesMax: number;
}

export interface MetadataSection {
  /** Without the prefix `icp:public ` or `icp:private `. */
  readonly name: string;
  readonly content: Uint8Array;
  /** Only controllers may read private sections. */
  readonly visibility: 'public' | 'private';
}

/** Immutable. A backend that returns the same object again declares that nothing changed; its part of the state tree is reused. */
export interface CanisterFacts {
  readonly id: PrincipalText;
  readonly controllers: readonly PrincipalText[];
  /** `undefined` if no module is installed. Then the state tree holds only the controllers. */
  readonly module:
    | {
        /** SHA-256 of the installed module, as uploaded. */
        readonly hash: Uint8Array;
        readonly metadata: readonly MetadataSection[];
        /** At most 32 bytes. */
        readonly certifiedData: Uint8Array;
      }
    | undefined;
}

export interface SubnetMetrics {
  /** Size of the state of all canisters. */
  readonly canisterStateBytes: bigint;
  readonly consumedCycles: bigint;
  readonly updateTransactions: bigint;
}

/** `received`: inducted but not started. */
export type MessageStatus = 'received' | 'processing' | Outcome;

export interface IcBackend {
  readonly subnet: SubnetFacts;
  /** Runs the ingress filter and queues an accepted message for the next round. Executes no message. */
  submit(call: Call): Promise<Submission>;
  /**
   * Makes one block at this time (nanoseconds since 1970, larger than every earlier one): inducts the submitted messages and executes.
   * `executed` is the number of executed messages. If it is 0, another round makes no progress until a timer fires.
   */
  round(timeNs: bigint): Promise<{ readonly executed: number }>;
  status(id: MessageId): Promise<MessageStatus>;
  /**
   * Executes on the latest state without changing it. `dataCertificate` creates the certificate for `ic0.data_certificate`, which takes
   * milliseconds for a new state.
   */
  query(call: Call, dataCertificate: () => Uint8Array): Promise<Outcome>;
  /** Returns all canisters in any order. */
  canisters(): Promise<readonly CanisterFacts[]>;
  metrics(): Promise<SubnetMetrics>;
}
