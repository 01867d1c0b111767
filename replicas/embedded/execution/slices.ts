/**
 * Deterministic time slicing: a message that uses more instructions than a slice has continues in later rounds. Until it ends, nothing of
 * it is visible, and the canister executes nothing else.
 *
 * The engine executes such a message at once, sets its effects aside, and applies them in the round in which its last slice ends.
 *
 * Source: IC interface spec and public documentation, "Deterministic time slicing"; recorded: trace 05, "heavy message 0" to 2.
 */
import type { Canister, Effect } from '../state/canister.js';
import type { Run } from './run.js';

/** Ends an execution with `finish`: at once, or after its slices if it may pause. */
export function finishInSlices(
  canister: Canister,
  done: Run,
  mayPause: boolean,
  finish: (done: Run) => Effect,
): Effect {
  const { sliceMax } = canister.profile.limits;
  if (!mayPause || done.executed <= sliceMax) return finish(done);
  const restore = setAside(canister, done);
  canister.paused = { remaining: done.executed - sliceMax, finish: () => finish(restore()) };
  return { instructions: sliceMax, failure: undefined };
}

/** Executes the next slice of the paused message. */
export function resume(canister: Canister): Effect {
  const { paused } = canister;
  if (!paused) throw new Error(`canister ${canister.id} has no paused message`);
  const { sliceMax } = canister.profile.limits;
  if (paused.remaining > sliceMax) {
    canister.paused = { ...paused, remaining: paused.remaining - sliceMax };
    return { instructions: sliceMax, failure: undefined };
  }
  canister.paused = undefined;
  return { ...paused.finish(), instructions: paused.remaining };
}

/** Undoes the execution. The result does it again, and returns it. The prepayment stays outside the balance meanwhile. */
function setAside(canister: Canister, done: Run): () => Run {
  const { machine, before, message } = done;
  const heap = machine.heap.changes();
  const globals = machine.readGlobals();
  const stable = canister.stable.checkpoint();
  const { cycles, reservedCycles } = canister.record;
  canister.revert(machine, before);
  return () => {
    const current = canister.installedMachine;
    current.heap.apply(heap);
    current.writeGlobals(globals);
    canister.stable.revert(stable);
    const { record } = canister;
    message.account.adjust(record.cycles - cycles, record.reservedCycles - reservedCycles);
    return { ...done, machine: current };
  };
}
