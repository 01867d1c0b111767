/**
 * The worker thread of `gate`. The counters come first, because they are exact and cheap; then the mutants and the past failures. The
 * campaign takes the time that is left in the budget.
 */
import { PROFILES } from '../../generators/profile.js';
import { readCounterexample, type Counterexample } from '../../harness/counterexamples/counterexample.js';
import { replay } from '../../harness/counterexamples/replay.js';
import { ScheduleRunner } from '../../harness/execution/schedule-runner.js';
import { Interrupted, type StopSignal } from '../../harness/execution/stop-signal.js';
import { InputError } from '../../harness/input-error.js';
import { selectionOf } from '../../harness/judgement/applicable-rules.js';
import type { Target } from '../../targets/target.js';
import { canRun, countScenario, SCENARIOS } from '../benchmark/counters.js';
import { runCampaign } from '../campaign/campaign.js';
import { CoverageCollector } from '../code-coverage/coverage-collector.js';
import { coveredModules } from '../code-coverage/covered-module.js';
import { inThreads } from '../parallel/parallel-runs.js';
import { smokeLimits, smokeUpload, throwSmokeFailure } from '../smoke/smoke-upload.js';
import { createCachingEngine } from '../subject/replicas.js';
import { openSubject } from '../subject/subject.js';
import { runWorker, workerThread } from '../threads/worker-thread.js';
import { GATE_PROFILE, type GateJob, type GateMessage } from './job.js';

const { job, signal, post } = workerThread<GateJob, GateMessage>();
const rules = selectionOf(job.rules);
const deadline = performance.now() + job.budgetMs;
/** Aborted when the job is stopped or its budget is used up. */
const limited: StopSignal = {
  get aborted() {
    return signal.aborted || performance.now() >= deadline;
  },
};

// The record on the main thread knows what was planned and is missing after an interruption.
await runWorker(async () => {
  const { name, version } = createCachingEngine().info;
  post({ type: 'started', engine: `${name} ${version}` });
  const { target } = await openSubject(job.subject);
  if (await isUnusable(target)) return;
  await countScenarios(target);
  await killMutants(target);
  await replayCorpus(target);
  await runGateCampaign(target);
});

/**
 * Whether the smoke upload fails because of a past failure that is back. The corpus then says what is broken, and nothing else can run.
 * @throws InputError if the smoke upload fails and no past failure is back
 */
async function isUnusable(target: Target): Promise<boolean> {
  const replica = createCachingEngine();
  const runner = new ScheduleRunner({ replica, target, wasm: job.subject.wasm });
  const limits = smokeLimits(PROFILES[GATE_PROFILE], target);
  const failure = await smokeUpload(runner, { limits, signal: limited });
  if (failure === undefined) return false;
  if (!(await replayCorpus(target))) throwSmokeFailure(failure);
  return true;
}

function postProgress(text: string): void {
  const secondsLeft = Math.max(0, Math.ceil((deadline - performance.now()) / 1_000));
  post({ type: 'progress', text, secondsLeft });
}

async function countScenarios(target: Target): Promise<void> {
  const replica = createCachingEngine();
  const pristine = await replica.snapshot();
  const run = { replica, pristine, target, wasm: job.subject.wasm, signal: limited };
  const scenarios = SCENARIOS.filter((each) => job.scenarios.includes(each.name) && canRun(each, target));
  for (const [done, scenario] of scenarios.entries()) {
    postProgress(`counters, ${done + 1} of ${scenarios.length}: ${scenario.name}`);
    const start = performance.now();
    const counters = await countScenario(scenario, run);
    post({ type: 'counted', scenario: scenario.name, counters, wallMs: performance.now() - start });
  }
}

