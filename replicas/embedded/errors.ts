/**
 * Error codes and texts of PocketIC 10.0.0.
 *
 * Source: rs/interfaces/src/execution_environment/errors.rs, packages/ic-error-types/src/lib.rs; the golden traces.
 */
import type { PrincipalText, Reject, RejectCode } from '../replica.js';
import { BYTES } from './params.js';
import type { InvalidWasmError } from './wasm/instrumented-module.js';

/** Numeric IC error codes. The hundreds digit is the reject code. */
export const ERROR = {
  subnetOversubscribed: 101,
  canisterQueueFull: 201,
  ingressTimeout: 202,
  stopTimeout: 206,
  queueNotEmpty: 203,
  canisterOutOfCycles: 207,
  installRateLimited: 209,
  canisterNotFound: 301,
  snapshotNotFound: 305,
  notHostedBySubnet: 405,
  canisterRejectedMessage: 406,
  invalidManagementPayload: 408,
  insufficientCyclesForCreate: 403,
  unknownManagementMessage: 407,
  snapshotImmutable: 409,
  invalidArgument: 402,
  trapped: 502,
  calledTrap: 503,
  contractViolation: 504,
  invalidWasm: 505,
  didNotReply: 506,
  outOfMemory: 507,
  stopped: 508,
  stopping: 509,
  notStopped: 510,
  stopCancelled: 511,
  invalidController: 512,
  functionNotFound: 513,
  nonEmpty: 514,
  wasmEngine: 521,
  instructionLimit: 522,
  memoryAccessLimit: 524,
  callGraphDepth: 525,
  callGraphInstructions: 526,
  compositeInReplicated: 527,
  methodNotFound: 536,
  wasmModuleNotFound: 537,
  alreadyInstalled: 538,
  wasmMemoryLimit: 539,
  insufficientCyclesForCompute: 530,
  insufficientCyclesForMemory: 531,
  insufficientCyclesInGrowth: 532,
  reservedCyclesLimitInAllocation: 533,
  reservedCyclesLimitInGrowth: 534,
  reservedCyclesLimitTooLow: 540,
  deadlineExpired: 601,
  responseDropped: 602,
} as const;
export type ErrorNumber = (typeof ERROR)[keyof typeof ERROR];

const DOCUMENTATION = 'https://internetcomputer.org/docs/current/references/execution-errors#';
export function help(suggestion: string, anchor: string): string {
  return `${suggestion} See documentation: ${DOCUMENTATION}${anchor}`;
}

const TOOLCHAIN_HELP =
  'If you are running this canister in a test environment (e.g., dfx), make sure the test environment is up to date. ' +
  'Otherwise, this is likely an error with the compiler/CDK toolchain being used to build the canister. ' +
  'Please report the error to IC devs on the forum: https://forum.dfinity.org and include which language/CDK was used to create the canister.';
const HANDLE_FAILURES =
  'Consider gracefully handling failures from this canister or altering the canister to handle exceptions.';

/** The failure of a canister's code. */
export interface Fault {
  readonly code: ErrorNumber;
  readonly text: string;
  /** The text for callers who may read the canister's log: with the backtrace, if there is one. */
  readonly fullText: string;
  /** Advice that follows the text; empty if there is none. */
  readonly help: string;
  /** The record for the canister's log. Only traps write one. */
  readonly log: string | undefined;
}

/** Carries a `Fault` from a host function through the frames of the canister to `Machine.run`. */
export class FaultError extends Error {
  override readonly name = 'FaultError';
  readonly fault: Fault;

  constructor(fault: Fault) {
    super(fault.text);
    this.fault = fault;
  }
}

/** The reasons of wasm traps in PocketIC's terms. */
export type TrapReason =
  | 'stack overflow'
  | 'heap out of bounds'
  | 'stable memory out of bounds'
  | '32 bit stable memory api used on a memory larger than 4GB'
  | 'integer division by 0'
  | 'unreachable'
  | 'table out of bounds'
  | 'unknown';

/** A backtrace ends with a line feed. In errors, the full stop of the sentence therefore stands on the next line. */
function withBacktrace(text: string, backtrace: string | undefined): string {
  return backtrace === undefined ? text : `${text}\n${backtrace}`;
}

export function trapped(reason: TrapReason, backtrace?: string): Fault {
  return {
    code: ERROR.trapped,
    text: `Canister trapped: ${reason}`,
    fullText: withBacktrace(`Canister trapped: ${reason}`, backtrace),
    help: help(HANDLE_FAILURES, 'trapped'),
    log: withBacktrace(`[TRAP]: ${reason}`, backtrace),
  };
}

