/**
 * Installs, reinstalls, and upgrades code. The hooks of the canister run as parts of one message.
 *
 * Source: PocketIC 10.0.0, rs/execution_environment/src/execution/{install_code,install,upgrade}.rs.
 */
import type { PrincipalText } from '../../replica.js';
import {
  installationUnpaid,
  managedGrowthUnpaid,
  memoryAllocationTooSmall,
  wasmMemoryLimitExceeded,
} from '../accounting/account-errors.js';
import { freezingThreshold } from '../accounting/holdings.js';
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
import {
  isPrepayment,
  prepay,
  refundOf,
  reserveCycles,
  settle,
  type Prepayment,
} from '../execution/canister-account.js';
import { reservationFor, subnetExhausted } from '../execution/memory-change.js';
import type { Machine } from '../machine/machine.js';
import { releaseMachine, acquireInitialMachine } from '../machine/machine-pool.js';
import { commit, rollBack, run, type Run } from '../execution/run.js';
import { BYTES, INSTRUCTIONS } from '../params.js';
import { canReadLog, type Canister, type CanisterCheckpoint, type Effect } from '../state/canister.js';
import { bytesTaken, holdingsOf, memoryUsage, shareOf } from '../state/canister-memory.js';
import { appendAllToLog, clearedLog } from '../state/canister-log.js';
import type { ChangeOrigin } from '../state/canister-history.js';
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
  /** The module, or the reason why it cannot be assembled from chunks. */
  readonly wasm: Uint8Array | UserError;
  /** Instructions for assembling the module from chunks. Default: 0. */
  readonly assemblyInstructions?: number;
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
  const compiled = compile(subnet, request.wasm);
  const isWasm64 = isModule(compiled) && compiled.isWasm64;
  const prepayment = prepay(canister, canister.profile.limits.installMax, request.sender, isWasm64);
  if (!isPrepayment(prepayment)) return { instructions: 0, failure: installationUnpaid(prepayment) };
  const refusal = refusalOf(canister, request);
  const effect = refusal
    ? { instructions: 0, failure: refusal }
    : new Installation(subnet, canister, request, compiled, prepayment).perform();
  settle(canister, prepayment, effect.instructions);
  return effect;
}

/** The module of a request, the reason to refuse it, or the reason why it cannot be assembled. */
type Compiled = InstrumentedModule | InvalidWasmError | UserError;

function compile(subnet: Subnet, wasm: Uint8Array | UserError): Compiled {
  if (!(wasm instanceof Uint8Array)) return wasm;
  try {
    return instrumentModule(wasm, subnet.network);
  } catch (error) {
    if (error instanceof InvalidWasmError) return error;
    throw error;
  }
}

const isModule = (compiled: Compiled): compiled is InstrumentedModule => 'isWasm64' in compiled;

/** The charge for a module that is refused: one instruction for each byte that it may have. */
function refusedInstructions(canister: Canister, wasm: Uint8Array): number {
  const bytes = Math.max(wasm.length, claimedSize(wasm));
  return Math.min(bytes * INSTRUCTIONS.perCompiledInstruction, canister.profile.limits.installMax);
}

