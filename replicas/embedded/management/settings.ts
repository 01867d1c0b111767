/** Canister settings: validates and applies changes, and converts between Candid and the engine's own form. */
import { Principal } from '@icp-sdk/core/principal';
import type { PrincipalText } from '../../replica.js';
import { ERROR, userError, type UserError } from '../errors.js';
import { cyclesText } from '../accounting/account-errors.js';
import type {
  CandidEnvironmentVariable,
  CandidLogVisibility,
  CandidSettings,
} from '../management-interface/arguments.js';
import { BYTES, COUNTS } from '../params.js';
import { comparePrincipals } from '../principals.js';
import type { CanisterSettings, LogVisibility } from '../state/canister.js';

/** Returns the settings after the change, or the error if the change is invalid. */
export function changedSettings(
  current: CanisterSettings,
  change: CandidSettings,
): CanisterSettings | UserError {
  const violation = settingsViolation(change) ?? environmentViolation(change) ?? logViolation(change);
  if (violation) return violation;
  const controllers = change.controllers[0]?.map((principal) => principal.toText());
  const variables = change.environment_variables[0];
  const visibility = change.log_visibility[0];
  return {
    controllers: controllers ? sortedUnique(controllers) : current.controllers,
    computeAllocation: change.compute_allocation[0] ?? current.computeAllocation,
    memoryAllocation: change.memory_allocation[0] ?? current.memoryAllocation,
    freezingThresholdSeconds: change.freezing_threshold[0] ?? current.freezingThresholdSeconds,
    reservedCyclesLimit: change.reserved_cycles_limit[0] ?? current.reservedCyclesLimit,
    logVisibility: visibility ? logVisibilityFromCandid(visibility) : current.logVisibility,
    wasmMemoryLimit: change.wasm_memory_limit[0] ?? current.wasmMemoryLimit,
    wasmMemoryThreshold: change.wasm_memory_threshold[0] ?? current.wasmMemoryThreshold,
    environmentVariables: variables ? sortedByName(variables) : current.environmentVariables,
  };
}

export const isUserError = (value: CanisterSettings | UserError): value is UserError => 'code' in value;

type NumericSetting =
  | 'compute_allocation'
  | 'memory_allocation'
  | 'freezing_threshold'
  | 'reserved_cycles_limit'
  | 'log_memory_limit'
  | 'wasm_memory_limit'
  | 'wasm_memory_threshold';

interface SettingRange {
  readonly field: NumericSetting;
  readonly max: bigint;
  /** The text before the value. */
  readonly text: string;
}

const NAT64_MAX = 2n ** 64n - 1n;

/** The ranges of numbers in the order in which they are checked. Recorded: trace 07. */
const RANGES: readonly SettingRange[] = [
  {
    field: 'compute_allocation',
    max: 100n,
    text: 'ComputeAllocation expected to be in the range [0..100], got ',
  },
  {
    field: 'memory_allocation',
    max: NAT64_MAX,
    text: 'MemoryAllocation expected to be in the range [0..2^64-1], got ',
  },
  {
    field: 'freezing_threshold',
    max: NAT64_MAX,
    text: 'Freezing threshold expected to be in the range of [0..2^64-1], got ',
  },
  {
    field: 'reserved_cycles_limit',
    max: 2n ** 128n - 1n,
    text: 'Reserved cycles limit expected to be in the range of [0..2^128-1], got ',
  },
  {
    field: 'log_memory_limit',
    max: NAT64_MAX,
    text: 'Log memory limit expected to be in the range of [0..2^64-1], got ',
  },
  {
    field: 'wasm_memory_limit',
    max: 2n ** 48n,
    // The text does not name the limit that is checked.
    text: 'Wasm memory limit expected to be in the range of [0..2^64-1], got ',
  },
  {
    field: 'wasm_memory_threshold',
    max: NAT64_MAX,
    text: 'Wasm memory threshold expected to be in the range of [0..2^64-1], got ',
  },
];

/** Values that no canister may have. They are looked at before the canister. */
export function settingsViolation(change: CandidSettings): UserError | undefined {
  for (const { field, max, text } of RANGES) {
    const [value] = change[field];
    if (value !== undefined && value > max)
      return userError(ERROR.contractViolation, text + cyclesText(value));
  }
  const [variables] = change.environment_variables;
  const hasDuplicate = variables && new Set(variables.map(({ name }) => name)).size < variables.length;
  return hasDuplicate
    ? userError(ERROR.invalidManagementPayload, 'Duplicate environment variables are not allowed')
    : undefined;
}