export function calledTrap(message: string, backtrace?: string): Fault {
  return {
    code: ERROR.calledTrap,
    text: `Canister called \`ic0.trap\` with message: '${message}'`,
    fullText: withBacktrace(`Canister called \`ic0.trap\` with message: '${message}'`, backtrace),
    help: help(HANDLE_FAILURES, 'trapped-explicitly'),
    log: withBacktrace(`[TRAP]: ${message === '' ? '(no message)' : message}`, backtrace),
  };
}

export function faultWithoutLog(code: ErrorNumber, text: string, helpText: string): Fault {
  return {
    code,
    text,
    fullText: text,
    help: helpText,
    log: undefined,
  };
}

/** A contract violation that points to a bug in the toolchain: a CDK prevents it. */
export function contractViolation(text: string): Fault {
  return faultWithoutLog(ERROR.contractViolation, `Canister violated contract: ${text}`, TOOLCHAIN_HELP);
}

/** A contract violation of the canister's developer, with advice. */
export function userContractViolation(text: string, suggestion = '', anchor = ''): Fault {
  return faultWithoutLog(
    ERROR.contractViolation,
    `Canister violated contract: ${text}`,
    anchor === '' ? suggestion : help(suggestion, anchor),
  );
}

/** An environment variable that does not exist. The text is complete. */
export function variableMissing(text: string): Fault {
  return faultWithoutLog(ERROR.contractViolation, text, '');
}

/** Recorded: trace 08, exchanges 1065 and 2364. All other names have an underscore. */
const NAMES_WITH_DOT: ReadonlySet<string> = new Set(['root_key_copy', 'subnet_self_copy']);

export function wrongMode(name: string, mode: string): Fault {
  return userContractViolation(
    `"ic0${NAMES_WITH_DOT.has(name) ? '.' : '_'}${name}" cannot be executed in ${mode} mode`,
    'Check the ICP documentation to make sure APIs are being called in the correct message types.',
    'calling-a-system-api-from-the-wrong-mode',
  );
}

export function payloadTooLarge(name: string, size: number, max: number): Fault {
  return userContractViolation(
    `ic0.${name}: application payload size (${size}) cannot be larger than ${max}.`,
    'Consider checking the response size and returning an error if it is too long.',
    `${name}-payload-too-large`,
  );
}

/** The fault of an installation whose module is refused. */
export function moduleRefused({ kind, message, advice }: InvalidWasmError): Fault {
  if (kind === 'engine') {
    return faultWithoutLog(ERROR.wasmEngine, `Canister encountered a Wasm engine error: ${message}`, '');
  }
  return faultWithoutLog(
    ERROR.invalidWasm,
    kind === 'invalid'
      ? `Canister's Wasm module is not valid: ${message}`
      : `Could not instrument wasm module of canister: ${message}`,
    advice ? help(advice.suggestion, advice.anchor) : TOOLCHAIN_HELP,
  );
}

export function functionNotFound(index: number): Fault {
  return faultWithoutLog(
    ERROR.functionNotFound,
    `Canister requested to invoke a non-existent Wasm function ${index} from table 0`,
    TOOLCHAIN_HELP,
  );
}

export function instructionLimitExceeded(limit: number): Fault {
  return faultWithoutLog(
    ERROR.instructionLimit,
    `Canister exceeded the limit of ${limit} instructions for single message execution.`,
    help(
      'Try optimizing this method to consume fewer instructions or split the work across multiple messages.',
      'instruction-limit-exceeded',
    ),
  );
}

/** The watch of this engine ended the message. */
export function executionEnded(reason: string): Fault {
  return faultWithoutLog(ERROR.instructionLimit, `The embedded engine ended the message: ${reason}`, '');
}

export function sliceOverrun(instructions: bigint, limit: number): Fault {
  return faultWithoutLog(
    ERROR.instructionLimit,
    `Canister attempted to perform a large memory operation that used ${instructions} instructions and exceeded the slice limit ${limit}.`,
    help('Try breaking up large copies within the canister code into smaller chunks.', 'slice-overrun'),
  );
}

export function memoryAccessLimitExceeded(text: string): Fault {
  return faultWithoutLog(
    ERROR.memoryAccessLimit,
    `Canister exceeded memory access limits: ${text}`,
    help(
      "Try optimizing the use of stable memory so that individual messages don't need to access as much stable memory.",
      'memory-access-limit-exceeded',
    ),
  );
}

export function methodNotFound(kind: 'update' | 'query' | 'composite_query', method: string): Fault {
  return faultWithoutLog(
    ERROR.methodNotFound,
    `Canister has no ${kind} method '${method}'.`,
    help('Check that the method being called is exported by the target canister.', 'method-not-found'),
  );
}

