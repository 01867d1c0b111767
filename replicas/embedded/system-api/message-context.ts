/** Everything one execution of a canister's code reads from the system and leaves behind for it. */
import type { LogRecord, PrincipalText } from '../../replica.js';
import { BYTES } from '../params.js';
import type { StableMemory } from '../memory/stable-memory.js';
import type { SubnetProfile } from '../subnet-profile.js';

/** An i32 in wasm32, an i64 in wasm64. */
export type CallbackArgument = number | bigint;

/** A function of table 0 and the argument it gets. */
export interface Closure {
  readonly fun: number;
  readonly env: CallbackArgument;
}

/** A call between `call_new` and `call_perform`, or performed and not yet sent. */
export interface OutgoingCall {
  readonly callee: PrincipalText;
  readonly method: string;
  readonly onReply: Closure;
  readonly onReject: Closure;
  onCleanup: Closure | undefined;
  readonly payload: Uint8Array[];
  payloadBytes: number;
  cycles: bigint;
  /** Best effort when set. */
  timeoutSeconds: number | undefined;
}

export type Answer =
  { readonly kind: 'reply'; readonly bytes: Uint8Array } | { readonly kind: 'reject'; readonly text: string };

/** What the canister sees of itself and of the subnet. */
export interface Environment {
  readonly self: PrincipalText;
  readonly subnet: Uint8Array;
  /** DER of the root key. */
  readonly rootKey: Uint8Array;
  readonly controllers: readonly PrincipalText[];
  readonly variables: ReadonlyMap<string, string>;
  /** 1 running, 2 stopping, 3 stopped. */
  readonly status: 1 | 2 | 3;
  readonly version: number;
  readonly timeNs: bigint;
  readonly globalTimerNs: bigint;
  /** Cycles that the canister must keep to stay out of freezing. */
  readonly freezeLimit: bigint;
  /** Cycles that must be there when a call is sent, to transmit its response and execute the callback. */
  readonly responseReserve: bigint;
  /** Heap limit in bytes that growth in this message may not pass; 0 = none. */
  readonly heapLimit: number;
  /** How many more calls may be sent now to this receiver. */
  freeSlots(receiver: PrincipalText): number;
  /** Limits and prices of the canister's subnet. */
  readonly profile: SubnetProfile;
}

export interface MessageInput {
  /** One bit of `CONTEXT`. */
  readonly context: number;
  /** The context's name in error texts. */
  readonly mode: string;
  readonly stable: StableMemory;
  readonly environment: Environment;
  readonly caller: Uint8Array;
  readonly arg: Uint8Array;
  readonly balance: bigint;
  readonly instructionLimit: number;
  /** Instructions of a slice. */
  readonly sliceMax: number;
  readonly methodName?: string;
  readonly rejectCode?: number;
  readonly rejectText?: string;
  readonly deadlineNs?: bigint;
  /** Cycles that came with the call and were not accepted so far. */
  readonly cyclesAvailable?: bigint;
  readonly cyclesRefunded?: bigint;
  /** The call context was answered by an earlier message. */
  readonly answeredBefore?: boolean;
  /** Instructions of earlier messages of the call context. */
  readonly instructionsBefore?: number;
  /** Messages that are not sliced fail in one piece: queries and inspect_message. */
  readonly isSliced?: boolean;
  readonly replyBytesMax?: number;
  readonly stableDirtyBytesMax?: number;
  /** Certificate over the certified data, where there is one. */
  readonly certificate?: Uint8Array;
}

const textEncoder = new TextEncoder();
const NOTHING = new Uint8Array(0);

export class MessageContext {
  readonly context: number;
  readonly mode: string;
  readonly stable: StableMemory;
  readonly environment: Environment;
  readonly caller: Uint8Array;
  readonly arg: Uint8Array;
  readonly methodName: Uint8Array;
  readonly rejectCode: number;
  readonly rejectText: Uint8Array;
  readonly deadlineNs: bigint;
  readonly cyclesRefunded: bigint;
  readonly answeredBefore: boolean;
  readonly instructionsBefore: number;
  readonly instructionLimit: number;
  readonly sliceMax: number;
  readonly replyBytesMax: number;
  readonly stableDirtyPagesMax: number;
  readonly certificate: Uint8Array | undefined;

  balance: bigint;
  cyclesAvailable: bigint;
  accepted = 0n;
  answer: Answer | undefined;
  readonly replyParts: Uint8Array[] = [];
  replyBytes = 0;
  underConstruction: OutgoingCall | undefined;
  readonly calls: OutgoingCall[] = [];
  globalTimerNs: bigint | undefined;
  certifiedData: Uint8Array | undefined;
  readonly log: LogRecord[] = [];
  /** Bytes the log records of this message may still take before they push each other out. */
  logBytesUsed = 0;
  isAccepted = false;

  /** Instructions of the slices before the current one. */
  executedInSlices = 0;
  /** Value at which the counter was set for the current slice. */
  sliceStart = 0;

  constructor(input: MessageInput) {
    this.context = input.context;
    this.mode = input.mode;
    this.stable = input.stable;
    this.environment = input.environment;
    this.caller = input.caller;
    this.arg = input.arg;
    this.balance = input.balance;
    this.instructionLimit = input.instructionLimit;
    this.methodName = input.methodName === undefined ? NOTHING : textEncoder.encode(input.methodName);
    this.rejectCode = input.rejectCode ?? 0;
    this.rejectText = input.rejectText === undefined ? NOTHING : textEncoder.encode(input.rejectText);
    this.deadlineNs = input.deadlineNs ?? 0n;
    this.cyclesAvailable = input.cyclesAvailable ?? 0n;
    this.cyclesRefunded = input.cyclesRefunded ?? 0n;
    this.answeredBefore = input.answeredBefore ?? false;
    this.instructionsBefore = input.instructionsBefore ?? 0;
    this.sliceMax = (input.isSliced ?? true) ? input.sliceMax : input.instructionLimit;
    this.replyBytesMax = input.replyBytesMax ?? BYTES.replyMax;
    this.stableDirtyPagesMax = (input.stableDirtyBytesMax ?? BYTES.stableDirtyMaxUpdate) / 4_096;
    this.certificate = input.certificate;
  }
}
