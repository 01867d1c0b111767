import { describe, expect, it } from 'vitest';
import { sampleCoverageReport } from '../../reports/testing/sample-code-reports.js';
import { coverageProblems } from './compare-coverage.js';

const report = sampleCoverageReport();
const [module] = report.modules;

/** The report as if these functions had another number of calls. */
function withCalls(calls: Readonly<Record<string, number>>) {
  const functionList = (module?.functionList ?? []).map((each) => ({
    ...each,
    calls: calls[each.name ?? ''] ?? each.calls,
  }));
  return sampleCoverageReport({ modules: report.modules.map((each) => ({ ...each, functionList })) });
}

describe('limits of the coverage', () => {
  it('are kept if enough basic blocks are reached', () => {
    expect(coverageProblems(report, { minPercent: 45, baseline: undefined })).toEqual([]);
    expect(coverageProblems(report, { minPercent: 45.1, baseline: undefined })).toEqual([
      'the schedules reach 45.0 % of the basic blocks, and --min-coverage requires 45.1 %',
    ]);
  });

  it('name the functions that an earlier campaign reached', () => {
    const now = withCalls({ store: 0, grow: 5 });
    expect(coverageProblems(now, { minPercent: undefined, baseline: report })).toEqual([
      'no longer reached: store',
    ]);
    expect(coverageProblems(report, { minPercent: undefined, baseline: report })).toEqual([]);
  });

  it('ignore functions that the module no longer has', () => {
    const without = report.modules.map((each) => ({
      ...each,
      functionList: each.functionList.filter(({ name }) => name !== 'store'),
    }));
    const now = sampleCoverageReport({ modules: without });
    expect(coverageProblems(now, { minPercent: undefined, baseline: report })).toEqual([]);
  });
});
