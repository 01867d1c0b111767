/** Executes what nobody called: heartbeat, global timer, the low-memory hook. */
import { MANAGEMENT_CANISTER } from '../principals.js';
import type { Canister } from '../state/canister.js';
import type { CallContext } from '../state/messages.js';
import type { Subnet } from '../state/subnet.js';
import { CONTEXT } from '../system-api/contexts.js';
import { WASM_PAGE_BYTES, type SystemEntryPoint } from '../wasm/artifact.js';
import { settleFailure, settleSuccess } from './call-context.js';
import { executionCost, outOfCycles } from './cycles.js';
import { failureOf, type Effect } from './execute-call.js';
import { drop, keep, run } from './run.js';

export type TaskKind = 'timer' | 'heartbeat' | 'low-memory';

const ENTRY: Readonly<Record<TaskKind, { name: SystemEntryPoint; mode: string }>> = {
  timer: { name: 'canister_global_timer', mode: 'global timer' },
  heartbeat: { name: 'canister_heartbeat', mode: 'heartbeat' },
  'low-memory': { name: 'canister_on_low_wasm_memory', mode: 'on low Wasm memory' },
};
const NOTHING = new Uint8Array(0);

function exportsTask(canister: Canister, kind: TaskKind): boolean {
  return canister.record.module?.systemEntryPoints.has(ENTRY[kind].name) ?? false;
}

/** Only running canisters have tasks. A heartbeat is due once per instant of replica time. */
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
  const poor = outOfCycles(canister, canister.profile.limits.messageMax, MANAGEMENT_CANISTER);
  if (!machine || poor) return { instructions: 0, failure: poor };
  const done = run(subnet, canister, machine, ENTRY[kind].name, {
    context: CONTEXT.T,
    mode: ENTRY[kind].mode,
    caller: MANAGEMENT_CANISTER,
    arg: NOTHING,
    instructionLimit: canister.profile.limits.messageMax,
    prepaid: executionCost(canister, canister.profile.limits.messageMax),
  });
  const context: CallContext = {
    id: record.nextCallId++,
    origin: { kind: 'system' },
    root: undefined,
    method: '',
    isAnswered: true,
    cycles: 0n,
    instructions: 0,
    outstanding: 0,
    isDeleted: false,
  };
  if (done.fault) {
    drop(canister, done);
    settleFailure(subnet, canister, context, done.fault);
    return { instructions: done.instructions, failure: failureOf(canister, done.fault) };
  }
  keep(canister, done);
  settleSuccess(subnet, canister, context, done.message, done.instructions);
  return { instructions: done.instructions, failure: undefined };
}

/** After a message or a change of settings: is the heap near its limit? */
export function updateLowMemoryHook(canister: Canister): void {
  const { settings, lowMemoryHook } = canister.record;
  const limit = settings.wasmMemoryLimit;
  const used = BigInt((canister.machine?.heap.wasmPages ?? 0) * WASM_PAGE_BYTES);
  const isLow = settings.wasmMemoryThreshold > 0n && limit - used < settings.wasmMemoryThreshold;
  if (!isLow) canister.record.lowMemoryHook = 'not-satisfied';
  else if (lowMemoryHook === 'not-satisfied') canister.record.lowMemoryHook = 'ready';
}
