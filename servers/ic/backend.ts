/**
 * What the IC HTTP interface needs of a replica, and nothing else: any engine that can do this is served to
 * unmodified agents. Implementations need not be re-entrant-safe against their own callers: methods may be called
 * while an earlier one has not finished, and the implementation puts them in order.
 */
import type { Call, MessageId, Outcome, PrincipalText, Submission } from '../../replicas/replica.js';

export interface SubnetFacts {
  /** What runs here, for `GET /`. */
  readonly name: string;
  readonly version: string;
  /** Inclusive pairs of canister ids that this subnet hosts, ascending. */
  readonly canisterRanges: readonly (readonly [PrincipalText, PrincipalText])[];
  /** Bytes of one ingress message (2 MiB on application, 3.5 MiB on system subnets). */
  readonly ingressBytesMax: number;
}

export interface MetadataSection {
  /** Without `icp:public ` or `icp:private `. */
  readonly name: string;
  readonly content: Uint8Array;
  /** Private sections are for controllers only. */
  readonly visibility: 'public' | 'private';
}

/** Immutable. The same object as before says that nothing changed: its part of the state tree is kept. */
export interface CanisterFacts {
  readonly id: PrincipalText;
  readonly controllers: readonly PrincipalText[];
  /** Undefined: no code is installed, and only the controllers are in the state tree. */
  readonly module:
    | {
        /** SHA-256 of the module as it was installed. */
        readonly hash: Uint8Array;
        readonly metadata: readonly MetadataSection[];
        /** At most 32 bytes. */
        readonly certifiedData: Uint8Array;
      }
    | undefined;
}

export interface SubnetMetrics {
  /** Bytes of all canisters' state. */
  readonly canisterStateBytes: bigint;
  readonly consumedCycles: bigint;
  readonly updateTransactions: bigint;
}

/** `received`: inducted and not yet begun. */
export type MessageStatus = 'received' | 'processing' | Outcome;

export interface IcBackend {
  readonly subnet: SubnetFacts;
  /** The ingress filter, and if it passes the message waits for the next round. Nothing runs. */
  submit(call: Call): Promise<Submission>;
  /**
   * One block at this time (nanoseconds since 1970, larger than every earlier one): inducts what was submitted and
   * executes. Says how many messages ran, so that a caller with open messages knows whether another round may help.
   */
  round(timeNs: bigint): Promise<{ readonly executed: number }>;
  status(id: MessageId): Promise<MessageStatus>;
  /**
   * Runs on the latest state and leaves no trace. `dataCertificate` makes what `ic0.data_certificate` hands out; it is
   * not free, so call it only for a canister that asks.
   */
  query(call: Call, dataCertificate: () => Uint8Array): Promise<Outcome>;
  /** Every canister, in any order. */
  canisters(): Promise<readonly CanisterFacts[]>;
  metrics(): Promise<SubnetMetrics>;
}
