/** The types of management methods: the call that a method receives and the outcomes it can return. */
import type { UserError } from '../errors.js';
import type {
  CandidInstallMode,
  ManagementArguments,
  ManagementMethod,
} from '../management-interface/arguments.js';
import type { Canister } from '../state/canister.js';
import type { CallInput } from '../state/messages.js';
import type { Subnet } from '../state/subnet.js';
import type { InstallCodeMode } from './install-code.js';

export type MethodOutcome =
  | {
      readonly kind: 'value';
      /** The result as a value of the method's Candid type. */
      readonly value: unknown;
      /** Cycles of the call that the method keeps; the rest is refunded. Default: 0. */
      readonly cyclesAccepted?: bigint;
      /** Instructions to count toward the round. Default: 0. */
      readonly instructions?: number;
    }
  /** Another message will answer the call. */
  | { readonly kind: 'later' }
  | { readonly kind: 'failed'; readonly error: UserError; readonly instructions?: number };

export const succeeded = (value?: unknown): MethodOutcome => ({ kind: 'value', value });
export function failed(error: UserError, instructions = 0): MethodOutcome {
  return { kind: 'failed', error, instructions };
}

/** A call of a method that concerns the subnet. */
export interface SubnetCall<M extends ManagementMethod = ManagementMethod> {
  readonly subnet: Subnet;
  readonly input: CallInput;
  readonly argument: ManagementArguments[M];
}

/** A call of a method that concerns one canister. The caller is already authorized. */
export interface CanisterCall<M extends ManagementMethod = ManagementMethod> extends SubnetCall<M> {
  readonly canister: Canister;
}

export type SubnetMethods = { readonly [M in ManagementMethod]?: (call: SubnetCall<M>) => MethodOutcome };
export type CanisterMethods = { readonly [M in ManagementMethod]?: (call: CanisterCall<M>) => MethodOutcome };

export function installModeOf(mode: CandidInstallMode): InstallCodeMode {
  if ('install' in mode) return { kind: 'install' };
  if ('reinstall' in mode) return { kind: 'reinstall' };
  const options = mode.upgrade[0];
  const persistence = options?.wasm_memory_persistence[0];
  return {
    kind: 'upgrade',
    skipPreUpgrade: options?.skip_pre_upgrade[0] ?? false,
    memory: persistence === undefined ? undefined : 'keep' in persistence ? 'keep' : 'replace',
  };
}
