/** The document that `replay --json` prints. */
import type { Counterexample } from '../../harness/counterexamples/counterexample.js';
import type { Explanation } from '../../harness/counterexamples/explain-failure.js';
import type { PointInHistory } from '../../harness/counterexamples/point-in-history.js';
import type { ReplayOutcome } from '../../harness/counterexamples/replay.js';
import type { ReplayResult } from './job.js';

export interface ReplayReport {
  readonly verdict: ReplayOutcome | 'not-run';
  readonly runs: number;
  /** Number of runs with exactly the recorded events. */
  readonly sameTrace: number;
  /** The distinct trace hashes of the runs. A replica that repeats exactly has one. */
  readonly traceHashes: readonly string[];
  readonly wasm: string;
  readonly checker: string;
  readonly rule: string;
  readonly expected: string;
  readonly seen: string;
  readonly explanation: Explanation | null;
  /** With `--until`: the state before that step. */
  readonly moment: PointInHistory | null;
}

/** Outcomes from the worst to the best. The report states the worst one that occurred. */
const WORST_FIRST = ['same', 'different', 'unknown', 'passes'] as const satisfies readonly ReplayOutcome[];

export function replayReportOf(
  counterexample: Counterexample,
  wasm: string,
  results: readonly ReplayResult[],
): ReplayReport {
  const worst = WORST_FIRST.find((kind) => results.some(({ outcome }) => outcome === kind));
  const violation = results.find(({ outcome }) => outcome === worst)?.violation ?? counterexample;
  return {
    verdict: worst ?? 'not-run',
    runs: results.length,
    sameTrace: results.filter(({ isSameTrace }) => isSameTrace).length,
    traceHashes: [...new Set(results.map(({ traceHash }) => traceHash))],
    wasm,
    checker: violation.checker,
    rule: violation.rule,
    expected: violation.expected,
    seen: violation.seen,
    explanation: results.findLast(({ explanation }) => explanation !== undefined)?.explanation ?? null,
    moment: results[0]?.moment ?? null,
  };
}
