/** Executes tasks: the heartbeat, the global timer, and the low-memory hook. */
import { EMPTY_BYTES } from '../bytes.js';
import { MANAGEMENT_CANISTER } from '../principals.js';
import type { Canister } from '../state/canister.js';
import { openCallContext } from '../state/messages.js';
import type { Subnet } from '../state/subnet.js';
import { CONTEXT } from '../system-api/contexts.js';
import { WASM_PAGE_BYTES, type SystemEntryPoint } from '../wasm/instrumented-module.js';
import { settleFailure, settleSuccess } from './call-context.js';
import { executionCost, checkMessageFee } from './cycles.js';
import { failureOf, type Effect } from './execute-call.js';
import { rollBack, commit, run } from './run.js';

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

/** Whether the task may run now. Only running canisters have tasks. A heartbeat is due once per value of the replica time. */
export function isTaskDue(subnet: Subnet, canister: Canister, kind: TaskKind): boolean {
  const { record } = canister;
  if (record.status !== 'running' || !exportsTask(canister, kind)) return false;
  switch (kind) {
    case 'timer':
      return record.globalTimerNs !== 0n && subnet.timeNs >= record.globalTimerNs;
    case 'heartbeat':
      return record.heartbeatNs !== subnet.timeNs;
    case 'low-memory':
      return record.lowMemoryHook === 'ready';
  }
}

export function executeTask(subnet: Subnet, canister: Canister, kind: TaskKind): Effect {
  const { record, machine } = canister;
  if (kind === 'timer') record.globalTimerNs = 0n;
  if (kind === 'heartbeat') record.heartbeatNs = subnet.timeNs;
  if (kind === 'low-memory') record.lowMemoryHook = 'executed';
  const unpaid = checkMessageFee(canister, canister.profile.limits.messageMax, MANAGEMENT_CANISTER);
  if (!machine || unpaid) return { instructions: 0, failure: unpaid };
  const done = run(subnet, canister, machine, ENTRY[kind].name, {
    context: CONTEXT.T,
    mode: ENTRY[kind].mode,
    caller: MANAGEMENT_CANISTER,
    arg: EMPTY_BYTES,
    instructionLimit: canister.profile.limits.messageMax,
    prepaid: executionCost(canister, canister.profile.limits.messageMax),
  });
  const context = openCallContext(record.nextCallId++, TASK_CALL);
  if (done.fault) {
    rollBack(canister, done);
    settleFailure(subnet, canister, context, done.fault);
    return { instructions: done.instructions, failure: failureOf(canister, done.fault) };
  }
  commit(canister, done);
  settleSuccess(subnet, canister, context, done.message, done.instructions);
  return { instructions: done.instructions, failure: undefined };
}

/** Makes the low-memory hook ready if the heap came within the threshold of its limit. Call it after messages and changes of settings. */
export function updateLowMemoryHook(canister: Canister): void {
  const { settings, lowMemoryHook } = canister.record;
  const limit = settings.wasmMemoryLimit;
  const used = BigInt((canister.machine?.heap.wasmPages ?? 0) * WASM_PAGE_BYTES);
  const isLow = settings.wasmMemoryThreshold > 0n && limit - used < settings.wasmMemoryThreshold;
  if (!isLow) canister.record.lowMemoryHook = 'not-satisfied';
  else if (lowMemoryHook === 'not-satisfied') canister.record.lowMemoryHook = 'ready';
}
