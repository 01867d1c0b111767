/**
 * The thread of `gate`. First what is exact and cheap (counters), then what must be killed and what must not come back; the campaign
 * takes what time is left of the budget.
 */
import { canRun, countScenario, SCENARIOS } from '../benchmark/counters.js';
import { PROFILES } from '../../generators/profile.js';
import { runCampaign } from '../campaign/campaign.js';
import { readCounterexample } from '../../harness/counterexamples/counterexample.js';
import { InputError } from '../../harness/input-error.js';
import { replay } from '../../harness/counterexamples/replay.js';
import { Interrupted, type StopSignal } from '../../harness/execution/stop-signal.js';
import { ScheduleRunner } from '../../harness/execution/schedule-runner.js';
import { createEmbeddedReplica } from '../../replicas/embedded/embedded-replica.js';
import type { Target } from '../../targets/target.js';
import { errorLine } from '../fail.js';
import { GATE_PROFILE, type GateJob, type GateMessage } from '../gate/job.js';
import { openSubject } from '../subject/subject.js';
import { workerThread } from './worker-thread.js';

const { job, signal, post } = workerThread<GateJob, GateMessage>();
const deadline = performance.now() + job.budgetMs;
const isLate = () => performance.now() >= deadline;
/** Within the budget, too. */
const limited: StopSignal = {
  get aborted() {
    return signal.aborted || isLate();
  },
};
function tell(text: string) {
  post({
    type: 'progress',
    text,
    secondsLeft: Math.max(0, Math.ceil((deadline - performance.now()) / 1_000)),
  });
}

async function count(target: Target): Promise<void> {
  const replica = createEmbeddedReplica();
  const pristine = await replica.snapshot();
  const run = { replica, pristine, target, wasm: job.subject.wasm, signal: limited };
  const scenarios = SCENARIOS.filter((each) => job.scenarios.includes(each.name) && canRun(each, target));
  for (const [done, scenario] of scenarios.entries()) {
    tell(`counters, ${done + 1} of ${scenarios.length}: ${scenario.name}`);
    const start = performance.now();
    const counters = await countScenario(scenario, run);
    post({ type: 'counted', scenario: scenario.name, counters, wallMs: performance.now() - start });
  }
}

/** Not shrunk: that it is found is all that is asked. */
async function hunt(target: Target): Promise<void> {
  const { faults } = job;
  if (faults === undefined) return;
  for (const [done, name] of job.mutants.entries()) {
    tell(`mutants, ${done + 1} of ${job.mutants.length}: ${name}`);
    const replica = createEmbeddedReplica();
    const runner = new ScheduleRunner({ replica, target, wasm: faults.wasm, fault: name });
    const { findings, runs, isInterrupted } = await runCampaign({
      runner,
      wasmSha256: faults.sha256,
      fault: name,
      profile: PROFILES[GATE_PROFILE],
      seed: job.seed,
      signal: limited,
      shrinkExecutionsMax: 0,
    });
    if (isInterrupted && findings.length === 0) throw new Interrupted();
    post({ type: 'mutant', name, killed: findings.length > 0, runs });
  }
}

/** A past failure must not come back; one of a seeded fault must still be caught. */
async function checkCorpus(target: Target): Promise<void> {
  for (const [done, file] of job.corpus.entries()) {
    tell(`corpus, ${done + 1} of ${job.corpus.length}: ${file}`);
    const counterexample = await readCounterexample(file);
    if (counterexample.target !== target.name)
      throw new InputError(
        `corpus ${file}: it is for target "${counterexample.target}"; keep it in a folder of its own`,
      );
    const fault = counterexample.fault ?? undefined;
    const wasm = fault === undefined ? job.subject.wasm : job.faults?.wasm;
    // A fault of the built-in canister says nothing about another one.
    if (wasm === undefined) {
      post({ type: 'corpus', file, problem: null });
      continue;
    }
    const runner = new ScheduleRunner({ replica: createEmbeddedReplica(), target, wasm, fault });
    const { outcome } = await replay(runner, counterexample, limited);
    const fails = outcome === 'same' || outcome === 'different';
    const problem =
      fault === undefined
        ? fails
          ? `it fails again: ${counterexample.rule}`
          : null
        : fails
          ? null
          : `the fault ${fault} is not caught any more: ${counterexample.rule}`;
    post({ type: 'corpus', file, problem });
  }
}

async function campaign(target: Target): Promise<void> {
  const budgetMs = deadline - performance.now();
  if (job.runs === 0 || budgetMs <= 0) return;
  const { wasm, wasmSha256 } = job.subject;
  const { runs, unknowns } = await runCampaign({
    runner: new ScheduleRunner({ replica: createEmbeddedReplica(), target, wasm }),
    wasmSha256,
    profile: PROFILES[GATE_PROFILE],
    seed: job.seed,
    firstRun: job.firstRun,
    runs: job.runs,
    budgetMs,
    signal,
    corpusFolder: job.findingsFolder,
    onProgress: ({ runs: done, schedulesPerSecond }) =>
      tell(`profile ${GATE_PROFILE}, ${done} of ${job.runs} schedules, ${schedulesPerSecond.toFixed(0)}/s`),
    onFinding: ({ counterexample: { checker, rule }, path }) =>
      post({ type: 'finding', checker, rule, file: path ?? null }),
  });
  post({ type: 'campaign', runs, unknowns: unknowns.runs });
}

try {
  const { name, version } = createEmbeddedReplica().info;
  post({ type: 'started', engine: `${name} ${version}` });
  const { target } = await openSubject(job.subject);
  await count(target);
  await hunt(target);
  await checkCorpus(target);
  await campaign(target);
} catch (error) {
  // Out of budget or stopped by the user: whoever supervises knows which, and what is missing.
  if (!(error instanceof Interrupted)) post({ type: 'unusable', line: errorLine(error) });
}
