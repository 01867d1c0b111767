/**
 * Names that PocketIC 10.0.0 gives to reject codes and error codes in JSON.
 *
 * Source: packages/ic-error-types/src/lib.rs.
 */
export const REJECT_CODE_NAMES: Readonly<Record<number, string>> = {
  1: 'SysFatal',
  2: 'SysTransient',
  3: 'DestinationInvalid',
  4: 'CanisterReject',
  5: 'CanisterError',
  6: 'SysUnknown',
};

/** Those that the golden traces show. */
export const ERROR_CODE_NAMES: Readonly<Record<string, string>> = {
  IC0301: 'CanisterNotFound',
  IC0406: 'CanisterRejectedMessage',
  IC0502: 'CanisterTrapped',
  IC0503: 'CanisterCalledTrap',
  IC0504: 'CanisterContractViolation',
  IC0505: 'CanisterInvalidWasm',
  IC0506: 'CanisterDidNotReply',
  IC0508: 'CanisterStopped',
  IC0510: 'CanisterNotStopped',
  IC0514: 'CanisterNonEmpty',
  IC0522: 'CanisterInstructionLimitExceeded',
  IC0536: 'CanisterMethodNotFound',
  IC0537: 'CanisterWasmModuleNotFound',
};
