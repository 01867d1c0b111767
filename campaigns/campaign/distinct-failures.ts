/** Leaves out failures that can add nothing to a campaign, because an earlier run showed the same wrong answers. */
import { canonicalJson } from '../../harness/history/canonical-json.js';
import type { RunFailure, RunResult } from './run-result.js';
import { signOf } from './shown-failure.js';
import { wrongAnswers } from './wrong-answers.js';

/**
 * The runs must arrive in the order in which the campaign takes them. `FindingCollector` takes the first failure with some signs, or a
 * known cause explains it. In both cases a later failure with the same signs is explained.
 */
export class DistinctFailures {
  readonly #defaultChunkSize: number;
  readonly #seen = new Set<string>();

  /** @param defaultChunkSize in bytes, of the target */
  constructor(defaultChunkSize: number) {
    this.#defaultChunkSize = defaultChunkSize;
  }

  /** The run with those of its failures that show something new. */
  of(run: RunResult): RunResult {
    if (run.failures.length === 0 && run.relationFailures.length === 0) return run;
    return {
      ...run,
      failures: run.failures.filter((failure) => this.#isNew(failure)),
      relationFailures: run.relationFailures.filter((failure) => this.#isNew(failure)),
    };
  }

  #isNew(failure: RunFailure): boolean {
    let isNew = false;
    for (const { violation, together } of wrongAnswers(failure)) {
      const key = canonicalJson(
        [violation, ...together].map((one) => {
          const { answer, conditions } = signOf(one, failure, this.#defaultChunkSize);
          return [answer, ...[...conditions].sort()];
        }),
      );
      isNew ||= !this.#seen.has(key);
      this.#seen.add(key);
    }
    return isNew;
  }
}
