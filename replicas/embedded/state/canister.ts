/** The state of one canister: a record of small values, its message queue and open calls, its heap, and its stable memory. */
import type { PrincipalText } from '../../replica.js';
import type { GlobalValue, Machine } from '../machine/machine.js';
import type { UserError } from '../errors.js';
import { releaseMachine, acquireMachine } from '../machine/machine-pool.js';
import { EMPTY_BYTES } from '../bytes.js';
import { BYTES, CYCLES } from '../params.js';
import type { SubnetProfile } from '../subnet-profile.js';
import type { InstrumentedModule, KeptGlobal } from '../wasm/instrumented-module.js';
import { EMPTY_CANISTER_HISTORY, type CanisterHistory } from './canister-history.js';
import { EMPTY_LOG, type CanisterLog } from './canister-log.js';
import { CopyOnWriteList, CopyOnWriteMap } from './copy-on-write.js';
import { FIRST_INPUT_SCHEDULE, type InputSchedule } from './input-schedule.js';
import type { HeapCheckpoint } from '../memory/heap.js';
import type { CallContext, Callback, Input, Origin } from './messages.js';
import { StableMemory, type StableCheckpoint } from '../memory/stable-memory.js';

export type LogVisibility =
  | { readonly kind: 'controllers' }
  | { readonly kind: 'public' }
  | { readonly kind: 'allowed_viewers'; readonly viewers: readonly PrincipalText[] };

export interface CanisterSettings {
  readonly controllers: readonly PrincipalText[];
  /** Percent. */
  readonly computeAllocation: bigint;
  /** Bytes. */
  readonly memoryAllocation: bigint;
  readonly freezingThresholdSeconds: bigint;
  readonly reservedCyclesLimit: bigint;
  readonly logVisibility: LogVisibility;
  /** Bytes; 0 = no limit. */
  readonly wasmMemoryLimit: bigint;
  /** Bytes below the limit at which the low-memory hook runs; 0 = never. */
  readonly wasmMemoryThreshold: bigint;
  /** Sorted by the bytes of the names. */
  readonly environmentVariables: ReadonlyMap<string, string>;
}

/** The kind of work that comes first in the canister's next round. */
export type NextMethod = 'global-timer' | 'heartbeat' | 'message';

/** A call to `stop_canister` that waits until the canister is stopped. */
export interface PendingStop {
  readonly origin: Origin;
  readonly cycles: bigint;
  readonly calledAtNs: bigint;
}

/** Small values. A field is replaced and never modified in depth, so that a shallow copy is a snapshot. */
export interface CanisterRecord {
  settings: CanisterSettings;
  status: 'running' | 'stopping' | 'stopped';
  pendingStops: readonly PendingStop[];
  /** The canister version, which grows with every change of code, settings, or state. */
  version: number;
  cycles: bigint;
  /** Cycles that are set aside for storage. They pay for memory and compute before the balance does. */
  reservedCycles: bigint;
  /** Time up to which the canister has paid for its memory and its compute allocation. */
  chargedAtNs: bigint;
  module: InstrumentedModule | undefined;
  globals: readonly GlobalValue[];
  certifiedData: Uint8Array;
  /** Time at which the global timer is due; 0 = never. */
  globalTimerNs: bigint;
  /** Replica time of the latest heartbeat. */
  heartbeatNs: bigint;
  lowMemoryHook: 'not-satisfied' | 'ready' | 'executed';
  nextMethod: NextMethod;
  /** Priority of the canister in rounds. */
  priority: number;
  /** What its executions will take from its priority, once it has no paused message. */
  priorityCredit: number;
  /** Instructions of installations that further rounds must allow for before the next installation. */
  installDebit: number;
  /** The order in which rounds take the waiting messages. */
  inputSchedule: InputSchedule;
  log: CanisterLog;
  /** Instructions of all messages since the creation of the canister. */
  instructions: number;
  nextCallId: number;
  /** The chunk store: chunks by their SHA-256 in hex. */
  chunks: ReadonlyMap<string, Uint8Array>;
  snapshots: readonly CanisterSnapshotRecord[];
  nextSnapshot: number;
  canisterHistory: CanisterHistory;
}