/** Findings are not shrunk: the gate asks only whether the campaign finds the fault. */
async function killMutants(target: Target): Promise<void> {
  const { faults } = job;
  if (faults === undefined) return;
  for (const [done, name] of job.mutants.entries()) {
    postProgress(`mutants, ${done + 1} of ${job.mutants.length}: ${name}`);
    const replica = createCachingEngine();
    const runner = new ScheduleRunner({ replica, target, wasm: faults.wasm, fault: name });
    const { findings, runs, isInterrupted } = await runCampaign({
      runner,
      wasmSha256: faults.sha256,
      fault: name,
      profile: PROFILES[GATE_PROFILE],
      seed: job.seed,
      rules,
      signal: limited,
      findingsMax: 1,
      shrinkExecutionsMax: 0,
    });
    if (isInterrupted && findings.length === 0) throw new Interrupted();
    post({ type: 'mutant', name, killed: findings.length > 0, runs });
  }
}

/** @returns whether a past failure is back, or the past failure of a seeded fault is no longer found */
async function replayCorpus(target: Target): Promise<boolean> {
  let hasProblem = false;
  for (const [done, file] of job.corpus.entries()) {
    postProgress(`corpus, ${done + 1} of ${job.corpus.length}: ${file}`);
    const counterexample = await readCounterexample(file);
    if (counterexample.target !== target.name)
      throw new InputError(
        `corpus ${file}: it is for target "${counterexample.target}"; keep it in a separate folder`,
      );
    const problem = await problemOf(counterexample, target);
    hasProblem ||= problem !== null;
    post({ type: 'corpus', file, problem });
  }
  return hasProblem;
}

/** A past failure must not come back; a past failure of a seeded fault must still be found. Null if that is so. */
async function problemOf(counterexample: Counterexample, target: Target): Promise<string | null> {
  const { rule } = counterexample;
  const fault = counterexample.fault ?? undefined;
  const wasm = fault === undefined ? job.subject.wasm : job.faults?.wasm;
  // A fault of the reference canister says nothing about the user's canister.
  if (wasm === undefined) return null;
  const runner = new ScheduleRunner({
    replica: createCachingEngine(),
    target,
    wasm,
    fault,
  });
  const { outcome } = await replay(runner, counterexample, { signal: limited, rules });
  const fails = outcome === 'same' || outcome === 'different';
  if (fault === undefined) return fails ? `it fails again: ${rule}` : null;
  return fails ? null : `the fault ${fault} is no longer found: ${rule}`;
}

async function runGateCampaign(target: Target): Promise<void> {
  const budgetMs = deadline - performance.now();
  if (job.runs === 0 || budgetMs <= 0) return;
  const { wasm, wasmSha256 } = job.subject;
  const coverage = job.hasCoverage ? new CoverageCollector() : undefined;
  const { runs, unknowns, neverSucceeded } = await runCampaign({
    runner: new ScheduleRunner({
      replica: createCachingEngine(undefined, coverage?.recorder),
      target,
      wasm,
      setUpObserver: coverage,
    }),
    wasmSha256,
    profile: PROFILES[GATE_PROFILE],
    seed: job.seed,
    firstRun: job.firstRun,
    runs: job.runs,
    startRuns: inThreads({ subject: job.subject, workers: job.workers, coverage }),
    budgetMs,
    rules,
    signal,
    corpusFolder: job.findingsFolder,
    onResult: () => coverage?.afterSchedule(),
    onProgress: ({ runs: done, schedulesPerSecond }) =>
      postProgress(
        `profile ${GATE_PROFILE}, ${done} of ${job.runs} schedules, ${schedulesPerSecond.toFixed(0)}/s`,
      ),
    onFinding: ({ counterexample: { checker, rule }, path }) =>
      post({ type: 'finding', checker, rule, file: path ?? null }),
  });
  if (coverage !== undefined && runs === job.runs) {
    const modules = coveredModules(coverage.counts(), job.subject, target);
    post({ type: 'coverage', target: target.name, modules });
  }
  post({ type: 'campaign', runs, unknowns: unknowns.runs, neverSucceeded });
}
