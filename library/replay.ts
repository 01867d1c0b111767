import type { Counterexample } from '../harness/counterexamples/counterexample.js';
import { replay, type Replay } from '../harness/counterexamples/replay.js';
import type { History } from '../harness/history/history.js';
import { judge, readerOption } from '../harness/judgement/judge.js';
import type { Verdict } from '../harness/evidence/verdict.js';
import type { Schedule } from '../model/schedule.js';
import { withModule, type ModuleUnderTest } from './module-under-test.js';

/**
 * Runs a counterexample again and reports whether it still fails in the same way.
 *
 * @throws InputError if the module cannot be read or installed; ReplicaError if the replica fails
 *
 * @example
 * const { outcome } = await replayCounterexample(await readCounterexample('corpus/outcome-….json'), { wasm, target });
 */
export function replayCounterexample(
  counterexample: Counterexample,
  module: ModuleUnderTest,
): Promise<Replay> {
  const fault = module.fault ?? counterexample.fault ?? undefined;
  return withModule({ ...module, fault }, ({ runner }) => replay(runner, counterexample));
}

/**
 * Runs one schedule and judges its history.
 *
 * @throws InputError if the module cannot be read or installed; ReplicaError if the replica fails
 */
export function runSchedule(
  schedule: Schedule,
  module: ModuleUnderTest,
): Promise<{ readonly history: History; readonly verdict: Verdict }> {
  return withModule(module, async ({ runner }) => {
    const history = await runner.run(schedule);
    return { history, verdict: judge(history, schedule, runner.target, readerOption(runner)) };
  });
}
