/** The shape of a management method: what it gets and what it may answer. */
import type { UserError } from '../errors.js';
import type { Canister } from '../state/canister.js';
import type { CallInput } from '../state/messages.js';
import type { Subnet } from '../state/subnet.js';
import type { ManagementMethod } from './candid-types.js';
import type { InstallCodeMode } from './install-code.js';

export type MethodOutcome =
  | {
      readonly kind: 'value';
      readonly value: unknown;
      readonly cyclesAccepted?: bigint;
      readonly instructions?: number;
    }
  | {
      readonly kind: 'done';
      readonly bytes: Uint8Array;
      readonly cyclesAccepted: bigint;
      readonly instructions?: number;
    }
  /** Answered by something else, later. */
  | { readonly kind: 'later'; readonly instructions?: number }
  | { readonly kind: 'failed'; readonly error: UserError; readonly instructions?: number };

export const done = (value?: unknown): MethodOutcome => ({ kind: 'value', value });
export function failed(error: UserError, instructions = 0): MethodOutcome {
  return {
    kind: 'failed',
    error,
    instructions,
  };
}

export interface SubnetCall {
  readonly subnet: Subnet;
  readonly input: CallInput;
  // The Candid type of the method, checked by the decoder.
  readonly argument: any;
}
export interface CanisterCall extends SubnetCall {
  readonly canister: Canister;
}

export type CanisterMethods = Partial<Record<ManagementMethod, (call: CanisterCall) => MethodOutcome>>;

/** Candid blobs arrive as `Uint8Array` or, if typed otherwise, as a list of numbers. */
export function toBytes(blob: Uint8Array | number[]): Uint8Array {
  return blob instanceof Uint8Array ? blob : Uint8Array.from(blob);
}

export function installMode(mode: Record<string, unknown>): InstallCodeMode {
  if ('install' in mode) return { kind: 'install' };
  if ('reinstall' in mode) return { kind: 'reinstall' };
  const options = (
    mode['upgrade'] as { skip_pre_upgrade: [] | [boolean]; wasm_memory_persistence: [] | [object] }[]
  )[0];
  const persistence = options?.wasm_memory_persistence[0];
  return {
    kind: 'upgrade',
    skipPreUpgrade: options?.skip_pre_upgrade[0] ?? false,
    memory: persistence === undefined ? undefined : 'keep' in persistence ? 'keep' : 'replace',
  };
}
