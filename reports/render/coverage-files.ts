/** Coverage by source line, in the formats of viewers and CI services: lcov, and Cobertura. */
import { create } from 'xmlbuilder2';
import type { CoveredFile, CoverageReport } from '../documents/coverage-report.js';
import { visibleLine } from '../text/visible-text.js';

function filesOf({ modules }: CoverageReport): readonly CoveredFile[] {
  return modules.flatMap(({ files }) => files);
}

/** `undefined` if no module has debug information. */
export function renderLcov(report: CoverageReport): string | undefined {
  const files = filesOf(report);
  return files.length === 0 ? undefined : files.map(lcovOf).join('');
}

function lcovOf({ path, lines, functions, branches }: CoveredFile): string {
  const outcomes = branches.flatMap(({ line, outcomes: counts }, block) => {
    const isReached = counts.some((count) => count > 0);
    return counts.map((count, branch) => ({ line, block, branch, count: isReached ? String(count) : '-' }));
  });
  const reached = (counts: readonly number[]) => counts.filter((count) => count > 0).length;
  return [
    'TN:',
    `SF:${visibleLine(path)}`,
    ...functions.map(({ line, name }) => `FN:${line},${visibleLine(name)}`),
    ...functions.map(({ calls, name }) => `FNDA:${calls},${visibleLine(name)}`),
    `FNF:${functions.length}`,
    `FNH:${reached(functions.map(({ calls }) => calls))}`,
    ...outcomes.map(({ line, block, branch, count }) => `BRDA:${line},${block},${branch},${count}`),
    `BRF:${outcomes.length}`,
    `BRH:${outcomes.filter(({ count }) => count !== '-' && count !== '0').length}`,
    ...lines.map(({ line, count }) => `DA:${line},${count}`),
    `LF:${lines.length}`,
    `LH:${reached(lines.map(({ count }) => count))}`,
    'end_of_record\n',
  ].join('\n');
}

/** `undefined` if no module has debug information. */
export function renderCobertura(report: CoverageReport): string | undefined {
  const files = filesOf(report);
  if (files.length === 0) return undefined;
  const lines = ratesOf(files.flatMap((file) => file.lines.map(({ count }) => count)));
  const branches = ratesOf(files.flatMap((file) => file.branches.flatMap(({ outcomes }) => outcomes)));
  const root = create({ version: '1.0', encoding: 'UTF-8' })
    .dtd({ name: 'coverage', sysID: 'http://cobertura.sourceforge.net/xml/coverage-04.dtd' })
    .ele('coverage', {
      'line-rate': lines.rate,
      'branch-rate': branches.rate,
      'lines-covered': lines.reached,
      'lines-valid': lines.total,
      'branches-covered': branches.reached,
      'branches-valid': branches.total,
      complexity: 0,
      version: report.tool.version,
      timestamp: Date.parse(report.startedAt) || 0,
    });
  root.ele('sources').ele('source').txt('.');
  const classes = root
    .ele('packages')
    .ele('package', { name: visibleLine(report.target), ...rateAttributes(lines, branches), complexity: 0 })
    .ele('classes');
  for (const file of files) addClass(classes, file);
  return `${root.end({ prettyPrint: true })}\n`;
}

type Xml = ReturnType<ReturnType<typeof create>['ele']>;

interface Rates {
  readonly reached: number;
  readonly total: number;
  /** From 0 to 1, as text. */
  readonly rate: string;
}

function ratesOf(counts: readonly number[]): Rates {
  const reached = counts.filter((count) => count > 0).length;
  return {
    reached,
    total: counts.length,
    rate: counts.length === 0 ? '1' : (reached / counts.length).toFixed(4),
  };
}

function rateAttributes(lines: Rates, branches: Rates) {
  return { 'line-rate': lines.rate, 'branch-rate': branches.rate };
}

function addClass(classes: Xml, { path, lines, branches }: CoveredFile): void {
  const name = visibleLine(path);
  const lineRates = ratesOf(lines.map(({ count }) => count));
  const branchRates = ratesOf(branches.flatMap(({ outcomes }) => outcomes));
  const rates = rateAttributes(lineRates, branchRates);
  const element = classes.ele('class', { name, filename: name, ...rates, complexity: 0 });
  element.ele('methods');
  const list = element.ele('lines');
  for (const { line, count } of lines) {
    const outcomes = branches.flatMap((branch) => (branch.line === line ? branch.outcomes : []));
    const { reached, total } = ratesOf(outcomes);
    const condition = {
      branch: true,
      'condition-coverage': `${Math.round((100 * reached) / total)}% (${reached}/${total})`,
    };
    list.ele('line', { number: line, hits: count, ...(total === 0 ? { branch: false } : condition) });
  }
}
