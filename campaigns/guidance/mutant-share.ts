/** Mutants and fresh schedules share the runs in proportion to what they have reached lately. */

/** In permille. Neither kind ever stops, so that it is noticed if it begins to reach more. */
const SHARE_MIN = 100;
const SHARE_MAX = 900;
/** The averages follow about this number of runs of a kind. */
const MEMORY_RUNS = 20;
/** New features that are added to each average. If neither kind reaches anything, both get half. */
const PRIOR = 0.05;

export class MutantShare {
  /** Moving averages of the number of new features of a run. */
  #fresh = 0;
  #mutants = 0;

  /** The part of the runs that have mutants, in permille. */
  get permille(): number {
    const share = (this.#mutants + PRIOR) / (this.#mutants + this.#fresh + 2 * PRIOR);
    return Math.min(SHARE_MAX, Math.max(SHARE_MIN, Math.round(1000 * share)));
  }

  /** @param added number of features that the run was the first to reach */
  took(isMutant: boolean, added: number): void {
    if (isMutant) this.#mutants += (added - this.#mutants) / MEMORY_RUNS;
    else this.#fresh += (added - this.#fresh) / MEMORY_RUNS;
  }
}
