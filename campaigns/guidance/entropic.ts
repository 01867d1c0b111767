/**
 * The power schedule Entropic: M. Böhme, V. Manès, S. K. Cha, "Boosting Fuzzer Efficiency: An Information Theoretic Perspective",
 * ESEC/FSE 2020. A schedule gets energy in proportion to the information that its mutants are expected to give about rare features.
 *
 * The entropy of an entry is estimated from the number of its mutants that reached each feature, with add-one (Laplace) smoothing, so that
 * an entry without mutants has the maximum: with `Y_i` for the mutants that reached rare feature `i`, `S` for the number of rare features,
 * and `Y = Σ Y_i`,
 *
 *   H = −Σ_i p_i · ln p_i, where p_i = (Y_i + 1) / (S + Y).
 *
 * A feature is rare if at most `RARE_RUNS_MAX` runs reached it (the abundance threshold of the paper). As in libFuzzer's implementation
 * (`FuzzerCorpus.h`), all abundant features together count as one more, which every mutant reaches.
 */

/** The paper uses 255 for campaigns of millions of runs. Campaigns here have thousands. */
export const RARE_RUNS_MAX = 16;

/**
 * @param incidences number of mutants that reached each rare feature, without zeros
 * @param rareFeatures number of rare features; at least the number of incidences
 * @param mutants number of mutants of the entry
 * @returns the entropy in nats, at least 0
 */
export function entropicEnergy(incidences: Iterable<number>, rareFeatures: number, mutants: number): number {
  // With total T = Σ n_i, −Σ (n_i / T) ln (n_i / T) = ln T − (Σ n_i ln n_i) / T. Terms with n_i = 1 are 0.
  let total = rareFeatures + mutants + 1;
  let weighted = (mutants + 1) * Math.log(mutants + 1);
  for (const incidence of incidences) {
    total += incidence;
    weighted += (incidence + 1) * Math.log(incidence + 1);
  }
  return Math.max(0, Math.log(total) - weighted / total);
}
