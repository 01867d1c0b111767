/**
 * Install, reinstall and upgrade: the canister's own hooks run as messages, and any failure leaves the old canister.
 *
 * Source: PocketIC 10.0.0, rs/execution_environment/src/execution/{install_code,install,upgrade}.rs.
 */
import type { PrincipalText } from '../../replica.js';
import {
  canisterNonEmpty,
  ERROR,
  faultToUserError,
  invalidWasm,
  userError,
  type Fault,
  type UserError,
} from '../errors.js';
import type { Effect } from '../execution/execute-call.js';
import { executionCost, checkMessageFee } from '../execution/cycles.js';
import type { Machine } from '../machine/machine.js';
import { releaseMachine, acquireInitialMachine } from '../machine/machine-pool.js';
import { appendLog, charge, commitPart, logFault, run, type Run, type RunInput } from '../execution/run.js';
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
  WASM_PAGE_BYTES,
  type InstrumentedModule,
  type SystemEntryPoint,
} from '../wasm/artifact.js';
import { instrumentModule } from '../wasm/instrument-module.js';
import { recordChange } from './canister-history.js';

export type InstallCodeMode =
  | { readonly kind: 'install' }
  | { readonly kind: 'reinstall' }
  | {
      readonly kind: 'upgrade';
      readonly skipPreUpgrade: boolean;
      readonly memory: 'keep' | 'replace' | undefined;
    };

export interface InstallCodeRequest {
  readonly mode: InstallCodeMode;
  readonly wasm: Uint8Array;
  readonly arg: Uint8Array;
  readonly sender: PrincipalText;
  readonly origin: ChangeOrigin;
}

const NOTHING = new Uint8Array(0);
const PERSISTENCE_SECTION = 'enhanced-orthogonal-persistence';

export function installCode(subnet: Subnet, canister: Canister, request: InstallCodeRequest): Effect {
  const poor = checkMessageFee(canister, canister.profile.limits.installMax, request.sender);
  if (poor) return refused(userError(poor.code, `Canister installation failed with \`${poor.text}\`.`));
  if (request.mode.kind === 'install' && canister.machine) return refused(canisterNonEmpty(canister.id));
  if (request.mode.kind === 'upgrade' && !canister.machine) {
    const text = `Error from Canister ${canister.id}: Attempted to execute a message, but the canister contains no Wasm module.`;
    return refused(userError(ERROR.wasmModuleNotFound, text));
  }
  let module: InstrumentedModule;
  try {
    module = instrumentModule(request.wasm, { cacheDir: subnet.network.cacheDir });
  } catch (error) {
    if (!(error instanceof InvalidWasmError)) throw error;
    const instructions = request.wasm.length * INSTRUCTIONS.perCompiledInstruction;
    charge(canister, instructions);
    return {
      instructions,
      failure: asUserError(canister, request.sender, invalidWasm(error.message, error.advice)),
    };
  }
  return new Installation(subnet, canister, request, module).perform();
}

const refused = (failure: UserError): Effect => ({ instructions: 0, failure });

function asUserError(canister: Canister, sender: PrincipalText, fault: Fault): UserError {
  return faultToUserError(canister.id, fault, canReadLog(canister, sender));
}

/** One installation: the hooks it runs share an instruction budget, and one failure undoes all of them. */
class Installation {
  readonly #before: CanisterCheckpoint;
  readonly #stableBefore: StableMemory;
  /** The old code's machine, once the new one took its place. */
  #retired: { readonly machine: Machine | undefined } | undefined;
  #instructions: number;
  /** Logs of the hooks survive a failed installation. */
  readonly #messages: MessageContext[] = [];

  readonly subnet: Subnet;
  readonly canister: Canister;
  readonly request: InstallCodeRequest;
  readonly module: InstrumentedModule;

  constructor(subnet: Subnet, canister: Canister, request: InstallCodeRequest, module: InstrumentedModule) {
    this.subnet = subnet;
    this.canister = canister;
    this.request = request;
    this.module = module;

    this.#before = canister.checkpoint();
    this.#instructions = compileInstructions(subnet, module);
    this.#stableBefore = canister.stable;
  }