/** A snapshot that the canister took, or that a controller uploaded. */
export interface CanisterSnapshotRecord {
  readonly id: Uint8Array;
  readonly takenAtNs: bigint;
  readonly totalBytes: number;
  readonly content: TakenContent | UploadedContent;
  readonly stable: StableCheckpoint;
  /** The canister version when the snapshot was taken. */
  readonly version: number;
  readonly certifiedData: Uint8Array;
  readonly chunks: ReadonlyMap<string, Uint8Array>;
  /** Number of the state that changed its memories; 0 if they contain zeros only. */
  readonly height: number;
  /** As in the record. `undefined` if an upload leaves it out. */
  readonly globalTimerNs: bigint | undefined;
  readonly lowMemoryHook: CanisterRecord['lowMemoryHook'] | undefined;
}

export interface TakenContent {
  readonly kind: 'taken';
  readonly module: InstrumentedModule;
  readonly globals: readonly GlobalValue[];
  readonly heap: HeapCheckpoint;
}

/** It may not be the state of any module. */
export interface UploadedContent {
  readonly kind: 'uploaded';
  /** In bytes. The module is in a memory, because it arrives in parts. */
  readonly moduleSize: number;
  readonly module: StableCheckpoint;
  readonly globals: readonly SnapshotGlobal[];
  readonly heap: StableCheckpoint;
}

/** A v128 value is an unsigned number of 128 bits. */
export interface SnapshotGlobal {
  readonly type: KeptGlobal['type'];
  readonly value: GlobalValue;
}

/** The complete state of a canister at one point in time. */
export interface CanisterCheckpoint {
  readonly record: CanisterRecord;
  readonly inputs: readonly Input[];
  readonly callContexts: ReadonlyMap<number, CallContext>;
  readonly callbacks: ReadonlyMap<number, Callback>;
  readonly heap: HeapCheckpoint | undefined;
  readonly stable: StableCheckpoint;
  readonly paused: PausedExecution | undefined;
}

/** A message that uses more instructions than a slice has (`execution/slices.ts`). */
export interface PausedExecution {
  /** Instructions of the slices that are still to be executed. */
  readonly remaining: number;
  readonly finish: () => Effect;
}

/** The instructions that executing one message used, and the failure of the message, if any. */
export interface Effect {
  readonly instructions: number;
  readonly failure: UserError | undefined;
}

export class Canister {
  record: CanisterRecord;
  readonly inputs = new CopyOnWriteList<Input>();
  readonly callContexts = new CopyOnWriteMap<number, CallContext>();
  readonly callbacks = new CopyOnWriteMap<number, Callback>();
  stable = new StableMemory();
  /** Defined exactly if code is installed. */
  machine: Machine | undefined;
  /** The message that later rounds continue. The canister executes nothing else until it ends. */
  paused: PausedExecution | undefined;

  readonly id: PrincipalText;
  /** Limits and prices of the canister's subnet. */
  readonly profile: SubnetProfile;

  constructor(
    id: PrincipalText,
    controllers: readonly PrincipalText[],
    cycles: bigint,
    profile: SubnetProfile,
    createdAtNs: bigint,
  ) {
    this.id = id;
    this.profile = profile;
    this.record = newRecord(controllers, cycles, createdAtNs);
  }

  /** The machine of the installed code. @throws Error if the canister is empty */
  get installedMachine(): Machine {
    if (!this.machine) throw new Error(`canister ${this.id} has no code`);
    return this.machine;
  }

  /** Commits the message's changes of heap and globals. */
  commitHeap(machine: Machine): void {
    machine.heap.commit();
    if (machine.module.globals.length > 0) this.record.globals = machine.readGlobals();
    this.#renewIfNeeded(machine);
  }

  /** Undoes the message's changes of heap, globals, and stable memory. */
  revert(machine: Machine, stable: StableCheckpoint): void {
    this.stable.revert(stable);
    machine.heap.revert();
    if (machine.heap.hasGrown) {
      this.#replaceGrown(machine);
    } else {
      machine.writeGlobals(this.record.globals);
      this.#renewIfNeeded(machine);
    }
  }

