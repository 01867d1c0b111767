/** Canister settings: validates and applies changes, and converts between Candid and the engine's own form. */
import { Principal } from '@icp-sdk/core/principal';
import type { PrincipalText } from '../../replica.js';
import { ERROR, userError, type UserError } from '../errors.js';
import type {
  CandidEnvironmentVariable,
  CandidLogVisibility,
  CandidSettings,
} from '../management-interface/arguments.js';
import { BYTES, COUNTS } from '../params.js';
import { comparePrincipals } from '../principals.js';
import type { CanisterSettings, LogVisibility } from '../state/canister.js';

const PERCENT_MAX = 100n;

/** Returns the settings after the change, or the error if the change is invalid. */
export function changedSettings(
  current: CanisterSettings,
  change: CandidSettings,
): CanisterSettings | UserError {
  const controllers = change.controllers[0]?.map((principal) => principal.toText());
  if (controllers && controllers.length > COUNTS.controllersMax) {
    const text = `Invalid settings: Controllers ${controllers.length} is larger than the maximum allowed ${COUNTS.controllersMax}`;
    return userError(ERROR.invalidManagementPayload, text);
  }
  const computeAllocation = change.compute_allocation[0] ?? current.computeAllocation;
  if (computeAllocation > PERCENT_MAX) {
    const text = `ComputeAllocation expected to be in the range [0..100], got ${computeAllocation}`;
    return userError(ERROR.contractViolation, text);
  }
  const variables = change.environment_variables[0];
  const violation = variables && variablesViolation(variables);
  if (violation !== undefined) return userError(ERROR.invalidManagementPayload, violation);
  const visibility = change.log_visibility[0];
  return {
    controllers: controllers ? sortedUnique(controllers) : current.controllers,
    computeAllocation,
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

/** Describes the first limit that the variables exceed. */
function variablesViolation(variables: readonly CandidEnvironmentVariable[]): string | undefined {
  const { environmentVariablesMax: countMax } = COUNTS;
  const { environmentVariableMax: bytesMax } = BYTES;
  if (variables.length > countMax) {
    return `Too many environment variables: ${variables.length} (max: ${countMax})`;
  }
  for (const { name, value } of variables) {
    if (Buffer.byteLength(name) > bytesMax) {
      return `Environment variable name "${name}" exceeds the maximum allowed length of ${bytesMax}.`;
    }
    if (Buffer.byteLength(value) > bytesMax) {
      return `Environment variable value "${value}" exceeds the maximum allowed length of ${bytesMax}.`;
    }
  }
  return undefined;
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
