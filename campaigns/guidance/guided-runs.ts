/**
 * The runs of a guided campaign. Some have a fresh schedule. The others have a mutant of a schedule that the campaign has kept, because it
 * reached a basic block, an outcome of a branch, or a magnitude of their counts that no earlier run had reached.
 *
 * - `features.ts`: what a run reaches.
 * - `schedule-corpus.ts`: the kept schedules, and which one to mutate next.
 * - `entropic.ts`: the energy of a kept schedule.
 * - `mutant-share.ts`: how many runs have mutants.
 * - `generators/mutation/`: the mutators.
 *
 * A run depends on all earlier ones, so one worker executes them. The same seed gives the same runs.
 */
import { Dice, runSeed } from '../../generators/dice.js';
import { mutate } from '../../generators/mutation/mutate.js';
import type { Abilities } from '../../generators/schedule.js';
import type { Schedule } from '../../model/schedule.js';
import { abilitiesOf } from '../campaign/abilities.js';
import { executeOrStop } from '../campaign/range.js';
import { RunExecutor, type RunExecutorOptions } from '../campaign/run-executor.js';
import type { CampaignRun, RunResult } from '../campaign/run-result.js';
import type { RunPlan, RunSource, StartRuns } from '../campaign/run-source.js';
import type { CoverageCollector } from '../code-coverage/coverage-collector.js';
import { FeatureSpace } from './features.js';
import { MutantShare } from './mutant-share.js';
import { ScheduleCorpus, type CorpusEntry } from './schedule-corpus.js';

/** Separates the decisions of guidance from those that generate a fresh schedule. */
const GUIDANCE_SEED = 0x3a8f_51d7;

export interface GuidanceOptions {
  readonly runner: RunExecutorOptions['runner'];
  /** Of the engine and the runner that run the schedules. */
  readonly coverage: CoverageCollector;
  readonly onRun?: RunExecutorOptions['onRun'];
}

/** What guidance did in a campaign. Plain data. */
export interface GuidanceCounts {
  /** Number of runs with a mutant of a kept schedule. */
  readonly mutated: number;
  /** Number of schedules that were kept. */
  readonly kept: number;
  /** Of these, mutants. */
  readonly keptMutants: number;
}

/** @param onStart receives the source, whose counts are read after the campaign */
export function guided(options: GuidanceOptions, onStart?: (runs: GuidedRuns) => void): StartRuns {
  return (plan) => {
    const runs = new GuidedRuns(plan, options);
    onStart?.(runs);
    return runs;
  };
}

export class GuidedRuns implements RunSource {
  readonly workers = 1;
  readonly #plan: RunPlan;
  readonly #options: GuidanceOptions;
  readonly #executor: RunExecutor;
  readonly #abilities: Abilities;
  readonly #space = new FeatureSpace();
  readonly #corpus = new ScheduleCorpus();
  readonly #share = new MutantShare();
  #counts = { mutated: 0, keptMutants: 0 };
  /** The kept schedule that the current run mutates. */
  #parent: CorpusEntry | undefined;

  constructor(plan: RunPlan, options: GuidanceOptions) {
    const { runner } = options;
    this.#plan = plan;
    this.#options = options;
    this.#abilities = abilitiesOf(runner.target, runner);
    this.#executor = new RunExecutor({ ...plan, runner, onRun: (run) => this.#take(run) });
  }

  get counts(): GuidanceCounts {
    return { ...this.#counts, kept: this.#corpus.size };
  }

  async next(runIndex: number, msLeft: number): Promise<RunResult | undefined> {
    if (msLeft <= 0 || this.#plan.signal?.aborted === true) return undefined;
    // What follows are the counts of this run alone. Set-ups are counted apart.
    this.#options.coverage.read();
    return executeOrStop(this.#executor, runIndex, this.#scheduleOf(runIndex));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #scheduleOf(runIndex: number): Schedule {
    const dice = new Dice(runSeed(this.#plan.seed, runIndex) ^ GUIDANCE_SEED);
    this.#parent = dice.chance(this.#share.permille) ? this.#corpus.choose(dice) : undefined;
    if (this.#parent === undefined) return this.#executor.scheduleOf(runIndex);
    this.#counts.mutated++;
    return mutate(this.#parent.schedule, dice, this.#abilities);
  }

  async #take(run: CampaignRun): Promise<void> {
    const counts = this.#options.coverage.read();
    // The mutants of a schedule that fails would mostly fail in the same way.
    if (run.verdict.kind !== 'invalid') {
      const isMutant = this.#parent !== undefined;
      const added = this.#corpus.take(run.schedule, this.#space.featuresOf(counts), this.#parent);
      if (added > 0 && isMutant) this.#counts.keptMutants++;
      this.#share.took(isMutant, added);
    }
    await this.#options.onRun?.(run);
  }
}