  checkpoint(): CanisterCheckpoint {
    return {
      record: { ...this.record },
      inputs: this.inputs.share(),
      callContexts: this.callContexts.share(),
      callbacks: this.callbacks.share(),
      heap: this.machine?.heap.capture(),
      stable: this.stable.checkpoint(),
      paused: this.paused,
    };
  }

  restore(to: CanisterCheckpoint): void {
    this.record = { ...to.record };
    this.inputs.adopt(to.inputs);
    this.callContexts.adopt(to.callContexts);
    this.callbacks.adopt(to.callbacks);
    this.stable.revert(to.stable);
    this.paused = to.paused;
    this.setCode(to.record.module, to.heap, to.record.globals);
  }

  /** Replaces the code and the heap. Without a module, the canister becomes empty. */
  setCode(
    module: InstrumentedModule | undefined,
    heap: HeapCheckpoint | undefined,
    globals: readonly GlobalValue[],
  ): void {
    const isSame = this.machine?.module === module && this.machine?.heap.wasmPages === heap?.wasmPages;
    if (!isSame) {
      if (this.machine) releaseMachine(this.machine);
      this.machine = module && heap ? acquireMachine(module, heap.wasmPages) : undefined;
    }
    this.record.module = module;
    this.record.globals = globals;
    if (!this.machine || !heap) return;
    this.machine.heap.restore(heap);
    this.machine.writeGlobals(globals);
    this.#renewIfNeeded(this.machine);
  }

  /** Replaces a machine whose memory grew in a failed message: a WebAssembly memory cannot shrink. */
  #replaceGrown(grown: Machine): void {
    const { module } = grown;
    const heap = grown.heap.capture(grown.heap.committedPages);
    const machine = acquireMachine(module, heap.wasmPages);
    machine.heap.restore(heap);
    machine.writeGlobals(this.record.globals);
    this.#renewIfNeeded(machine);
    releaseMachine(grown);
    this.machine = machine;
  }

  #renewIfNeeded(machine: Machine): void {
    if (!machine.module.needsFreshInstance) return;
    machine.renew();
    machine.writeGlobals(this.record.globals);
  }
}

/** Whether the principal may read the canister's log. It also decides whether errors show a backtrace. */
export function canReadLog({ record }: Canister, caller: PrincipalText): boolean {
  const { controllers, logVisibility } = record.settings;
  if (controllers.includes(caller)) return true;
  if (logVisibility.kind === 'allowed_viewers') return logVisibility.viewers.includes(caller);
  return logVisibility.kind === 'public';
}

export function defaultSettings(controllers: readonly PrincipalText[]): CanisterSettings {
  return {
    controllers,
    computeAllocation: 0n,
    memoryAllocation: 0n,
    freezingThresholdSeconds: CYCLES.freezingThresholdSecondsDefault,
    reservedCyclesLimit: CYCLES.reservedLimitDefault,
    logVisibility: { kind: 'controllers' },
    wasmMemoryLimit: BigInt(BYTES.wasmMemoryLimitDefault),
    wasmMemoryThreshold: 0n,
    environmentVariables: new Map(),
  };
}

function newRecord(
  controllers: readonly PrincipalText[],
  cycles: bigint,
  createdAtNs: bigint,
): CanisterRecord {
  return {
    settings: defaultSettings(controllers),
    status: 'running',
    pendingStops: [],
    version: 0,
    cycles,
    reservedCycles: 0n,
    chargedAtNs: createdAtNs,
    module: undefined,
    globals: [],
    certifiedData: EMPTY_BYTES,
    globalTimerNs: 0n,
    heartbeatNs: 0n,
    lowMemoryHook: 'not-satisfied',
    nextMethod: 'global-timer',
    priority: 0,
    priorityCredit: 0,
    installDebit: 0,
    inputSchedule: FIRST_INPUT_SCHEDULE,
    log: EMPTY_LOG,
    instructions: 0,
    nextCallId: 1,
    chunks: new Map(),
    snapshots: [],
    nextSnapshot: 0,
    canisterHistory: EMPTY_CANISTER_HISTORY,
  };
}
