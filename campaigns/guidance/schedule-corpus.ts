/** The schedules that a guided campaign keeps, because each reached something new when it ran. */
import type { Dice } from '../../generators/dice.js';
import type { Schedule } from '../../model/schedule.js';
import { entropicEnergy, RARE_RUNS_MAX } from './entropic.js';
import type { Feature } from './features.js';

/** A kept schedule. */
export interface CorpusEntry {
  readonly schedule: Schedule;
}

interface Kept extends CorpusEntry {
  schedule: Schedule;
  /** The features that it was the first to reach. */
  readonly own: readonly Feature[];
  /** Number of its mutants that ran. */
  mutants: number;
  /** Number of its mutants that reached each feature that was rare at that time. */
  readonly incidences: Map<Feature, number>;
  energy: number;
  /** The number of rare features for which `energy` was computed; −1 if its mutants have changed since. */
  energyFor: number;
}

/** Draws have this many values. */
const DRAWS = 0x1_0000_0000;

function isShorter({ steps }: Schedule, { steps: others }: Schedule): boolean {
  return steps.length < others.length;
}

function includesAll(features: readonly Feature[], sought: readonly Feature[]): boolean {
  const set = new Set(features);
  return sought.every((feature) => set.has(feature));
}

export class ScheduleCorpus {
  readonly #entries: Kept[] = [];
  /** Number of runs that reached each feature, up to one more than a rare feature has. */
  #runs = new Uint8Array(0);
  #rare = 0;
  #reached = 0;

  get size(): number {
    return this.#entries.length;
  }

  /** Number of features that any run reached. */
  get features(): number {
    return this.#reached;
  }

  /** An entry to mutate, in proportion to its energy; `undefined` if there is none. */
  choose(dice: Dice): CorpusEntry | undefined {
    const energies = this.#entries.map((entry) => this.#energyOf(entry));
    let rest = (dice.below(DRAWS) / DRAWS) * energies.reduce((sum, energy) => sum + energy, 0);
    const chosen = energies.findIndex((energy) => (rest -= energy) < 0);
    return this.#entries[chosen] ?? this.#entries[dice.below(this.#entries.length)];
  }

  /**
   * Takes a run, and keeps its schedule if it reached something new. A shorter mutant that reaches what its parent was kept for takes the
   * place of the parent, as in libFuzzer.
   * @param features without repetition
   * @param parent the entry that was mutated, unless the schedule is a fresh one
   * @returns the number of features that no earlier run reached
   */
  take(schedule: Schedule, features: readonly Feature[], parent?: CorpusEntry): number {
    const mutated = this.#entries.find((entry) => entry === parent);
    const own = features.filter((feature) => this.#count(feature, mutated));
    if (mutated !== undefined) {
      mutated.mutants++;
      mutated.energyFor = -1;
      if (own.length === 0 && isShorter(schedule, mutated.schedule) && includesAll(features, mutated.own))
        mutated.schedule = schedule;
    }
    if (own.length > 0)
      this.#entries.push({ schedule, own, mutants: 0, incidences: new Map(), energy: 0, energyFor: -1 });
    return own.length;
  }

  /** Returns whether no earlier run reached the feature. */
  #count(feature: Feature, mutated: Kept | undefined): boolean {
    if (feature >= this.#runs.length) this.#grow(feature);
    const runs = (this.#runs[feature] ?? 0) + 1;
    if (runs > RARE_RUNS_MAX + 1) return false;
    this.#runs[feature] = runs;
    if (runs === 1) {
      this.#reached++;
      this.#rare++;
    }
    if (runs > RARE_RUNS_MAX) this.#rare--;
    else mutated?.incidences.set(feature, (mutated.incidences.get(feature) ?? 0) + 1);
    return runs === 1;
  }

  #grow(feature: Feature): void {
    const grown = new Uint8Array(Math.max(2 * this.#runs.length, feature + 1));
    grown.set(this.#runs);
    this.#runs = grown;
  }

  #energyOf(entry: Kept): number {
    if (entry.energyFor === this.#rare) return entry.energy;
    const { incidences, mutants } = entry;
    for (const feature of incidences.keys())
      if ((this.#runs[feature] ?? 0) > RARE_RUNS_MAX) incidences.delete(feature);
    entry.energy = entropicEnergy(incidences.values(), this.#rare, mutants);
    entry.energyFor = this.#rare;
    return entry.energy;
  }
}
