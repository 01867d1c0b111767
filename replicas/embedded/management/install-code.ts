/**
 * Installs, reinstalls, and upgrades code. The hooks of the canister run as parts of one message.
 *
 * Source: PocketIC 10.0.0, rs/execution_environment/src/execution/{install_code,install,upgrade}.rs.
 */
import type { PrincipalText } from '../../replica.js';
import { EMPTY_BYTES } from '../bytes.js';
import {
  canisterNonEmpty,
  ERROR,
  faultToUserError,
  moduleRefused,
  userError,
  wasmModuleNotFound,
  type Fault,
  type UserError,
} from '../errors.js';
import type { Effect } from '../execution/execute-call.js';
import { executionCost, checkMessageFee } from '../execution/cycles.js';
import type { Machine } from '../machine/machine.js';
import { releaseMachine, acquireInitialMachine } from '../machine/machine-pool.js';
import { charge, commitPart, rollBackPart, run, type Run } from '../execution/run.js';
import { BYTES, INSTRUCTIONS } from '../params.js';
import { canReadLog, type Canister, type CanisterCheckpoint } from '../state/canister.js';
import { appendAllToLog, clearedLog } from '../state/canister-log.js';
import type { ChangeOrigin } from '../state/canister-history.js';
import type { HeapCheckpoint } from '../memory/heap.js';
import { StableMemory } from '../memory/stable-memory.js';
import type { Subnet } from '../state/subnet.js';
import { CONTEXT } from '../system-api/contexts.js';
import type { MessageContext } from '../system-api/message-context.js';
import {
  InvalidWasmError,
  type InstrumentedModule,
  type SystemEntryPoint,
} from '../wasm/instrumented-module.js';
import { instrumentModule } from '../wasm/instrument-module.js';
import { claimedSize } from '../wasm/unpack.js';
import { recordChange } from './canister-history.js';

export type InstallCodeMode =
  | { readonly kind: 'install' }
  | { readonly kind: 'reinstall' }
  | {
      readonly kind: 'upgrade';
      readonly skipPreUpgrade: boolean;
      readonly memory: 'keep' | 'replace' | undefined;
    };

type UpgradeMode = Extract<InstallCodeMode, { readonly kind: 'upgrade' }>;

export interface InstallCodeRequest {
  readonly mode: InstallCodeMode;
  readonly wasm: Uint8Array;
  readonly arg: Uint8Array;
  readonly sender: PrincipalText;
  readonly origin: ChangeOrigin;
}

const PERSISTENCE_SECTION = 'enhanced-orthogonal-persistence';

/**
 * Installs, reinstalls, or upgrades a canister. A failure leaves the canister as it was, except for the charge and the log records of
 * its hooks.
 */
export function installCode(subnet: Subnet, canister: Canister, request: InstallCodeRequest): Effect {
  const refusal = refusalOf(canister, request);
  if (refusal) return { instructions: 0, failure: refusal };
  let module: InstrumentedModule;
  try {
    module = instrumentModule(request.wasm, subnet.network);
  } catch (error) {
    if (!(error instanceof InvalidWasmError)) throw error;
    const instructions = refusedInstructions(canister, request.wasm);
    charge(canister, instructions);
    return { instructions, failure: errorForSender(canister, request.sender, moduleRefused(error)) };
  }
  return new Installation(subnet, canister, request, module).perform();
}

/** The charge for a module that is refused: one instruction for each byte that it may have. */
function refusedInstructions(canister: Canister, wasm: Uint8Array): number {
  const bytes = Math.max(wasm.length, claimedSize(wasm));
  return Math.min(bytes * INSTRUCTIONS.perCompiledInstruction, canister.profile.limits.installMax);
}

/** The reason to refuse an installation before the module is compiled. */
function refusalOf(canister: Canister, { mode, sender }: InstallCodeRequest): UserError | undefined {
  const unpaid = checkMessageFee(canister, canister.profile.limits.installMax, sender);
  if (unpaid) return userError(unpaid.code, `Canister installation failed with \`${unpaid.text}\`.`);
  if (mode.kind === 'install' && canister.machine) return canisterNonEmpty(canister.id);
  if (mode.kind === 'upgrade' && !canister.machine)
    return errorForSender(canister, sender, wasmModuleNotFound());
  return undefined;
}

function errorForSender(canister: Canister, sender: PrincipalText, fault: Fault): UserError {
  return faultToUserError(canister.id, fault, canReadLog(canister, sender));
}

/** One installation. Its hooks share an instruction limit, and a failure of one hook undoes all of them. */
class Installation {
  readonly #subnet: Subnet;
  readonly #canister: Canister;
  readonly #request: InstallCodeRequest;
  readonly #module: InstrumentedModule;
  readonly #before: CanisterCheckpoint;
  readonly #stableBefore: StableMemory;
  /** The machine of the old code, after the new code has replaced it. */
  #replaced: { readonly machine: Machine | undefined } | undefined;
  #instructions: number;
  /** The hooks that ran. Their log records outlive a failed installation. */
  readonly #messages: MessageContext[] = [];

  constructor(subnet: Subnet, canister: Canister, request: InstallCodeRequest, module: InstrumentedModule) {
    this.#subnet = subnet;
    this.#canister = canister;
    this.#request = request;
    this.#module = module;
    this.#before = canister.checkpoint();
    this.#instructions = compileInstructions(subnet, module);
    this.#stableBefore = canister.stable;
  }

