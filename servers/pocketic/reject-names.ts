/**
 * Names of reject codes and error codes, as server 10.0.0 writes them (`packages/ic-error-types/src/lib.rs`). The table has an entry
 * for every code of the engine; the compiler reports a missing one. The name belongs to the number: the engine's own name for it may
 * be narrower.
 */
import type { Reject, RejectCode } from '../../replicas/replica.js';
import { ERROR } from '../../replicas/embedded/errors.js';

const REJECT_NAMES: Readonly<Record<RejectCode, string>> = {
  1: 'SysFatal',
  2: 'SysTransient',
  3: 'DestinationInvalid',
  4: 'CanisterReject',
  5: 'CanisterError',
  6: 'SysUnknown',
};

const ERROR_NAMES: Readonly<Record<keyof typeof ERROR, string>> = {
  subnetOversubscribed: 'SubnetOversubscribed',
  canisterQueueFull: 'CanisterQueueFull',
  ingressTimeout: 'IngressMessageTimeout',
  stopTimeout: 'StopCanisterRequestTimeout',
  queueNotEmpty: 'CanisterQueueNotEmpty',
  canisterOutOfCycles: 'CanisterOutOfCycles',
  installRateLimited: 'CanisterInstallCodeRateLimited',
  canisterNotFound: 'CanisterNotFound',
  snapshotNotFound: 'CanisterSnapshotNotFound',
  notHostedBySubnet: 'CanisterNotHostedBySubnet',
  canisterRejectedMessage: 'CanisterRejectedMessage',
  invalidManagementPayload: 'InvalidManagementPayload',
  insufficientCyclesForCreate: 'InsufficientCyclesForCreateCanister',
  unknownManagementMessage: 'UnknownManagementMessage',
  snapshotImmutable: 'CanisterSnapshotImmutable',
  invalidArgument: 'InsufficientMemoryAllocation',
  trapped: 'CanisterTrapped',
  calledTrap: 'CanisterCalledTrap',
  contractViolation: 'CanisterContractViolation',
  invalidWasm: 'CanisterInvalidWasm',
  didNotReply: 'CanisterDidNotReply',
  outOfMemory: 'CanisterOutOfMemory',
  stopped: 'CanisterStopped',
  stopping: 'CanisterStopping',
  notStopped: 'CanisterNotStopped',
  stopCancelled: 'CanisterStoppingCancelled',
  invalidController: 'CanisterInvalidController',
  functionNotFound: 'CanisterFunctionNotFound',
  nonEmpty: 'CanisterNonEmpty',
  wasmEngine: 'CanisterWasmEngineError',
  instructionLimit: 'CanisterInstructionLimitExceeded',
  memoryAccessLimit: 'CanisterMemoryAccessLimitExceeded',
  callGraphDepth: 'QueryCallGraphTooDeep',
  callGraphInstructions: 'QueryCallGraphTotalInstructionLimitExceeded',
  compositeInReplicated: 'CompositeQueryCalledInReplicatedMode',
  methodNotFound: 'CanisterMethodNotFound',
  wasmModuleNotFound: 'CanisterWasmModuleNotFound',
  alreadyInstalled: 'CanisterAlreadyInstalled',
  wasmMemoryLimit: 'CanisterWasmMemoryLimitExceeded',
  insufficientCyclesForCompute: 'InsufficientCyclesInComputeAllocation',
  insufficientCyclesForMemory: 'InsufficientCyclesInMemoryAllocation',
  insufficientCyclesInGrowth: 'InsufficientCyclesInMemoryGrow',
  reservedCyclesLimitInAllocation: 'ReservedCyclesLimitExceededInMemoryAllocation',
  reservedCyclesLimitInGrowth: 'ReservedCyclesLimitExceededInMemoryGrow',
  reservedCyclesLimitTooLow: 'ReservedCyclesLimitIsTooLow',
  deadlineExpired: 'DeadlineExpired',
  responseDropped: 'ResponseDropped',
};

const NAME_BY_CODE = new Map(
  Object.entries(ERROR_NAMES).map(([key, name]) => [
    `IC${String(ERROR[key as keyof typeof ERROR]).padStart(4, '0')}`,
    name,
  ]),
);

export interface WireReject {
  readonly reject_code: string;
  readonly reject_message: string;
  readonly error_code: string;
  readonly certified: boolean;
}

/** An error code without a name is written as it is, for example `IC0999`. */
export function rejectToWire(reject: Reject, certified: boolean): WireReject {
  return {
    reject_code: REJECT_NAMES[reject.code],
    reject_message: reject.text,
    error_code: NAME_BY_CODE.get(reject.errorCode) ?? reject.errorCode,
    certified,
  };
}
