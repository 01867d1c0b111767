/** Executes tasks: the heartbeat, the global timer, and the low-memory hook. */
import { isHeapLow } from '../accounting/holdings.js';
import { executionFee } from '../accounting/prices.js';
import { EMPTY_BYTES } from '../bytes.js';
import { MANAGEMENT_CANISTER } from '../principals.js';
import type { Canister, Effect } from '../state/canister.js';
import { memoryUsage } from '../state/canister-memory.js';
import { openCallContext } from '../state/messages.js';
import type { Subnet } from '../state/subnet.js';
import { CONTEXT } from '../system-api/contexts.js';
import type { SystemEntryPoint } from '../wasm/instrumented-module.js';
import { hasWasm64Code, isPrepayment, prepay, settle, withdrawalError } from './canister-account.js';
import { endFirstMessage } from './execute-call.js';
import { commit, run } from './run.js';
import { finishInSlices } from './slices.js';

export type TaskKind = 'timer' | 'heartbeat' | 'low-memory';

const ENTRY: Readonly<Record<TaskKind, { name: SystemEntryPoint; mode: string }>> = {
  timer: { name: 'canister_global_timer', mode: 'global timer' },
  heartbeat: { name: 'canister_heartbeat', mode: 'heartbeat' },
  'low-memory': { name: 'canister_on_low_wasm_memory', mode: 'on low Wasm memory' },
};

/** A task opens a call context as if the system had called it. */
const TASK_CALL = { origin: { kind: 'system' }, root: undefined, method: '', cycles: 0n } as const;

function exportsTask(canister: Canister, kind: TaskKind): boolean {
  return canister.record.module?.systemEntryPoints.has(ENTRY[kind].name) ?? false;
}

/**
 * Whether the task may run now. Only running canisters have timers and heartbeats. A heartbeat is due once per value of the replica
 * time. A timer or a hook waits while the canister is frozen. A ready hook is taken from every canister, and fails in one that is
 * stopped or does not export it (recorded: trace 06, exchanges 327 and 336).
 */
export function isTaskDue(subnet: Subnet, canister: Canister, kind: TaskKind): boolean {
  const { record } = canister;
  switch (kind) {
    case 'timer':
      return (
        canRunTask(canister, kind) &&
        record.globalTimerNs !== 0n &&
        subnet.timeNs >= record.globalTimerNs &&
        isPayable(canister)
      );
    case 'heartbeat':
      return canRunTask(canister, kind) && record.heartbeatNs !== subnet.timeNs;
    case 'low-memory':
      return record.lowMemoryHook === 'ready' && isPayable(canister);
  }
}

function canRunTask(canister: Canister, kind: TaskKind): boolean {
  return canister.record.status === 'running' && exportsTask(canister, kind);
}

function isPayable(canister: Canister): boolean {
  const { profile } = canister;
  const fee = executionFee(profile, profile.limits.messageMax, hasWasm64Code(canister));
  return withdrawalError(canister, fee, MANAGEMENT_CANISTER) === undefined;
}

export function executeTask(subnet: Subnet, canister: Canister, kind: TaskKind, mayPause = false): Effect {
  const { record, machine } = canister;
  if (kind === 'heartbeat') record.heartbeatNs = subnet.timeNs;
  const { messageMax } = canister.profile.limits;
  const prepayment = prepay(canister, messageMax, MANAGEMENT_CANISTER);
  if (!isPrepayment(prepayment)) return { instructions: 0, failure: prepayment };
  if (kind === 'timer') record.globalTimerNs = 0n;
  if (kind === 'low-memory') record.lowMemoryHook = 'executed';
  if (!machine || !canRunTask(canister, kind)) {
    settle(canister, prepayment, 0);
    return { instructions: 0, failure: undefined };
  }
  const done = run(subnet, canister, machine, ENTRY[kind].name, {
    context: CONTEXT.T,
    mode: ENTRY[kind].mode,
    caller: MANAGEMENT_CANISTER,
    arg: EMPTY_BYTES,
    instructionLimit: messageMax,
  });
  return finishInSlices(canister, done, mayPause, (ended) => {
    const context = openCallContext(record.nextCallId++, TASK_CALL);
    return endFirstMessage(subnet, canister, context, prepayment, ended, commit);
  });
}

/** Makes the low-memory hook ready if little memory is left for the heap. Call it after messages and changes of settings. */
export function updateLowMemoryHook(canister: Canister): void {
  const { lowMemoryHook } = canister.record;
  if (!isLowOnMemory(canister)) canister.record.lowMemoryHook = 'not-satisfied';
  else if (lowMemoryHook === 'not-satisfied') canister.record.lowMemoryHook = 'ready';
}

/** Whether the heap has less room than the threshold of the settings. */
export function isLowOnMemory(canister: Canister): boolean {
  const { memoryAllocation, wasmMemoryLimit, wasmMemoryThreshold } = canister.record.settings;
  const heapBytes = canister.machine?.heap.byteLength ?? 0;
  return isHeapLow({
    heapBytes,
    memoryBytes: memoryAllocation > 0n ? memoryUsage(canister) : heapBytes,
    memoryAllocation,
    wasmMemoryLimit,
    wasmMemoryThreshold,
  });
}
