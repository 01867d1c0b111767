/** One campaign on one mutant, and the proof that the fault causes what it found. */
import { PROFILES } from '../../generators/profile.js';
import { runCampaign } from '../campaign/campaign.js';
import { OperationTally } from '../campaign/operation-tally.js';
import { contextSwitches, operationCount } from '../../harness/counterexamples/describe-schedule.js';
import type { Counterexample } from '../../harness/counterexamples/counterexample.js';
import { replay, type Replay, type ReplayOptions } from '../../harness/counterexamples/replay.js';
import { selectionOf } from '../../harness/judgement/applicable-rules.js';
import type { StopSignal } from '../../harness/execution/stop-signal.js';
import { ScheduleRunner } from '../../harness/execution/schedule-runner.js';
import type { Target } from '../../targets/target.js';
import { createFileReader } from '../subject/file-reader.js';
import { createCachingEngine } from '../subject/replicas.js';
import type { MutantsJob, Task, Trial } from './job.js';

/** Runs `work` on its own replica, so that a trial does not depend on earlier ones. */
export async function onFreshReplica<T>(
  {
    target,
    wasm,
    fault,
  }: { readonly target: Target; readonly wasm: Uint8Array; readonly fault: string | undefined },
  work: (runner: ScheduleRunner) => Promise<T>,
): Promise<T> {
  const replica = createCachingEngine();
  try {
    return await work(new ScheduleRunner({ replica, target, wasm, fault, reader: createFileReader() }));
  } finally {
    await replica.dispose();
  }
}

/** Undefined if the signal was aborted before anything was found. */
export async function runTrial(
  { mutant, seed }: Task & { kind: 'campaign' },
  target: Target,
  job: MutantsJob,
  signal: StopSignal,
): Promise<Trial | undefined> {
  return onFreshReplica({ target, wasm: job.faultsWasm, fault: mutant }, async (runner) => {
    const started = performance.now();
    const rules = selectionOf(job.rules);
    const tally = new OperationTally();
    let foundMs: number | undefined;
    const { findings, runs, isInterrupted } = await runCampaign({
      runner,
      wasmSha256: job.faultsWasmSha256,
      fault: mutant,
      profile: PROFILES[job.profile],
      seed,
      budgetMs: job.budgetMs,
      rules,
      findingsMax: 1,
      // Executions bound the shrinking, not time, so that every machine shrinks to the same schedule.
      shrinkMsMax: Infinity,
      signal,
      onResult: ({ outcomes }) => tally.addCounts(outcomes),
      onFailing: () => void (foundMs = performance.now() - started),
    });
    const [finding] = findings;
    const endedMs = performance.now() - started;
    const trial = { mutant, seed, runs, ms: foundMs ?? endedMs, operations: tally.counts };
    if (finding === undefined)
      return isInterrupted ? undefined : { ...trial, kill: undefined, refutation: undefined };
    const { counterexample, executions } = finding;
    const again = await replay(runner, counterexample, { rules });
    const refutation = await refute(again, counterexample, {
      target,
      wasm: job.correctWasm,
      fault: undefined,
      rules,
    });
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

function othersOf({ verdict }: Replay, checker: string): readonly string[] {
  const rejecting = verdict.kind === 'invalid' ? verdict.violations.map((one) => one.checker) : [];
  return [...new Set(rejecting)].filter((name) => name !== checker).sort();
}

/** Why the counterexample proves nothing about the fault; undefined if it fails again with the fault and passes without it. */
async function refute(
  again: Replay,
  counterexample: Counterexample,
  { rules, ...correct }: Parameters<typeof onFreshReplica>[0] & ReplayOptions,
): Promise<string | undefined> {
  if (again.outcome !== 'same' || !again.isSameTrace)
    return `found by ${counterexample.checker}, but not reproducible on the mutant`;
  const onCorrect = await onFreshReplica(correct, (runner) => replay(runner, counterexample, { rules }));
  return onCorrect.outcome === 'passes'
    ? undefined
    : `false alarm of ${counterexample.checker}: it also fails on the canister without the fault`;
}
