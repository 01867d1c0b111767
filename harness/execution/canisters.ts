/** The canisters of a system under test: the canister under test, and further ones with roles. */
import type { Limits } from '../../model/schedule.js';
import type { PrincipalText } from '../../replicas/replica.js';
import type { Target } from '../../targets/target.js';
import { InputError } from '../input-error.js';

/** The role of the canister under test. */
export const MAIN_ROLE = 'main';

export interface InstalledCanister {
  readonly canister: PrincipalText;
  /** The module that upgrades install. */
  readonly wasm: Uint8Array;
  /** The argument of an upgrade that sets these limits. */
  readonly initArg: (limits: Limits) => Uint8Array;
}

/** A further canister. */
export interface NamedCanister extends InstalledCanister {
  /** Role and number from 0: `bucket/0`. */
  readonly name: string;
}

/** The canister under test, and the others in the order of their roles and numbers. */
export interface InstalledSystem extends InstalledCanister {
  readonly others?: readonly NamedCanister[];
}

/** The name of a further canister, which schedules and calls use. */
export function canisterName(role: string, number: number): string {
  return `${role}/${number}`;
}

/** The names of the further canisters of a target. */
export function canisterNames({ canisters = {} }: Pick<Target, 'canisters'>): readonly string[] {
  return Object.entries(canisters).flatMap(([role, { count = 1 }]) =>
    Array.from({ length: count }, (_, number) => canisterName(role, number)),
  );
}

const PRINCIPAL = /^[a-z0-9]{1,5}(-[a-z0-9]{1,5})+$/;

/**
 * The principal of the canister that a call names, which may be a canister that the target does not install.
 * @throws InputError if there is no canister of this role and number
 */
export function principalNamed(system: InstalledSystem, name: string | undefined): PrincipalText {
  return name !== undefined && PRINCIPAL.test(name) ? name : canisterNamed(system, name).canister;
}

/**
 * The canister that a step of a schedule or a call names.
 * @param name role and number from 0, or only a role (then number 0); absent: the canister under test
 * @throws InputError if there is no such canister
 */
export function canisterNamed(system: InstalledSystem, name: string | undefined): InstalledCanister {
  if (name === undefined || name === MAIN_ROLE) return system;
  const { others = [] } = system;
  const found = others.find((one) => one.name === name || one.name === `${name}/0`);
  if (found !== undefined) return found;
  const known = [MAIN_ROLE, ...others.map((one) => one.name)].join(', ');
  throw new InputError(`there is no canister "${name}"; known: ${known}`);
}