  perform(): Effect {
    const { mode, sender, origin } = this.#request;
    this.#subnet.network.watch?.begin();
    const fault = mode.kind === 'upgrade' ? this.#upgrade(mode) : this.#install();
    if (fault) this.#undo();
    charge(this.#canister, this.#instructions);
    if (fault) {
      return { instructions: this.#instructions, failure: errorForSender(this.#canister, sender, fault) };
    }
    if (this.#replaced?.machine) releaseMachine(this.#replaced.machine);
    recordChange(this.#subnet, this.#canister, origin, {
      kind: 'code_deployment',
      mode: mode.kind,
      moduleHash: this.#module.hash,
    });
    return { instructions: this.#instructions, failure: undefined };
  }

  #install(): Fault | undefined {
    this.#canister.stable = new StableMemory();
    const { record } = this.#canister;
    record.log = clearedLog(record.log);
    record.certifiedData = EMPTY_BYTES;
    return this.#replaceCode() ?? this.#runHook('canister_init', 'init', CONTEXT.I, this.#request.arg);
  }

  #upgrade({ skipPreUpgrade, memory }: UpgradeMode): Fault | undefined {
    const oldMachine = this.#canister.installedMachine;
    const violation = persistenceViolation(oldMachine.module, this.#module, memory);
    if (violation) return violation;
    if (!skipPreUpgrade) {
      const fault = this.#runHook('canister_pre_upgrade', 'pre upgrade', CONTEXT.G, EMPTY_BYTES);
      if (fault) return fault;
    }
    const keptHeap = memory === 'keep' ? this.#canister.installedMachine.heap.capture() : undefined;
    return (
      this.#replaceCode(keptHeap) ??
      this.#runHook('canister_post_upgrade', 'init', CONTEXT.I, this.#request.arg)
    );
  }

  /** Replaces the machine by one with the new module and its initial heap or the kept heap, and runs the start function. */
  #replaceCode(keptHeap?: HeapCheckpoint): Fault | undefined {
    const machine = acquireInitialMachine(this.#module, keptHeap);
    this.#replaced = { machine: this.#canister.machine };
    this.#canister.machine = machine;
    const { record } = this.#canister;
    record.module = this.#module;
    record.globals = machine.initialGlobals;
    record.globalTimerNs = 0n;
    record.version++;
    record.lowMemoryHook = 'not-satisfied';
    return this.#runHook('canister_start', 'start', CONTEXT.s, EMPTY_BYTES);
  }

  /** Runs a hook if the current code exports it. */
  #runHook(entry: SystemEntryPoint, mode: string, context: number, arg: Uint8Array): Fault | undefined {
    const machine = this.#canister.installedMachine;
    if (!machine.module.systemEntryPoints.has(entry)) return undefined;
    const { installMax, installSliceMax } = this.#canister.profile.limits;
    const done = run(this.#subnet, this.#canister, machine, entry, {
      context,
      mode,
      caller: this.#request.sender,
      arg,
      instructionLimit: installMax - this.#instructions,
      sliceMax: installSliceMax,
      continuesMessage: true,
      prepaid: executionCost(this.#canister, installMax),
      stableDirtyBytesMax: BYTES.stableDirtyMaxInstall,
    });
    this.#instructions += done.instructions;
    this.#messages.push(done.message);
    this.#settle(done);
    return done.fault;
  }

  /** Commits or reverts a hook. Hooks are parts of one message, so they do not increase the canister version. */
  #settle(done: Run): void {
    const { version } = this.#canister.record;
    if (done.fault) {
      rollBackPart(this.#canister, done);
    } else {
      commitPart(this.#canister, done);
      this.#canister.record.version = version;
    }
  }

  #undo(): void {
    if (this.#replaced) {
      releaseMachine(this.#canister.installedMachine);
      this.#canister.machine = this.#replaced.machine;
    }
    this.#canister.stable = this.#stableBefore;
    this.#canister.restore(this.#before);
    const { record } = this.#canister;
    record.log = this.#messages.reduce((log, message) => appendAllToLog(log, message.log), record.log);
  }
}

/** The instructions for compiling a module. A module that the subnet compiled before costs a hundredth. */
function compileInstructions(subnet: Subnet, { hash, instructionCount }: InstrumentedModule): number {
  const full = instructionCount * INSTRUCTIONS.perCompiledInstruction;
  const { compiledModules } = subnet.record;
  if (compiledModules.has(hash)) return Math.floor(full / INSTRUCTIONS.knownModuleDiscount);
  subnet.record.compiledModules = new Set([...compiledModules, hash]);
  return full;
}

function hasOrthogonalPersistence(module: InstrumentedModule): boolean {
  return module.customSections.some(({ name }) => name === PERSISTENCE_SECTION);
}

/** Checks the upgrade option `wasm_memory_persistence`, which modules with enhanced orthogonal persistence require. */
function persistenceViolation(
  old: InstrumentedModule,
  next: InstrumentedModule,
  memory: 'keep' | 'replace' | undefined,
): Fault | undefined {
  if (memory === undefined && hasOrthogonalPersistence(old)) {
    return optionViolation(
      'Missing upgrade option: Enhanced orthogonal persistence requires the `wasm_memory_persistence` upgrade option.',
    );
  }
  if (memory === 'keep' && !hasOrthogonalPersistence(next)) {
    return optionViolation(
      'Invalid upgrade option: The `wasm_memory_persistence: opt Keep` upgrade option requires that the new canister module supports enhanced orthogonal persistence.',
    );
  }
  return undefined;
}

function optionViolation(text: string): Fault {
  return { code: ERROR.contractViolation, text, fullText: text, help: '', log: undefined };
}
