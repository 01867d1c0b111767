/**
 * Prints where the time of a schedule goes, for the profiles `quick` and `default`, as shares that add up to the whole.
 *
 * The runs without relations and repetitions are sampled by V8's profiler. Each sample belongs to the part that owns the innermost frame
 * of this project on its stack. What relations and repetitions add is measured by the processor time of the same runs with them. Every
 * figure is processor time of this process, so another job on the machine changes it less than wall time.
 */
import { Session } from 'node:inspector/promises';
import { runCampaign } from '../campaigns/campaign/campaign.js';
import { readModule } from '../campaigns/subject/inputs.js';
import { BUILT_IN_WASM } from '../campaigns/subject/subject.js';
import { PROFILES, type ProfileName } from '../generators/profile.js';
import { ScheduleRunner } from '../harness/execution/schedule-runner.js';
import { selectionOf } from '../harness/judgement/applicable-rules.js';
import { createEmbeddedReplica } from '../replicas/embedded/embedded-replica.js';
import { uploadTarget } from '../targets/upload.js';
import { profileShares } from './profile-shares.js';
import { cpuTimed } from './measure.js';

const SEED = 7;
const WARM_UP_RUNS = 100;
/** Microseconds between two samples. */
const SAMPLE_US = 250;

interface Measured {
  /** Processor time per schedule, in milliseconds. */
  readonly msPerSchedule: number;
}

/** Executes and judges the first runs of a campaign, after warming up with those that follow. */
class Campaigns {
  readonly #runner = new ScheduleRunner({
    replica: createEmbeddedReplica(),
    target: uploadTarget,
    wasm: readModule(BUILT_IN_WASM),
  });
  readonly #profile: ProfileName;

  constructor(profile: ProfileName) {
    this.#profile = profile;
  }

  async measure(runs: number, hasRelations: boolean): Promise<Measured> {
    const { cpuSeconds } = await cpuTimed(() => this.run(0, runs, hasRelations));
    return { msPerSchedule: (1_000 * cpuSeconds) / runs };
  }

  async run(firstRun: number, runs: number, hasRelations: boolean): Promise<void> {
    const { verdict } = await runCampaign({
      runner: this.#runner,
      wasmSha256: '',
      profile: PROFILES[this.#profile],
      seed: SEED,
      firstRun,
      runs,
      rules: selectionOf(hasRelations ? undefined : ['facts', 'specification']),
      ...(hasRelations ? {} : { determinismEvery: 0 }),
    });
    if (verdict !== 'valid') throw new Error(`the verdict on the reference canister is ${verdict}`);
  }
}

/** @param runs number of schedules to measure */
export async function benchShares(profile: ProfileName, runs: number): Promise<void> {
  const campaigns = new Campaigns(profile);
  await campaigns.run(runs, WARM_UP_RUNS, true);
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: SAMPLE_US });
  await session.post('Profiler.start');
  const plain = await campaigns.measure(runs, false);
  const { profile: sampled } = await session.post('Profiler.stop');
  session.disconnect();
  const whole = await campaigns.measure(runs, true);
  const added = Math.max(0, whole.msPerSchedule - plain.msPerSchedule);
  const total = plain.msPerSchedule + added;
  console.log(
    `profile ${profile}: ${total.toFixed(2)} ms of processor time per schedule, over ${runs} schedules`,
  );
  const rows = profileShares(sampled).map(
    ({ part, share }) => [part, (share * plain.msPerSchedule) / total] as const,
  );
  for (const [part, share] of [...rows, ['relations and repetitions', added / total] as const].sort(
    ([, a], [, b]) => b - a,
  ))
    console.log(`  ${part.padEnd(44)} ${(100 * share).toFixed(1).padStart(5)} %`);
}
