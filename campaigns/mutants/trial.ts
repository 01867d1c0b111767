/** One campaign on one mutant, and the proof that what it found is the mutant's doing. */
import { PROFILES } from '../../generators/profile.js';
import { runCampaign } from '../campaign/campaign.js';
import { contextSwitches, operationCount } from '../../harness/counterexamples/describe-schedule.js';
import { replay, type Replay } from '../../harness/counterexamples/replay.js';
import type { StopSignal } from '../../harness/execution/stop-signal.js';
import { ScheduleRunner } from '../../harness/execution/schedule-runner.js';
import { createEmbeddedReplica } from '../../replicas/embedded/embedded-replica.js';
import type { Replica } from '../../replicas/replica.js';
import { uploadTarget } from '../../targets/upload.js';
import type { MutantsJob, Task, Trial } from './job.js';

/** Runs `work` on a replica of its own, so that a trial depends on nothing that ran before it. */
export async function onFreshReplica<T>(
  wasm: Uint8Array,
  fault: string | undefined,
  work: (runner: ScheduleRunner) => Promise<T>,
): Promise<T> {
  const replica: Replica = createEmbeddedReplica();
  try {
    return await work(new ScheduleRunner({ replica, target: uploadTarget, wasm, fault }));
  } finally {
    await replica.dispose();
  }
}

/** Undefined if asked to stop before anything was found. */
export async function runTrial(
  { mutant, seed }: Task & { kind: 'campaign' },
  job: MutantsJob,
  signal: StopSignal,
): Promise<Trial | undefined> {
  return onFreshReplica(job.faultsWasm, mutant, async (runner) => {
    const started = performance.now();
    let foundMs: number | undefined;
    const { findings, runs, isInterrupted } = await runCampaign({
      runner,
      wasmSha256: job.faultsWasmSha256,
      fault: mutant,
      profile: PROFILES[job.profile],
      seed,
      budgetMs: job.budgetMs,
      // Bounded by executions alone, so that a slow machine shrinks to the same.
      shrinkMsMax: Infinity,
      signal,
      onFailing: () => void (foundMs = performance.now() - started),
    });
    const [finding] = findings;
    const endedMs = performance.now() - started;
    const trial = { mutant, seed, runs, ms: foundMs ?? endedMs };
    if (finding === undefined)
      return isInterrupted ? undefined : { ...trial, kill: undefined, refutation: undefined };
    const { counterexample, executions } = finding;
    const again = await replay(runner, counterexample);
    const refutation = await refute(again, counterexample, job.correctWasm);
    if (refutation !== undefined) return { ...trial, kill: undefined, refutation };
    const { schedule } = counterexample;
    const kill = {
      shrinkMs: endedMs - trial.ms,
      executions,
      operations: operationCount(schedule),
      contextSwitches: contextSwitches(schedule),
      counterexample,
      alsoBy: othersOf(again, counterexample.checker),
    };
    return { ...trial, kill, refutation };
  });
}

type Found = Parameters<typeof replay>[1];

function othersOf({ verdict }: Replay, checker: string): readonly string[] {
  const objecting = verdict.kind === 'invalid' ? verdict.violations.map((one) => one.checker) : [];
  return [...new Set(objecting)].filter((name) => name !== checker).sort();
}

/** Why this counterexample tells nothing about the mutant; undefined if it fails on the mutant again and passes on the production build. */
async function refute(
  again: Replay,
  counterexample: Found,
  correctWasm: Uint8Array,
): Promise<string | undefined> {
  if (again.outcome !== 'same' || !again.isSameTrace)
    return `found by ${counterexample.checker}, and not repeated on the mutant`;
  const onCorrect = await onFreshReplica(correctWasm, undefined, (runner) => replay(runner, counterexample));
  return onCorrect.outcome === 'passes'
    ? undefined
    : `a false alarm of ${counterexample.checker}: it fails on the production build as well`;
}
