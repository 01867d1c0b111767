/** The errors of accounting: what a canister cannot pay for, and what exceeds a limit of memory. Texts: recorded, traces 04, 06, 07. */
import { ERROR, faultWithoutLog, help, userError, type Fault, type UserError } from '../errors.js';
import type { PrincipalText } from '../../replica.js';

/** Writes cycles with an underscore between groups of three digits. */
export function cyclesText(amount: bigint): string {
  return amount.toString().replace(/\B(?=(\d{3})+$)/g, '_');
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'] as const;

/** Writes bytes in the largest unit that they exceed, with two decimals: 2^40 bytes are 1024.00 GiB. */
export function bytesText(bytes: bigint): string {
  let unit = 0;
  while (unit < UNITS.length - 1 && bytes > 1_024n ** BigInt(unit + 1)) unit++;
  const name = UNITS[unit] ?? 'B';
  return unit === 0 ? `${bytes} ${name}` : `${(Number(bytes) / 1_024 ** unit).toFixed(2)} ${name}`;
}

function memoryGrowthText(bytes: number, missing: bigint | undefined): string {
  const advice =
    missing === undefined ? '' : ` At least ${cyclesText(missing)} additional cycles are required.`;
  return `Canister cannot grow memory by ${bytes} bytes due to insufficient cycles.${advice}`;
}

function reservationText(bytes: number, limit: bigint, excess: bigint): string {
  return `Canister cannot grow memory by ${bytes} bytes due to its reserved cycles limit. The current limit (${cyclesText(limit)}) would be exceeded by ${cyclesText(excess)}.`;
}

const TOP_UP = 'Top up the canister with more cycles.';
const RAISE_RESERVED_LIMIT =
  "Try increasing this canister's reserved cycles limit or moving it to a subnet with lower memory usage.";
const OTHER_SUBNET = 'Try moving to another subnet.';

function managementError(
  code: UserError['code'],
  text: string,
  suggestion: string,
  anchor: string,
): UserError {
  return userError(code, `${text}\n${help(suggestion, anchor)}`);
}

/** The memory of a message grows beyond what the canister can pay for. `missing`: cycles, if the caller may know them. */
export function memoryGrowthUnpaid(bytes: number, missing: bigint | undefined): Fault {
  return faultWithoutLog(
    ERROR.insufficientCyclesInGrowth,
    memoryGrowthText(bytes, missing),
    help('Try topping up the canister.', 'insufficient-cycles-in-memory-grow'),
  );
}

/** The same in a call to the management canister. */
export function managedGrowthUnpaid(bytes: number, missing: bigint): UserError {
  const text = memoryGrowthText(bytes, missing);
  return managementError(
    ERROR.insufficientCyclesInGrowth,
    text,
    TOP_UP,
    'insufficient-cycles-in-memory-grow-1',
  );
}

/** The memory of a message grows, and the cycles that this reserves exceed the limit of the settings. */
export function reservedLimitExceeded(bytes: number, limit: bigint, excess: bigint): Fault {
  return faultWithoutLog(
    ERROR.reservedCyclesLimitInGrowth,
    reservationText(bytes, limit, excess),
    help(
      "Try increasing the canister's reserved cycles limit.",
      'reserved-cycles-limit-exceeded-in-memory-grow',
    ),
  );
}

/** The same in a call to the management canister. */
export function managedReservedLimitExceeded(bytes: number, limit: bigint, excess: bigint): UserError {
  return managementError(
    ERROR.reservedCyclesLimitInGrowth,
    reservationText(bytes, limit, excess),
    RAISE_RESERVED_LIMIT,
    'reserved-cycles-limit-exceeded-in-memory-grow',
  );
}

export function allocationReservedLimitExceeded(
  allocation: bigint,
  limit: bigint,
  excess: bigint,
): UserError {
  return managementError(
    ERROR.reservedCyclesLimitInAllocation,
    `Cannot increase memory allocation to ${allocationText(allocation)} due to its reserved cycles limit. The current limit (${cyclesText(limit)}) would be exceeded by ${cyclesText(excess)}.`,
    RAISE_RESERVED_LIMIT,
    'reserved-cycles-limit-exceeded-in-memory-allocation',
  );
}

export function reservedLimitTooLow(reserved: bigint, limit: bigint): UserError {
  return userError(
    ERROR.reservedCyclesLimitTooLow,
    `Cannot set the reserved cycles limit ${cyclesText(limit)} below the reserved cycles balance of the canister ${cyclesText(reserved)}.\n` +
      'Set the reserved cycles limit in the canister settings to a value that is at least the current reserved cycles balance. See documentation: reserved-cycles-limit-is-too-low',
  );
}

export function computeAllocationUnpaid(percent: bigint, missing: bigint): UserError {
  return managementError(
    ERROR.insufficientCyclesForCompute,
    `Cannot increase compute allocation to ${percent}% due to insufficient cycles. At least ${cyclesText(missing)} additional cycles are required.`,
    TOP_UP,
    'insufficient-cycles-in-compute-allocation',
  );
}

export function memoryAllocationUnpaid(allocation: bigint, missing: bigint): UserError {
  return managementError(
    ERROR.insufficientCyclesForMemory,
    `Cannot increase memory allocation to ${allocationText(allocation)} due to insufficient cycles. At least ${cyclesText(missing)} additional cycles are required.`,
    TOP_UP,
    'insufficient-cycles-in-memory-allocation',
  );
}

export function memoryAllocationTooSmall(allocation: bigint, usedBytes: number): UserError {
  return managementError(
    ERROR.invalidArgument,
    `Canister was given ${allocationText(allocation)} memory allocation but at least ${usedBytes} of memory is needed.`,
    "Try increasing the canister's memory allocation.",
    'not-enough-memory-allocation-given',
  );
}

export function subnetMemoryExhausted(requested: bigint, available: bigint): UserError {
  return managementError(
    ERROR.subnetOversubscribed,
    `Canister requested ${bytesText(requested)} of memory but only ${bytesText(available)} are available in the subnet.`,
    OTHER_SUBNET,
    'subnet-memory-capacity-oversubscribed',
  );
}

export function subnetComputeExhausted(requested: bigint, available: bigint): UserError {
  return managementError(
    ERROR.subnetOversubscribed,
    `Canister requested a compute allocation of ${requested}% which cannot be satisfied because the Subnet's remaining compute capacity is ${available}%.`,
    OTHER_SUBNET,
    'subnet-compute-capacity-oversubscribed',
  );
}

function allocationText(bytes: bigint): string {
  return bytes === 0n ? 'best-effort' : bytesText(bytes);
}

export function outOfMemory(): Fault {
  return faultWithoutLog(
    ERROR.outOfMemory,
    'Canister cannot grow its memory usage.',
    help(
      "Check the canister's memory usage against its allocation and the system wide limits to determine why more memory cannot be allocated.",
      'out-of-memory',
    ),
  );
}

export function wasmMemoryLimitExceeded(used: number, limit: bigint): Fault {
  return faultWithoutLog(
    ERROR.wasmMemoryLimit,
    `Canister exceeded its current Wasm memory limit of ${limit} bytes. The peak Wasm memory usage was ${used} bytes. ` +
      'If the canister reaches 4GiB, then it may stop functioning and may become unrecoverable. ' +
      'Please reach out to the canister owner to investigate the reason for the increased memory usage. ' +
      'It might be necessary to move data from the Wasm memory to the stable memory. ' +
      'If such high Wasm memory usage is expected and safe, then the developer can increase the Wasm memory limit in the canister settings.',
    help(
      'Try checking the canister for a possible memory leak or modifying it to use more stable memory instead of Wasm memory.',
      'wasm-memory-limit-exceeded',
    ),
  );
}

function outOfCyclesText(canister: PrincipalText, missing: bigint | undefined): string {
  const advice =
    missing === undefined
      ? ''
      : `: please top up the canister with at least ${cyclesText(missing)} additional cycles`;
  return `Canister ${canister} is out of cycles${advice}`;
}

/** The canister cannot pay for a message. Only a controller learns the missing amount. */
export function outOfCycles(canister: PrincipalText, missing: bigint | undefined): UserError {
  return userError(ERROR.canisterOutOfCycles, outOfCyclesText(canister, missing));
}

/** A message attaches more cycles to a call than the canister may spend. */
export function attachedTooMuch(canister: PrincipalText): Fault {
  return faultWithoutLog(ERROR.contractViolation, outOfCyclesText(canister, undefined), '');
}

export function frozenForQueries(canister: PrincipalText): UserError {
  return userError(
    ERROR.canisterOutOfCycles,
    `Canister ${canister} is unable to process query calls because it's frozen. Please top up the canister with cycles and try again.`,
  );
}

export function installationUnpaid({ code, text }: UserError): UserError {
  return managementError(
    code,
    `Canister installation failed with \`${text}\`.`,
    TOP_UP,
    'install-code-not-enough-cycles',
  );
}

export function snapshotUnpaid({ code, text }: UserError): UserError {
  return userError(
    code,
    `Canister snapshotting failed with: \`${text}\`\n` +
      'Try sending more cycles with the request. See documentation: canister-snapshot-not-enough-cycles',
  );
}

export function creationUnpaid(sent: bigint, fee: bigint): UserError {
  return managementError(
    ERROR.insufficientCyclesForCreate,
    `Creating a canister requires a fee of ${cyclesText(fee)} that is deducted from the canister's initial balance but only ${cyclesText(sent)} cycles were received with the create_canister request.`,
    'Try sending more cycles with the request.',
    'create-canister-not-enough-cycles',
  );
}
