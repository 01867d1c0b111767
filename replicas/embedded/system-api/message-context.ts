/** The input and the effects of one message execution, as the `ic0` functions read and write them. */
import type { PrincipalText } from '../../replica.js';
import type { MessageAccount } from '../accounting/message-account.js';
import { EMPTY_BYTES } from '../bytes.js';
import type { ExecutionWatch } from '../execution-watch.js';
import type { CoverageRecorder } from '../wasm/coverage-recorder.js';
import { BYTES } from '../params.js';
import type { StableMemory } from '../memory/stable-memory.js';
import type { SubnetProfile } from '../subnet-profile.js';
import { OS_PAGE_BYTES } from '../wasm/instrumented-module.js';
import { MessageLog } from './message-log.js';

/** An i32 in wasm32, an i64 in wasm64. */
export type CallbackArgument = number | bigint;

/** A callback: the index of a function in table 0 and its argument. */
export interface Closure {
  readonly fun: number;
  readonly env: CallbackArgument;
}

/** A call under construction, or a performed call that waits for the end of the message. */
export interface OutgoingCall {
  readonly callee: PrincipalText;
  readonly method: string;
  readonly onReply: Closure;
  readonly onReject: Closure;
  onCleanup: Closure | undefined;
  readonly payload: Uint8Array[];
  payloadBytes: number;
  cycles: bigint;
  /** Timeout of a best-effort call; `undefined` for a call with guaranteed response. */
  timeoutSeconds: number | undefined;
}

export type Answer =
  { readonly kind: 'reply'; readonly bytes: Uint8Array } | { readonly kind: 'reject'; readonly text: string };

/** The state of the canister and its subnet that a message can observe. */
export interface Environment {
  readonly self: PrincipalText;
  /** Principal of the subnet. */
  readonly subnet: Uint8Array;
  /** DER of the root key. */
  readonly rootKey: Uint8Array;
  readonly controllers: readonly PrincipalText[];
  /** Environment variables, sorted by name. */
  readonly variables: ReadonlyMap<string, string>;
  /** 1 running, 2 stopping, 3 stopped. */
  readonly status: 1 | 2 | 3;
  readonly version: number;
  readonly timeNs: bigint;
  readonly globalTimerNs: bigint;
  /** Number of further calls that the canister may send to the receiver. */
  freeSlots(receiver: PrincipalText): number;
  /** The largest subnet that holds threshold keys; `undefined` if there is none. */
  keySubnet(): SubnetProfile | undefined;
}

export interface MessageInput {
  /** One bit of `CONTEXT`. */
  readonly context: number;
  /** Name of the context in error texts. */
  readonly mode: string;
  readonly stable: StableMemory;
  readonly environment: Environment;
  readonly caller: Uint8Array;
  readonly arg: Uint8Array;
  /** The cycles and the memory of the canister. */
  readonly account: MessageAccount;
  readonly instructionLimit: number;
  /** Instructions of a slice. */
  readonly sliceMax: number;
  readonly methodName?: string;
  readonly rejectCode?: number;
  readonly rejectText?: string;
  readonly deadlineNs?: bigint;
  /** Cycles of the call that earlier messages did not accept. Default: 0. */
  readonly cyclesAvailable?: bigint;
  /** Cycles that the response returned. Default: 0. */
  readonly cyclesRefunded?: bigint;
  /** Whether an earlier message answered the call. Default: false. */
  readonly answeredBefore?: boolean;
  /** Instructions of earlier messages of the call context. Default: 0. */
  readonly instructionsBefore?: number;
  /** Whether the message runs in slices. Queries and inspect_message do not. Default: true. */
  readonly isSliced?: boolean;
  readonly replyBytesMax?: number;
  readonly stableDirtyBytesMax?: number;
  /** Creates the certificate of the certified data, for queries. */
  readonly certificate?: () => Uint8Array;
  /** May end the message. */
  readonly watch?: ExecutionWatch | undefined;
  /** Learns which instance ran the message. */
  readonly coverage?: CoverageRecorder | undefined;
}

const textEncoder = new TextEncoder();

/** One message execution: constant inputs, then the effects that `ic0` functions collect until the message ends. */
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
  readonly watch: ExecutionWatch | undefined;
  readonly coverage: CoverageRecorder | undefined;
  readonly hasCertificate: boolean;
  readonly #createCertificate: (() => Uint8Array) | undefined;
  #certificate: Uint8Array | undefined;

  readonly account: MessageAccount;
  cyclesAvailable: bigint;
  answer: Answer | undefined;
  readonly replyParts: Uint8Array[] = [];
  replyBytes = 0;
  /** The call between `call_new` and `call_perform`. */
  underConstruction: OutgoingCall | undefined;
  readonly calls: OutgoingCall[] = [];
  /** `undefined` if the message did not set the timer. */
  globalTimerNs: bigint | undefined;
  /** `undefined` if the message did not set certified data. */
  certifiedData: Uint8Array | undefined;
  readonly log = new MessageLog();
  /** Whether the message read the time. */
  readsTime = false;
  /** Whether the message read its balance. */
  readsBalance = false;
  /** Whether `accept_message` was called. */
  isAccepted = false;

  /** Instructions of the slices before the current one. */
  executedInSlices = 0;
  /** Instructions of the current slice. */
  sliceStart = 0;
  /** Instructions of the current slice that the counter does not contain yet, so that the watch is asked before they are executed. */
  sliceRest = 0;

  constructor(input: MessageInput) {
    this.context = input.context;
    this.mode = input.mode;
    this.stable = input.stable;
    this.environment = input.environment;
    this.caller = input.caller;
    this.arg = input.arg;
    this.account = input.account;
    this.instructionLimit = input.instructionLimit;
    this.methodName = input.methodName === undefined ? EMPTY_BYTES : textEncoder.encode(input.methodName);
    this.rejectCode = input.rejectCode ?? 0;
    this.rejectText = input.rejectText === undefined ? EMPTY_BYTES : textEncoder.encode(input.rejectText);
    this.deadlineNs = input.deadlineNs ?? 0n;
    this.cyclesAvailable = input.cyclesAvailable ?? 0n;
    this.cyclesRefunded = input.cyclesRefunded ?? 0n;
    this.answeredBefore = input.answeredBefore ?? false;
    this.instructionsBefore = input.instructionsBefore ?? 0;
    this.sliceMax = (input.isSliced ?? true) ? input.sliceMax : input.instructionLimit;
    this.replyBytesMax = input.replyBytesMax ?? BYTES.replyMax;
    this.stableDirtyPagesMax = (input.stableDirtyBytesMax ?? BYTES.stableDirtyMaxUpdate) / OS_PAGE_BYTES;
    this.hasCertificate = input.certificate !== undefined;
    this.#createCertificate = input.certificate;
    this.watch = input.watch;
    this.coverage = input.coverage;
  }

  /** The certificate is created when it is first read, because it is signed. `undefined` if there is none. */
  certificate(): Uint8Array | undefined {
    this.#certificate ??= this.#createCertificate?.();
    return this.#certificate;
  }
}
