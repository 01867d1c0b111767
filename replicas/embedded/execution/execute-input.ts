/** Executes a message of any kind, or continues one that is paused. */
import type { Canister, Effect } from '../state/canister.js';
import type { Input } from '../state/messages.js';
import type { Subnet } from '../state/subnet.js';
import { executeCall } from './execute-call.js';
import { executeResponse } from './execute-response.js';
import { executeTask, updateLowMemoryHook, type TaskKind } from './execute-task.js';
import { resume } from './slices.js';

export type Work =
  | { readonly kind: 'input'; readonly input: Input }
  | { readonly kind: 'task'; readonly task: TaskKind }
  /** The next slice of the paused message. */
  | { readonly kind: 'slice' };

/** If `mayPause` is true, a message that uses more instructions than a slice has pauses, and later rounds continue it. */
export function executeWork(subnet: Subnet, canister: Canister, work: Work, mayPause = false): Effect {
  const effect = execute(subnet, canister, work, mayPause);
  updateLowMemoryHook(canister);
  if (!canister.paused) subnet.executedMessages++;
  return effect;
}

function execute(subnet: Subnet, canister: Canister, work: Work, mayPause: boolean): Effect {
  switch (work.kind) {
    case 'slice':
      return resume(canister);
    case 'task':
      return executeTask(subnet, canister, work.task, mayPause);
    case 'input':
      return work.input.kind === 'response'
        ? executeResponse(subnet, canister, work.input, mayPause)
        : executeCall(subnet, canister, work.input, mayPause);
  }
}
