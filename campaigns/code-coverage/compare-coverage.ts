/** Coverage compared with a limit, and with that of an earlier campaign. */
import type { CoveredFunction, CoverageReport } from '../../reports/documents/coverage-report.js';

export interface CoverageLimits {
  /** Percent of the basic blocks of the module under test. */
  readonly minPercent: number | undefined;
  readonly baseline: CoverageReport | undefined;
}

const NAMES_MAX = 10;

/** One line for each limit that is not kept. */
export function coverageProblems(
  report: CoverageReport,
  { minPercent, baseline }: CoverageLimits,
): readonly string[] {
  const problems: string[] = [];
  const { reached = 0, total = 0 } = report.modules[0]?.blocks ?? {};
  const percent = total === 0 ? 0 : (100 * reached) / total;
  if (minPercent !== undefined && percent < minPercent)
    problems.push(
      `the schedules reach ${percent.toFixed(1)} % of the basic blocks, and --min-coverage requires ${minPercent} %`,
    );
  const lost = baseline === undefined ? [] : lostFunctions(baseline, report);
  if (lost.length > 0) {
    const more = lost.length > NAMES_MAX ? `, and ${lost.length - NAMES_MAX} more` : '';
    problems.push(`no longer reached: ${lost.slice(0, NAMES_MAX).join(', ')}${more}`);
  }
  return problems;
}

/** The functions that both reports have and only the earlier one reached, by module and name. Functions without a name are left out. */
export function lostFunctions(baseline: CoverageReport, report: CoverageReport): readonly string[] {
  const before = new Map(
    baseline.modules.map(({ name, functionList }) => [name, reachedNames(functionList)]),
  );
  return report.modules.flatMap(({ name, functionList }) => {
    const now = reachedNames(functionList);
    const present = new Set(functionList.flatMap(nameOf));
    return [...(before.get(name) ?? [])].filter((each) => present.has(each) && !now.has(each)).sort();
  });
}

function reachedNames(functions: readonly CoveredFunction[]): ReadonlySet<string> {
  return new Set(functions.filter(({ calls }) => calls > 0).flatMap(nameOf));
}

function nameOf({ name, exports: [first] }: CoveredFunction): readonly string[] {
  const known = first ?? name;
  return known === null ? [] : [known];
}
