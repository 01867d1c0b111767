/** Runs the schedules that reach a mutant, until one of them shows it. */
import { ScheduleRunner } from '../../harness/execution/schedule-runner.js';
import { Interrupted, type StopSignal } from '../../harness/execution/stop-signal.js';
import { createEmbeddedReplica } from '../../replicas/embedded/embedded-replica.js';
import { applyMutant } from '../../replicas/embedded/mutation/apply-mutant.js';
import { forgetModule } from '../../replicas/embedded/wasm/instrument-module.js';
import type { DecodedModule } from '../../replicas/embedded/wasm/module-decoder.js';
import { RunExecutor } from '../campaign/run-executor.js';
import { errorLine } from '../error-line.js';
import type { Subject } from '../subject/subject.js';
import { behaviorOf } from './behavior.js';
import { InstructionLimit } from './instruction-limit.js';
import type { MutantTrial, PlannedMutant, TrialJob } from './job.js';
import type { NormalForms } from './normal-form.js';
import { executorOptions, runnerOptions, violationsOf } from './plan.js';

const REASON_MAX = 200;

export interface TrialContext {
  readonly job: TrialJob;
  readonly subject: Subject;
  /** The unchanged module. */
  readonly module: DecodedModule;
  readonly signal: StopSignal;
  /** Recognises equivalent mutants; `undefined` if the optimizer is not installed. It takes seconds to load. */
  readonly normalForms: () => Promise<NormalForms | undefined>;
}

/** @throws Interrupted if asked to stop */
export async function runTrial(planned: PlannedMutant, context: TrialContext): Promise<MutantTrial> {
  const started = performance.now();
  const { id } = planned.mutant;
  if (planned.schedules.length === 0) return { id, state: 'NoCoverage', killedBy: null, runs: 0, ms: 0 };
  const wasm = applyMutant(context.module, planned.mutant);
  try {
    const outcome = await runSchedules(planned.schedules, wasm, context);
    const isAlive = outcome.state === 'Survived' || outcome.state === 'Suspected';
    const forms = isAlive ? await context.normalForms() : undefined;
    const isEquivalent = forms?.isEquivalent(planned.mutant) === true;
    const state = isEquivalent ? 'Equivalent' : outcome.state;
    return { id, ...outcome, state, ms: Math.round(performance.now() - started) };
  } finally {
    forgetModule(wasm);
  }
}

type Outcome = Pick<MutantTrial, 'state' | 'killedBy' | 'runs'>;

async function runSchedules(
  schedules: readonly number[],
  wasm: Uint8Array,
  { job, subject, signal }: TrialContext,
): Promise<Outcome> {
  const { settings, plan } = job;
  let behavior = '';
  const replica = createEmbeddedReplica({ watch: new InstructionLimit(plan.instructionsMax) });
  const executor = new RunExecutor({
    ...executorOptions(settings, subject),
    runner: new ScheduleRunner({ ...runnerOptions(settings, subject), replica, wasm }),
    signal,
    onRun: ({ history }) => void (behavior = behaviorOf(history)),
  });
  let runs = 0;
  let differs = false;
  for (const index of schedules) {
    if (signal.aborted) throw new Interrupted();
    runs++;
    const before = plan.baseline[index];
    try {
      const result = await executor.execute(index);
      if (result.isInterrupted === true) throw new Interrupted();
      const violation = violationsOf(result).find((each) => before?.violations.includes(each) !== true);
      if (violation !== undefined) return { state: 'Killed', killedBy: violation, runs };
      if (result.overdue !== undefined) return { state: 'Timeout', killedBy: result.overdue, runs };
    } catch (error) {
      if (error instanceof Interrupted) throw error;
      // The module cannot be installed, or an answer cannot be decoded.
      return { state: 'Killed', killedBy: errorLine(error).slice(0, REASON_MAX), runs };
    }
    differs ||= behavior !== before?.behavior;
  }
  return { state: differs ? 'Survived' : 'Suspected', killedBy: null, runs };
}
