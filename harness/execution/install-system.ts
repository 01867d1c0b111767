/** Installs the canister under test, and the further canisters that its target names. */
import { fileURLToPath } from 'node:url';
import type { Limits } from '../../model/schedule.js';
import type { PrincipalText, Replica } from '../../replicas/replica.js';
import type { CanisterRole, InitContext, Target } from '../../targets/target.js';
import { readInputFile } from '../files/input-file.js';
import { canonicalJson } from '../history/canonical-json.js';
import { InputError } from '../input-error.js';
import { controllerPrincipal } from './callers.js';
import {
  canisterName,
  MAIN_ROLE,
  type InstalledCanister,
  type InstalledSystem,
  type NamedCanister,
} from './canisters.js';
import { callOnce, controllerCalls, expectSuccess, firstLine } from './set-up.js';

export interface SystemOptions {
  readonly replica: Replica;
  readonly target: Target;
  /** The module of the canister under test, which upgrades install. */
  readonly wasm: Uint8Array;
  /** The module to install at first; default: `wasm`. */
  readonly first?: Uint8Array;
  readonly fault?: string | undefined;
  /** Whether each further canister is on a subnet of its own; default: false. */
  readonly isApart?: boolean;
}

export interface SystemWithContext extends InstalledSystem {
  readonly context: InitContext;
}

const WASM_BYTES_MAX = 100_000_000;

/** @throws InputError if a canister cannot be installed */
export async function installSystem(options: SystemOptions, limits: Limits): Promise<SystemWithContext> {
  const { replica, target, wasm, first = wasm, fault, isApart = false } = options;
  let created = 0;
  const create = () => {
    const subnet = isApart ? { subnet: created++ } : {};
    return replica.createCanister({ controller: controllerPrincipal(), ...subnet });
  };
  const main = await create();
  const canisters: Record<string, readonly PrincipalText[]> = { [MAIN_ROLE]: [main] };
  for (const [role, { count = 1 }] of Object.entries(target.canisters ?? {})) {
    const ids: PrincipalText[] = [];
    for (let number = 0; number < count; number++) ids.push(await create());
    canisters[role] = ids;
  }
  const context: InitContext = { fault, role: MAIN_ROLE, canisters, controller: controllerPrincipal() };
  const initArg = remembered((given) => target.encodeInitArg(given, context));
  await install(replica, { canister: main, wasm: first, initArg }, limits, 'the canister');
  const others: NamedCanister[] = [];
  for (const other of othersOf(target, context)) {
    await install(replica, other, limits, `canister ${other.name}`);
    others.push(other);
  }
  const system: SystemWithContext = { canister: main, wasm, initArg, others, context };
  return system;
}

/**
 * Makes the calls of the set-up, and gives the callers the permissions that the target describes.
 * @throws InputError if one of these calls fails
 */
export async function setUpSystem(
  { replica, target }: SystemOptions,
  system: SystemWithContext,
  callers: readonly PrincipalText[],
): Promise<void> {
  for (const encoded of controllerCalls(target, system.context, callers))
    expectSuccess(encoded, await callOnce(replica, system, controllerPrincipal(), encoded));
}

/** Registers a caller. Returns the id of its capsule; empty if there is none. */
export async function prepareCaller(
  { replica, target }: SystemOptions,
  system: SystemWithContext,
  caller: PrincipalText,
): Promise<string> {
  const encoded = target.prepareCaller?.(caller);
  if (encoded === undefined) return '';
  const outcome = await callOnce(replica, system, caller, encoded);
  if (target.decodeCapsule === undefined) {
    expectSuccess(encoded, outcome);
    return '';
  }
  try {
    return target.decodeCapsule(outcome);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw new InputError(`a caller cannot be prepared: ${firstLine(text)}`);
  }
}

async function install(
  replica: Replica,
  { canister, wasm, initArg }: InstalledCanister,
  limits: Limits,
  what: string,
): Promise<void> {
  const outcome = await replica.install({ canister, mode: 'install', wasm, arg: initArg(limits) });
  if (outcome.kind === 'reject')
    throw new InputError(`${what} cannot be installed: ${outcome.errorCode} ${firstLine(outcome.text)}`);
}

function othersOf(target: Target, context: InitContext): readonly NamedCanister[] {
  return Object.entries(target.canisters ?? {}).flatMap(([role, definition]) => {
    const wasm = moduleOf(definition, context.fault);
    const initArg = remembered((limits) => target.encodeInitArg(limits, { ...context, role }));
    return (context.canisters[role] ?? []).map((canister, number) => ({
      name: canisterName(role, number),
      canister,
      wasm,
      initArg,
    }));
  });
}

/** By path. A campaign installs the same module many times. */
const modules = new Map<string, Uint8Array>();

function moduleOf({ wasm, faultsWasm = wasm }: CanisterRole, fault: string | undefined): Uint8Array {
  const file = fault === undefined ? wasm : faultsWasm;
  const path = file instanceof URL || file.startsWith('file:') ? fileURLToPath(file) : file;
  const known = modules.get(path) ?? readInputFile(path, { what: 'wasm', bytesMax: WASM_BYTES_MAX });
  modules.set(path, known);
  return known;
}

/** Number of init arguments that a system remembers. Schedules draw from fewer sets of limits. */
const INIT_ARGS_MAX = 64;

/** Encodes the same limits once, because every upgrade of a campaign needs them. */
export function remembered(encode: (limits: Limits) => Uint8Array): (limits: Limits) => Uint8Array {
  const known = new Map<string, Uint8Array>();
  return (limits) => {
    const key = canonicalJson(limits);
    const arg = known.get(key) ?? encode(limits);
    if (known.size < INIT_ARGS_MAX) known.set(key, arg);
    return arg;
  };
}
