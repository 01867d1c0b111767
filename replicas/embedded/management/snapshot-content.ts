/** Replaces the state of a canister by that of a snapshot. */
import type { PrincipalText } from '../../replica.js';
import { faultToUserError, moduleRefused, type UserError } from '../errors.js';
import { isLowOnMemory } from '../execution/execute-task.js';
import type { GlobalValue } from '../machine/machine.js';
import { readStable, toHeap } from '../memory/frozen-memory.js';
import type { HeapCheckpoint } from '../memory/heap.js';
import {
  canReadLog,
  type Canister,
  type CanisterSnapshotRecord,
  type UploadedContent,
} from '../state/canister.js';
import type { Subnet } from '../state/subnet.js';
import { instrumentModule } from '../wasm/instrument-module.js';
import {
  CANISTER_PAGES_MAX,
  InvalidWasmError,
  type InstrumentedModule,
} from '../wasm/instrumented-module.js';
import { inconsistentSnapshot } from './errors.js';
import { mutableValues } from './snapshot-globals.js';

/** The network's names of the states of the hook in the text of an error. */
const HOOK_NAMES = {
  'not-satisfied': 'ConditionNotSatisfied',
  ready: 'Ready',
  executed: 'Executed',
} as const;

interface Code {
  readonly module: InstrumentedModule;
  readonly heap: HeapCheckpoint;
  readonly globals: readonly GlobalValue[];
}

/** Returns the error if the snapshot cannot be loaded. The canister may have changed then. */
export function restoreContent(
  subnet: Subnet,
  canister: Canister,
  snapshot: CanisterSnapshotRecord,
  sender: PrincipalText,
): UserError | undefined {
  const { content, stable, certifiedData, chunks } = snapshot;
  const code = content.kind === 'taken' ? content : codeOf(subnet, canister, content, sender);
  if ('code' in code) return code;
  canister.setCode(code.module, code.heap, code.globals);
  canister.stable.revert(stable);
  canister.record.certifiedData = certifiedData;
  canister.record.chunks = chunks;
  return content.kind === 'taken' ? undefined : restoreTasks(canister, snapshot);
}

function codeOf(
  subnet: Subnet,
  canister: Canister,
  { module: bytes, moduleSize, heap, globals: uploaded }: UploadedContent,
  sender: PrincipalText,
): Code | UserError {
  let module: InstrumentedModule;
  try {
    module = instrumentModule(readStable(bytes, 0, moduleSize), subnet.network);
  } catch (error) {
    if (!(error instanceof InvalidWasmError)) throw error;
    return faultToUserError(canister.id, moduleRefused(error), canReadLog(canister, sender));
  }
  const globals = mutableValues(module, uploaded);
  if (!globals) {
    return inconsistentSnapshot(
      'Wasm exported globals of canister module and snapshot metadata do not match.',
    );
  }
  return hostable(module, heap.wasmPages)
    ? { module, heap: toHeap(heap), globals }
    : unhostable(heap.wasmPages);
}

/** The network runs a module with a memory of any size. The engine's memories have the limits that the module declares. */
function hostable(
  { initialPages, maximumPages = CANISTER_PAGES_MAX }: InstrumentedModule,
  pages: number,
): boolean {
  return pages >= initialPages && pages <= Math.min(maximumPages, CANISTER_PAGES_MAX);
}

function unhostable(pages: number): UserError {
  return inconsistentSnapshot(`The engine cannot run the module with a memory of ${pages} pages.`);
}

/** A snapshot that the canister took leaves its timer and its hook as they are. */
function restoreTasks(
  canister: Canister,
  { globalTimerNs, lowMemoryHook }: CanisterSnapshotRecord,
): UserError | undefined {
  if (globalTimerNs !== undefined) canister.record.globalTimerNs = globalTimerNs;
  if (lowMemoryHook === undefined) return undefined;
  canister.record.lowMemoryHook = lowMemoryHook;
  const isLow = isLowOnMemory(canister);
  if (isLow === (lowMemoryHook !== 'not-satisfied')) return undefined;
  return inconsistentSnapshot(
    `Hook status (Some(${HOOK_NAMES[lowMemoryHook]})) of uploaded snapshot is inconsistent with the canister's state (hook condition satisfied: ${isLow}).`,
  );
}
