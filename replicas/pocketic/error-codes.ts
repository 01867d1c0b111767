/**
 * Reject codes and error codes in the spelling of the PocketIC server.
 *
 * Server 10.0.0 derives serde for the two enums, so the protocol has the names of the variants (`"CanisterError"`,
 * `"CanisterCalledTrap"`), although `@dfinity/pic` 0.16.1 types them as numbers. Source of names and numbers: the `ic-error-types` crate
 * (`packages/ic-error-types/src/lib.rs`).
 */
import type { Reject, RejectCode } from '../replica.js';

const REJECT_CODES: ReadonlyMap<string, RejectCode> = new Map([
  ['SysFatal', 1],
  ['SysTransient', 2],
  ['DestinationInvalid', 3],
  ['CanisterReject', 4],
  ['CanisterError', 5],
  ['SysUnknown', 6],
]);

const ERROR_CODES: ReadonlyMap<string, number> = new Map([
  ['SubnetOversubscribed', 101],
  ['MaxNumberOfCanistersReached', 102],
  ['CanisterQueueFull', 201],
  ['IngressMessageTimeout', 202],
  ['CanisterQueueNotEmpty', 203],
  ['IngressHistoryFull', 204],
  ['CanisterIdAlreadyExists', 205],
  ['StopCanisterRequestTimeout', 206],
  ['CanisterOutOfCycles', 207],
  ['CertifiedStateUnavailable', 208],
  ['CanisterInstallCodeRateLimited', 209],
  ['CanisterHeapDeltaRateLimited', 210],
  ['SubnetCoolingDown', 211],
  ['CanisterNotFound', 301],
  ['CanisterSnapshotNotFound', 305],
  ['InsufficientMemoryAllocation', 402],
  ['InsufficientCyclesForCreateCanister', 403],
  ['SubnetNotFound', 404],
  ['CanisterNotHostedBySubnet', 405],
  ['CanisterRejectedMessage', 406],
  ['UnknownManagementMessage', 407],
  ['InvalidManagementPayload', 408],
  ['CanisterSnapshotImmutable', 409],
  ['InvalidSubnetAdmin', 410],
  ['CanisterTrapped', 502],
  ['CanisterCalledTrap', 503],
  ['CanisterContractViolation', 504],
  ['CanisterInvalidWasm', 505],
  ['CanisterDidNotReply', 506],
  ['CanisterOutOfMemory', 507],
  ['CanisterStopped', 508],
  ['CanisterStopping', 509],
  ['CanisterNotStopped', 510],
  ['CanisterStoppingCancelled', 511],
  ['CanisterInvalidController', 512],
  ['CanisterFunctionNotFound', 513],
  ['CanisterNonEmpty', 514],
  ['QueryCallGraphLoopDetected', 517],
  ['InsufficientCyclesInCall', 520],
  ['CanisterWasmEngineError', 521],
  ['CanisterInstructionLimitExceeded', 522],
  ['CanisterMemoryAccessLimitExceeded', 524],
  ['QueryCallGraphTooDeep', 525],
  ['QueryCallGraphTotalInstructionLimitExceeded', 526],
  ['CompositeQueryCalledInReplicatedMode', 527],
  ['QueryTimeLimitExceeded', 528],
  ['QueryCallGraphInternal', 529],
  ['InsufficientCyclesInComputeAllocation', 530],
  ['InsufficientCyclesInMemoryAllocation', 531],
  ['InsufficientCyclesInMemoryGrow', 532],
  ['ReservedCyclesLimitExceededInMemoryAllocation', 533],
  ['ReservedCyclesLimitExceededInMemoryGrow', 534],
  ['InsufficientCyclesInMessageMemoryGrow', 535],
  ['CanisterMethodNotFound', 536],
  ['CanisterWasmModuleNotFound', 537],
  ['CanisterAlreadyInstalled', 538],
  ['CanisterWasmMemoryLimitExceeded', 539],
  ['ReservedCyclesLimitIsTooLow', 540],
  ['CanisterInvalidControllerOrSubnetAdmin', 541],
  ['CanisterStatusAccessDenied', 542],
  ['DeadlineExpired', 601],
  ['ResponseDropped', 602],
]);

const REJECT_NAMES = new Map([...REJECT_CODES].map(([name, code]) => [code, name]));
const ERROR_NAMES = new Map([...ERROR_CODES].map(([name, code]) => [code, name]));

/** The body of `Err` in a canister result: `{reject_code, reject_message, error_code, certified}`. */
export interface WireReject {
  readonly reject_code: string | number;
  readonly reject_message: string;
  readonly error_code: string | number;
  readonly certified: boolean;
}

/** Formats 503 as `IC0503`, the spelling of the IC interface. */
export function formatErrorCode(code: number): string {
  return `IC${String(code).padStart(4, '0')}`;
}

/** Returns `undefined` for an unknown name. Numbers are accepted as well, because a later server may send them. */
export function rejectCodeFromWire(wire: string | number): RejectCode | undefined {
  if (typeof wire === 'string') return REJECT_CODES.get(wire);
  return REJECT_NAMES.has(wire as RejectCode) ? (wire as RejectCode) : undefined;
}

/** A name that is not in the table (from a newer server) is used as the error code itself. */
export function errorCodeFromWire(wire: string | number): string {
  if (typeof wire === 'number') return formatErrorCode(wire);
  const code = ERROR_CODES.get(wire);
  return code === undefined ? wire : formatErrorCode(code);
}

/** @throws {TypeError} if the reject code is unknown, because then the reply is not a reject */
export function rejectFromWire(wire: WireReject): Reject {
  const code = rejectCodeFromWire(wire.reject_code);
  if (code === undefined) throw new TypeError(`unknown reject code ${JSON.stringify(wire.reject_code)}`);
  return { kind: 'reject', code, errorCode: errorCodeFromWire(wire.error_code), text: wire.reject_message };
}

/** The inverse of `rejectFromWire`. An error code without a name is written as it is. */
export function rejectToWire(reject: Reject, certified: boolean): WireReject {
  const number = Number(/^IC(\d{4})$/.exec(reject.errorCode)?.[1] ?? Number.NaN);
  return {
    reject_code: REJECT_NAMES.get(reject.code) ?? String(reject.code),
    reject_message: reject.text,
    error_code: ERROR_NAMES.get(number) ?? reject.errorCode,
    certified,
  };
}
