import { expect, it } from 'vitest';
import { convert } from 'xmlbuilder2';
import { sampleCoverageReport } from '../testing/sample-code-reports.js';
import { renderCobertura, renderLcov } from './coverage-files.js';

it('writes the lines, functions, and branches of each source file as lcov', () => {
  expect(renderLcov(sampleCoverageReport())?.split('\n')).toEqual([
    'TN:',
    'SF:src/lib.rs',
    'FN:3,begin',
    'FNDA:300,begin',
    'FNF:1',
    'FNH:1',
    'BRDA:3,0,0,300',
    'BRDA:3,0,1,0',
    'BRF:2',
    'BRH:1',
    'DA:3,300',
    'DA:4,0',
    'LF:2',
    'LH:1',
    'end_of_record',
    '',
  ]);
});

it('writes the lines and branches of each source file as Cobertura', () => {
  const xml = renderCobertura(sampleCoverageReport()) ?? '';
  expect(xml).toContain('<!DOCTYPE coverage SYSTEM "http://cobertura.sourceforge.net/xml/coverage-04.dtd">');
  const { coverage } = convert(xml, { format: 'object' }) as Record<string, Record<string, unknown>>;
  expect(coverage).toMatchObject({ '@line-rate': '0.5000', '@branch-rate': '0.5000', '@lines-valid': '2' });
  expect(xml).toContain('<line number="3" hits="300" branch="true" condition-coverage="50% (1/2)"/>');
  expect(xml).toContain('<line number="4" hits="0" branch="false"/>');
});

it('writes nothing for modules without debug information', () => {
  const report = sampleCoverageReport();
  const modules = report.modules.map((module) => ({ ...module, files: [] }));
  expect(renderLcov({ ...report, modules })).toBe(undefined);
  expect(renderCobertura({ ...report, modules })).toBe(undefined);
});
