import type { Counterexample } from '../harness/counterexamples/counterexample.js';
import { replay, type Replay } from '../harness/counterexamples/replay.js';
import { examine, examineFully, type Examination } from '../harness/relations/examine.js';
import type { Schedule } from '../model/schedule.js';
import { withModule, type ModuleUnderTest } from './module-under-test.js';
import { selectionFrom, type SelectRules } from './selection.js';

/**
 * Runs a counterexample again and reports whether it still fails in the same way.
 *
 * @throws InputError if a rule is unknown, or the module cannot be read or installed; ReplicaError if the replica fails
 *
 * @example
 * const { outcome } = await replayCounterexample(await readCounterexample('corpus/outcome-….json'), { wasm, target });
 */
export function replayCounterexample(
  counterexample: Counterexample,
  module: ModuleUnderTest,
  options: SelectRules = {},
): Promise<Replay> {
  const fault = module.fault ?? counterexample.fault ?? undefined;
  return withModule({ ...module, fault }, ({ runner }) =>
    replay(runner, counterexample, { rules: selectionFrom(options) }),
  );
}

/**
 * Runs one schedule and judges its history. Relations are checked only if `rules` selects some. Most of them need a schedule whose calls
 * follow each other.
 *
 * @throws InputError if a rule is unknown, or the module cannot be read or installed; ReplicaError if the replica fails
 */
export function runSchedule(
  schedule: Schedule,
  module: ModuleUnderTest,
  options: SelectRules = {},
): Promise<Examination> {
  return withModule(module, async ({ runner }) => {
    const only = selectionFrom(options);
    return only === undefined ? examine(runner, schedule) : examineFully(runner, schedule, { only });
  });
}