  perform(): Effect {
    const { canister } = this;
    const fault = this.request.mode.kind === 'upgrade' ? this.#upgrade() : this.#install();
    if (fault) this.#undo();
    charge(canister, this.#instructions);
    if (fault) {
      return { instructions: this.#instructions, failure: asUserError(canister, this.request.sender, fault) };
    }
    if (this.#retired?.machine) releaseMachine(this.#retired.machine);
    recordChange(this.subnet, canister, this.request.origin, {
      kind: 'code_deployment',
      mode: this.request.mode.kind,
      moduleHash: this.module.hash,
    });
    return { instructions: this.#instructions, failure: undefined };
  }

  #install(): Fault | undefined {
    const { canister } = this;
    canister.stable = new StableMemory();
    canister.record.log = clearedLog(canister.record.log);
    canister.record.certifiedData = NOTHING;
    return this.#replaceCode() ?? this.#hook('canister_init', 'init', CONTEXT.I, this.request.arg);
  }

  #upgrade(): Fault | undefined {
    const { canister, request } = this;
    const { skipPreUpgrade, memory } = request.mode as Extract<InstallCodeMode, { kind: 'upgrade' }>;
    const violation = persistenceViolation(canister.machine!.module, this.module, memory);
    if (violation) return violation;
    if (!skipPreUpgrade) {
      const fault = this.#hook('canister_pre_upgrade', 'pre upgrade', CONTEXT.G, NOTHING);
      if (fault) return fault;
    }
    const kept = memory === 'keep' ? canister.machine!.heap.capture() : undefined;
    return this.#replaceCode(kept) ?? this.#hook('canister_post_upgrade', 'init', CONTEXT.I, request.arg);
  }

  /** A new machine with the module's data, or with the heap that is kept; then the start function. */
  #replaceCode(kept?: HeapCheckpoint): Fault | undefined {
    const { canister, module } = this;
    const fault = dataOutOfBounds(module);
    if (fault) return fault;
    const machine = acquireInitialMachine(module, kept);
    this.#retired = { machine: canister.machine };
    canister.machine = machine;
    canister.record.module = module;
    canister.record.globals = machine.initialGlobals;
    canister.record.globalTimerNs = 0n;
    canister.record.version++;
    canister.record.lowMemoryHook = 'not-satisfied';
    return this.#hook('canister_start', 'start', CONTEXT.s, NOTHING);
  }

  /** Run a hook if the current code exports it. */
  #hook(entry: SystemEntryPoint, mode: string, context: number, arg: Uint8Array): Fault | undefined {
    const { subnet, canister } = this;
    const machine = canister.machine!;
    if (!machine.module.systemEntryPoints.has(entry)) return undefined;
    const input: RunInput = {
      context,
      mode,
      caller: this.request.sender,
      arg,
      instructionLimit: canister.profile.limits.installMax - this.#instructions,
      sliceMax: canister.profile.limits.installSliceMax,
      prepaid: executionCost(canister, canister.profile.limits.installMax),
      stableDirtyBytesMax: BYTES.stableDirtyMaxInstall,
    };
    const done = run(subnet, canister, machine, entry, input);
    this.#instructions += done.instructions;
    this.#messages.push(done.message);
    this.#settle(done);
    return done.fault;
  }

  /** Hooks are parts of one message: the version does not count them. */
  #settle(done: Run): void {
    const { version } = this.canister.record;
    if (done.fault) {
      logFault(done.message, done.fault);
      this.canister.revert(done.machine, done.before);
      appendLog(this.canister, done.message);
    } else {
      commitPart(this.canister, done);
      this.canister.record.version = version;
    }
  }

  #undo(): void {
    const { canister } = this;
    if (this.#retired) {
      releaseMachine(canister.machine!);
      canister.machine = this.#retired.machine;
    }
    canister.stable = this.#stableBefore;
    canister.restore(this.#before);
    const { record } = canister;
    record.log = this.#messages.reduce((log, message) => appendAllToLog(log, message.log), record.log);
  }
}

/** A module costs a hundredth if the subnet compiled it before. */
function compileInstructions(subnet: Subnet, { hash, instructionCount }: InstrumentedModule): number {
  const full = instructionCount * INSTRUCTIONS.perCompiledInstruction;
  const { compiledModules } = subnet.record;
  if (compiledModules.has(hash)) return Math.floor(full / INSTRUCTIONS.knownModuleDiscount);
  subnet.record.compiledModules = new Set([...compiledModules, hash]);
  return full;
}

function hasSection(module: InstrumentedModule): boolean {
  return module.customSections.some(({ name }) => name === PERSISTENCE_SECTION);
}

/** Canisters with orthogonal persistence must say what becomes of their heap. */
function persistenceViolation(
  old: InstrumentedModule,
  next: InstrumentedModule,
  memory: 'keep' | 'replace' | undefined,
): Fault | undefined {
  if (memory === undefined && hasSection(old)) {
    return optionViolation(
      'Missing upgrade option: Enhanced orthogonal persistence requires the `wasm_memory_persistence` upgrade option.',
    );
  }
  if (memory === 'keep' && !hasSection(next)) {
    return optionViolation(
      'Invalid upgrade option: The `wasm_memory_persistence: opt Keep` upgrade option requires that the new canister module supports enhanced orthogonal persistence.',
    );
  }
  return undefined;
}

function optionViolation(text: string): Fault {
  return {
    code: ERROR.contractViolation,
    text,
    fullText: text,
    help: '',
    log: undefined,
  };
}

function dataOutOfBounds({ activeData, initialPages }: InstrumentedModule): Fault | undefined {
  const size = initialPages * WASM_PAGE_BYTES;
  const beyond = activeData.find(({ offset, bytes }) => offset + bytes.length > size);
  if (!beyond) return undefined;
  const { offset, bytes } = beyond;
  return invalidWasm(
    `Wasm module has a data segment out of bounds: offset=${offset} length=${bytes.length} memory=${size}`,
  );
}