/** The first limit that the variables exceed. They are checked in the order of their names. */
function environmentViolation({ environment_variables }: CandidSettings): UserError | undefined {
  const [variables] = environment_variables;
  const { environmentVariablesMax: countMax } = COUNTS;
  const { environmentVariableMax: bytesMax } = BYTES;
  const invalid = (text: string): UserError => userError(ERROR.invalidManagementPayload, text);
  const tooLong = (part: string, text: string): UserError =>
    invalid(`Environment variable ${part} "${text}" exceeds the maximum allowed length of ${bytesMax}.`);
  if (!variables) return undefined;
  if (variables.length > countMax) {
    return invalid(`Too many environment variables: ${variables.length} (max: ${countMax})`);
  }
  for (const [name, value] of sortedByName(variables)) {
    if (Buffer.byteLength(name) > bytesMax) return tooLong('name', name);
    if (Buffer.byteLength(value) > bytesMax) return tooLong('value', value);
  }
  return undefined;
}

/** The log has one size, which a setting may only confirm. */
function logViolation({ log_memory_limit }: CandidSettings): UserError | undefined {
  const limit = BigInt(BYTES.logMax);
  const [bytes = limit] = log_memory_limit;
  if (bytes === limit) return undefined;
  const [problem, bound] = bytes < limit ? ['low', 'at least'] : ['high', 'at most'];
  const text = `The canister log memory limit ${bytes} is too ${problem}. It must be ${bound} ${limit}.`;
  return userError(ERROR.canisterRejectedMessage, text);
}

function sortedByName(variables: readonly CandidEnvironmentVariable[]): ReadonlyMap<string, string> {
  return new Map(
    variables
      .map(({ name, value }) => [name, value] as const)
      .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
  );
}

/** The replica keeps controllers as an ordered set. */
function sortedUnique(principals: readonly PrincipalText[]): PrincipalText[] {
  return [...new Set(principals)].sort(comparePrincipals);
}

function logVisibilityFromCandid(value: CandidLogVisibility): LogVisibility {
  if ('allowed_viewers' in value) {
    return { kind: 'allowed_viewers', viewers: value.allowed_viewers.map((viewer) => viewer.toText()) };
  }
  return 'public' in value ? { kind: 'public' } : { kind: 'controllers' };
}

/** Principals that stand for several controllers, and for none. Recorded: trace 06, exchange 462. */
const MULTIPLE_CONTROLLERS = 'ifxlm-aqaaa-multi-pleco-ntrol-lersa-h3ae';
const NO_CONTROLLERS = 'zrl4w-cqaaa-nocon-troll-eraaa-d5qc';

/** The field `controller` of an early form of the interface, in which a canister had one controller. */
export function controllerToCandid({ controllers }: CanisterSettings): Principal {
  const [only] = controllers;
  return Principal.fromText(controllers.length > 1 ? MULTIPLE_CONTROLLERS : (only ?? NO_CONTROLLERS));
}

export function settingsToCandid(settings: CanisterSettings) {
  return {
    controllers: settings.controllers.map((text) => Principal.fromText(text)),
    controller: controllerToCandid(settings),
    log_memory_limit: BigInt(BYTES.logMax),
    compute_allocation: settings.computeAllocation,
    memory_allocation: settings.memoryAllocation,
    freezing_threshold: settings.freezingThresholdSeconds,
    reserved_cycles_limit: settings.reservedCyclesLimit,
    log_visibility: logVisibilityToCandid(settings.logVisibility),
    // The engine has no such setting. Snapshots are always those of the controllers.
    snapshot_visibility: { controllers: null },
    wasm_memory_limit: settings.wasmMemoryLimit,
    wasm_memory_threshold: settings.wasmMemoryThreshold,
    environment_variables: [...settings.environmentVariables].map(([name, value]) => ({ name, value })),
  };
}

function logVisibilityToCandid(visibility: LogVisibility) {
  return visibility.kind === 'allowed_viewers'
    ? { allowed_viewers: visibility.viewers.map((text) => Principal.fromText(text)) }
    : { [visibility.kind]: null };
}