/** The reason to refuse an installation before the module is compiled. */
function refusalOf(canister: Canister, { mode, sender }: InstallCodeRequest): UserError | undefined {
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
  readonly #compiled: Compiled;
  readonly #prepayment: Prepayment;
  readonly #before: CanisterCheckpoint;
  readonly #bytesTakenBefore: number;
  readonly #stableBefore: StableMemory;
  /** The machine of the old code, after the new code has replaced it. */
  #replaced: { readonly machine: Machine | undefined } | undefined;
  #instructions = 0;
  /** A failure does not restore the log. */
  #isLogCleared = false;
  /** The hooks that ran. Their log records outlive a failed installation. */
  readonly #messages: MessageContext[] = [];

  constructor(
    subnet: Subnet,
    canister: Canister,
    request: InstallCodeRequest,
    compiled: Compiled,
    prepayment: Prepayment,
  ) {
    this.#subnet = subnet;
    this.#canister = canister;
    this.#request = request;
    this.#compiled = compiled;
    this.#prepayment = prepayment;
    this.#before = canister.checkpoint();
    this.#bytesTakenBefore = bytesTaken(canister);
    this.#stableBefore = canister.stable;
  }

  perform(): Effect {
    this.#subnet.network.watch?.begin();
    const failure = this.#installOrFail();
    if (failure) {
      this.#undo();
    } else {
      if (this.#replaced?.machine) releaseMachine(this.#replaced.machine);
      rememberCompiled(this.#subnet, this.#canister.installedMachine.module);
    }
    return { instructions: this.#instructions, failure };
  }

  #installOrFail(): UserError | undefined {
    const { mode } = this.#request;
    const failure = mode.kind === 'upgrade' ? this.#upgrade(mode) : this.#install();
    return failure ?? this.#payForMemory();
  }

  #errorOf(fault: Fault): UserError {
    return errorForSender(this.#canister, this.#request.sender, fault);
  }

  #install(): UserError | undefined {
    this.#canister.stable = new StableMemory();
    this.#canister.record.certifiedData = EMPTY_BYTES;
    return this.#replaceCode() ?? this.#runHook('canister_init', 'init', CONTEXT.I, this.#request.arg);
  }

  /** The hook of the old code runs before the new module is looked at. Recorded: trace 08, exchange 1082 (by the balance). */
  #upgrade({ skipPreUpgrade, memory }: UpgradeMode): UserError | undefined {
    if (!skipPreUpgrade) {
      const failure = this.#runHook('canister_pre_upgrade', 'pre upgrade', CONTEXT.G, EMPTY_BYTES);
      if (failure) return failure;
    }
    return (
      this.#replaceCode(memory) ??
      this.#runHook('canister_post_upgrade', 'init', CONTEXT.I, this.#request.arg)
    );
  }

  /**
   * Replaces the machine by one with the new module and its initial heap, or with the heap of the old module if an upgrade keeps it,
   * and runs the start function.
   */
  #replaceCode(memory?: UpgradeMode['memory']): UserError | undefined {
    const module = this.#chargedModule(memory);
    if (!isModule(module)) return module;
    const keptHeap = memory === 'keep' ? this.#canister.installedMachine.heap.capture() : undefined;
    const machine = acquireInitialMachine(module, keptHeap);
    this.#replaced = { machine: this.#canister.machine };
    this.#canister.machine = machine;
    const { record } = this.#canister;
    record.module = module;
    record.globals = machine.initialGlobals;
    record.globalTimerNs = 0n;
    const { memoryAllocation } = record.settings;
    const used = memoryUsage(this.#canister);
    if (memoryAllocation > 0n && used > memoryAllocation) {
      return memoryAllocationTooSmall(memoryAllocation, used);
    }
    if (this.#request.mode.kind !== 'upgrade') this.#clearLog();
    record.version++;
    recordChange(this.#subnet, this.#canister, this.#request.origin, {
      kind: 'code_deployment',
      mode: this.#request.mode.kind,
      moduleHash: module.hash,
    });
    return this.#runHook('canister_start', 'start', CONTEXT.s, EMPTY_BYTES);
  }

  /** Charges for the assembly and the compilation of the module. Returns the module, or why there is none. */
  #chargedModule(memory: UpgradeMode['memory']): InstrumentedModule | UserError {
    const { mode, wasm, assemblyInstructions = 0 } = this.#request;
    this.#charge(assemblyInstructions);
    if (!(wasm instanceof Uint8Array)) return wasm;
    const compiled = this.#compiled;
    const old = this.#canister.machine?.module;
    const violation = mode.kind === 'upgrade' ? persistenceViolation(old, compiled, memory) : undefined;
    if (violation) return violation;
    if (compiled instanceof InvalidWasmError) {
      this.#charge(refusedInstructions(this.#canister, wasm));
      return this.#errorOf(moduleRefused(compiled));
    }
    if (isModule(compiled)) this.#charge(compileInstructions(this.#subnet, compiled));
    return compiled;
  }

  #charge(instructions: number): void {
    this.#instructions = Math.min(
      this.#instructions + instructions,
      this.#canister.profile.limits.installMax,
    );
  }

  #clearLog(): void {
    const { record } = this.#canister;
    record.log = clearedLog(record.log);
    this.#isLogCleared = true;
  }

  /** Runs a hook if the current code exports it. */
  #runHook(entry: SystemEntryPoint, mode: string, context: number, arg: Uint8Array): UserError | undefined {
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
      stableDirtyBytesMax: BYTES.stableDirtyMaxInstall,
    });
    this.#instructions += done.instructions;
    this.#messages.push(done.message);
    this.#settle(done);
    return done.fault && this.#errorOf(done.fault);
  }

  /** Commits or reverts a hook. Hooks are parts of one message, so they do not increase the canister version. */
  #settle(done: Run): void {
    const { version } = this.#canister.record;
    if (done.fault) {
      rollBack(this.#canister, done);
    } else {
      commit(this.#canister, done);
      this.#canister.record.version = version;
    }
  }

  /** Checks the memory after the hooks, and reserves cycles for its growth. The checks see the balance after the refund. */
  #payForMemory(): UserError | undefined {
    const canister = this.#canister;
    const { wasmMemoryLimit: limit } = canister.record.settings;
    const heapBytes = canister.installedMachine.heap.byteLength;
    if (limit > 0n && heapBytes > limit) return this.#errorOf(wasmMemoryLimitExceeded(heapBytes, limit));
    const growth = bytesTaken(canister) - this.#bytesTakenBefore;
    if (growth <= 0) return undefined;
    const share = shareOf(this.#subnet, growth);
    const refund = refundOf(canister, this.#prepayment, this.#instructions);
    const balance = canister.record.cycles + refund;
    const reservation = reservationFor(canister, share, growth, balance);
    if (typeof reservation !== 'bigint') return reservation;
    reserveCycles(canister, reservation);
    const threshold = freezingThreshold(canister.profile, holdingsOf(canister));
    const left = balance - reservation;
    if (left < threshold) return managedGrowthUnpaid(growth, threshold - left);
    return growth > share.available ? subnetExhausted(growth, share) : undefined;
  }

  #undo(): void {
    if (this.#replaced) {
      releaseMachine(this.#canister.installedMachine);
      this.#canister.machine = this.#replaced.machine;
    }
    this.#canister.stable = this.#stableBefore;
    this.#canister.restore(this.#before);
    const { record } = this.#canister;
    const before = this.#isLogCleared ? clearedLog(record.log) : record.log;
    record.log = this.#messages.reduce((log, message) => appendAllToLog(log, message.log), before);
  }
}

/** The instructions for compiling a module. A module that was installed on the subnet before costs a hundredth. */
export function compileInstructions(
  { record }: Subnet,
  { hash, instructionCount }: InstrumentedModule,
): number {
  const full = instructionCount * INSTRUCTIONS.perCompiledInstruction;
  return record.compiledModules.has(hash) ? Math.floor(full / INSTRUCTIONS.knownModuleDiscount) : full;
}

/** Recorded: trace 04, exchange 271 (a module whose installation failed costs the full price again). */
function rememberCompiled({ record }: Subnet, { hash }: InstrumentedModule): void {
  if (!record.compiledModules.has(hash)) record.compiledModules = new Set([...record.compiledModules, hash]);
}

function hasOrthogonalPersistence({ customSections }: InstrumentedModule): boolean {
  return customSections.some(({ name }) => name === PERSISTENCE_SECTION);
}

/** Checks the upgrade option `wasm_memory_persistence`, which modules with enhanced orthogonal persistence require. */
function persistenceViolation(
  old: InstrumentedModule | undefined,
  next: Compiled,
  memory: UpgradeMode['memory'],
): UserError | undefined {
  if (memory === undefined && old && hasOrthogonalPersistence(old)) {
    return userError(
      ERROR.contractViolation,
      'Missing upgrade option: Enhanced orthogonal persistence requires the `wasm_memory_persistence` upgrade option.',
    );
  }
  if (memory === 'keep' && isModule(next) && !hasOrthogonalPersistence(next)) {
    return userError(
      ERROR.contractViolation,
      'Invalid upgrade option: The `wasm_memory_persistence: opt Keep` upgrade option requires that the new canister module supports enhanced orthogonal persistence.',
    );
  }
  return undefined;
}