export function wasmModuleNotFound(): Fault {
  return faultWithoutLog(
    ERROR.wasmModuleNotFound,
    'Attempted to execute a message, but the canister contains no Wasm module.',
    help('Please install code to this canister before calling it.', 'wasm-module-not-found'),
  );
}

export function invalidPrincipal(): Fault {
  return faultWithoutLog(ERROR.contractViolation, 'Canister provided invalid principal id', TOOLCHAIN_HELP);
}

export function messageRejected(): Fault {
  return faultWithoutLog(ERROR.canisterRejectedMessage, 'Canister rejected the message', '');
}

/** The fault of a callback followed by the fault of its cleanup. */
export function cleanupFailed(callback: Fault, cleanup: Fault): Fault {
  return {
    code: callback.code,
    text: `${callback.text}\n\ncall_on_cleanup also failed:\n\n${cleanup.text}`,
    fullText: `${callback.fullText}\n\ncall_on_cleanup also failed:\n\n${cleanup.fullText}`,
    help: '',
    log: undefined,
  };
}

/** An error with its complete text, as a user receives it. */
export interface UserError {
  readonly code: ErrorNumber;
  readonly text: string;
}

export const userError = (code: ErrorNumber, text: string): UserError => ({ code, text: ellipsize(text) });

const NON_EMPTY_HELP = help(
  "Check that you want to overwrite the canister and, if so, use mode='reinstall'.",
  'canister-not-empty',
);
const NOT_STOPPED_HELP = help('Stop the canister before deleting it.', 'delete-canister-not-stopped');

export function canisterNonEmpty(id: PrincipalText): UserError {
  return userError(
    ERROR.nonEmpty,
    `Canister ${id} cannot be installed because the canister is not empty. Try installing with mode='reinstall' instead.\n${NON_EMPTY_HELP}`,
  );
}
export function canisterNotStopped(id: PrincipalText): UserError {
  return userError(
    ERROR.notStopped,
    `Canister ${id} must be stopped before it is deleted.\n${NOT_STOPPED_HELP}`,
  );
}
export function canisterNotFound(id: PrincipalText): UserError {
  return userError(ERROR.canisterNotFound, `Canister ${id} not found`);
}
export function canisterStopped(id: PrincipalText): UserError {
  return userError(ERROR.stopped, `Canister ${id} is stopped`);
}
export function canisterStopping(id: PrincipalText): UserError {
  return userError(ERROR.stopping, `Canister ${id} is stopping`);
}

export function compositeInReplicatedMode(): UserError {
  return userError(ERROR.compositeInReplicated, 'Composite query cannot be called in replicated mode');
}

/** The error that a fault causes. `isFull` adds the backtrace, which only readers of the canister's log may see. */
export function faultToUserError(canister: PrincipalText, fault: Fault, isFull: boolean): UserError {
  const text = isFull ? fault.fullText : fault.text;
  return userError(
    fault.code,
    `Error from Canister ${canister}: ${text}${fault.help === '' ? '' : `.\n${fault.help}`}`,
  );
}

const ELLIPSIS = '...';
const utf8 = new TextEncoder();
const utf8Parts = new TextDecoder('utf-8', { ignoreBOM: true });

/** Cuts the middle of a text of more than 8 KiB, at boundaries of characters. */
function ellipsize(text: string): string {
  const max = BYTES.errorTextMax;
  // A character has at most three bytes for each unit of UTF-16.
  if (text.length * 3 <= max) return text;
  const bytes = utf8.encode(text);
  if (bytes.length <= max) return text;
  let prefix = max / 2;
  while (isContinuation(bytes, prefix)) prefix--;
  let suffix = bytes.length - (max / 2 - ELLIPSIS.length);
  while (isContinuation(bytes, suffix)) suffix++;
  return `${utf8Parts.decode(bytes.subarray(0, prefix))}${ELLIPSIS}${utf8Parts.decode(bytes.subarray(suffix))}`;
}

/** Whether the byte at `index` is inside of a character. */
function isContinuation(bytes: Uint8Array, index: number): boolean {
  return ((bytes[index] ?? 0) & 0xc0) === 0x80;
}

export const rejectCodeOf = (code: ErrorNumber): RejectCode => Math.floor(code / 100) as RejectCode;
export const errorCodeText = (code: ErrorNumber): string => `IC${String(code).padStart(4, '0')}`;

export function userErrorToReject({ code, text }: UserError): Reject {
  return {
    kind: 'reject',
    code: rejectCodeOf(code),
    errorCode: errorCodeText(code),
    text: ellipsize(text),
  };
}
