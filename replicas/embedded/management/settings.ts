/** Settings of a canister: from Candid, checked, applied, and back. */
import { Principal } from '@dfinity/principal';
import type { PrincipalText } from '../../replica.js';
import { ERROR, userError, type UserError } from '../errors.js';
import { BYTES, COUNTS } from '../params.js';
import type { CanisterSettings, LogVisibility } from '../state/canister.js';

type CandidOpt<T> = [] | [T];
type CandidLogVisibility = { controllers: null } | { public: null } | { allowed_viewers: Principal[] };

interface CandidVariable {
  readonly name: string;
  readonly value: string;
}

/** `record { … }` as `@dfinity/candid` decodes it. */
export interface CandidSettings {
  readonly controllers: CandidOpt<Principal[]>;
  readonly compute_allocation: CandidOpt<bigint>;
  readonly memory_allocation: CandidOpt<bigint>;
  readonly freezing_threshold: CandidOpt<bigint>;
  readonly reserved_cycles_limit: CandidOpt<bigint>;
  readonly log_visibility: CandidOpt<CandidLogVisibility>;
  readonly wasm_memory_limit: CandidOpt<bigint>;
  readonly wasm_memory_threshold: CandidOpt<bigint>;
  readonly environment_variables: CandidOpt<readonly CandidVariable[]>;
}

const PERCENT_MAX = 100n;

/** The settings after the change, or why it is refused. */
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
  const excess = variables && excessOf(variables);
  if (excess !== undefined) return userError(ERROR.invalidManagementPayload, excess);
  const visibility = change.log_visibility[0];
  return {
    controllers: controllers ? sortedUnique(controllers) : current.controllers,
    computeAllocation,
    memoryAllocation: change.memory_allocation[0] ?? current.memoryAllocation,
    freezingThresholdSeconds: change.freezing_threshold[0] ?? current.freezingThresholdSeconds,
    reservedCyclesLimit: change.reserved_cycles_limit[0] ?? current.reservedCyclesLimit,
    logVisibility: visibility ? logVisibility(visibility) : current.logVisibility,
    wasmMemoryLimit: change.wasm_memory_limit[0] ?? current.wasmMemoryLimit,
    wasmMemoryThreshold: change.wasm_memory_threshold[0] ?? current.wasmMemoryThreshold,
    environmentVariables: variables ? sortedByName(variables) : current.environmentVariables,
  };
}

export const isUserError = (value: CanisterSettings | UserError): value is UserError => 'code' in value;

/** What is too much about them. */
function excessOf(variables: readonly CandidVariable[]): string | undefined {
  const { environmentVariablesMax: countMax } = COUNTS;
  const { environmentVariableMax: bytesMax } = BYTES;
  if (variables.length > countMax)
    return `Too many environment variables: ${variables.length} (max: ${countMax})`;
  for (const { name, value } of variables) {
    if (Buffer.byteLength(name) > bytesMax)
      return `Environment variable name "${name}" exceeds the maximum allowed length of ${bytesMax}.`;
    if (Buffer.byteLength(value) > bytesMax)
      return `Environment variable value "${value}" exceeds the maximum allowed length of ${bytesMax}.`;
  }
  return undefined;
}

function sortedByName(variables: readonly CandidVariable[]): ReadonlyMap<string, string> {
  return new Map(
    variables
      .map(({ name, value }) => [name, value] as const)
      .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
  );
}

/** The replica keeps controllers as a set ordered by bytes. */
function sortedUnique(principals: readonly PrincipalText[]): PrincipalText[] {
  return [...new Set(principals)].sort((a, b) =>
    Buffer.compare(Principal.fromText(a).toUint8Array(), Principal.fromText(b).toUint8Array()),
  );
}

function logVisibility(value: CandidLogVisibility): LogVisibility {
  if ('allowed_viewers' in value) {
    return { kind: 'allowed_viewers', viewers: value.allowed_viewers.map((viewer) => viewer.toText()) };
  }
  return 'public' in value ? { kind: 'public' } : { kind: 'controllers' };
}

export function settingsToCandid(settings: CanisterSettings) {
  return {
    controllers: settings.controllers.map((text) => Principal.fromText(text)),
    compute_allocation: settings.computeAllocation,
    memory_allocation: settings.memoryAllocation,
    freezing_threshold: settings.freezingThresholdSeconds,
    reserved_cycles_limit: settings.reservedCyclesLimit,
    log_visibility: logVisibilityToCandid(settings.logVisibility),
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
