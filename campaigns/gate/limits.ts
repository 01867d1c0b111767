/** What a gate requires of the coverage of its campaign, and of the mutation score. */
import type { CoverageReport } from '../../reports/documents/coverage-report.js';
import type { GateCoverage, GateScore } from '../../reports/documents/gate-report.js';
import type { MutationReport } from '../../reports/documents/mutation-report.js';
import { coverageProblems } from '../code-coverage/compare-coverage.js';
import { scoreProblems } from '../mutate/compare-scores.js';

/** A document and the path that the user named. */
export interface NamedReport<Report> {
  readonly path: string;
  readonly report: Report;
}

/** A part is undefined if nothing is required of it. */
export interface GateLimits {
  readonly coverage: CoverageRequirement | undefined;
  readonly score: ScoreRequirement | undefined;
}

export interface CoverageRequirement {
  /** Percent of the basic blocks of the module under test. */
  readonly minPercent: number | undefined;
  readonly baseline: NamedReport<CoverageReport> | undefined;
}

export interface ScoreRequirement {
  /** Percent. */
  readonly minScore: number | undefined;
  readonly baseline: NamedReport<MutationReport> | undefined;
  /** The report of `mutate` to judge; undefined: the gate runs a sample. */
  readonly given: NamedReport<MutationReport> | undefined;
}

export function coverageVerdict(
  report: CoverageReport,
  { minPercent, baseline }: CoverageRequirement,
): GateCoverage {
  const { reached = 0, total = 0 } = report.modules[0]?.blocks ?? {};
  return {
    reached,
    total,
    minPercent: minPercent ?? null,
    baseline: baseline?.path ?? null,
    problems: [...coverageProblems(report, { minPercent, baseline: baseline?.report })],
  };
}

export function scoreVerdict(
  report: MutationReport,
  { minScore, baseline, given }: ScoreRequirement,
): GateScore {
  return {
    file: given?.path ?? null,
    score: report.score,
    mutants: report.mutants.length,
    minScore: minScore ?? null,
    baseline: baseline?.path ?? null,
    problems: [...scoreProblems(report, { minScore, baseline: baseline?.report })],
  };
}
