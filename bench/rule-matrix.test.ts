import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { allFaults } from './faulty-runner.js';
import {
  findsOf,
  matrixTable,
  MATRIX_RULES,
  readMatrix,
  RULES_PAGE_PATH,
  unfoundIn,
  withTable,
} from './rule-matrix-table.js';

const matrix = readMatrix();
const page = readFileSync(RULES_PAGE_PATH, 'utf8');

describe('the matrix of rules and faults', () => {
  it('has every seeded fault', () => {
    expect(Object.keys(matrix)).toEqual(allFaults());
  });

  it('names facts and relations that exist', () => {
    const named = new Set(Object.values(matrix).flat());
    expect([...named].filter((name) => !MATRIX_RULES.includes(name))).toEqual([]);
  });

  it('has a fault for every fact and relation that no other one finds', () => {
    expect(MATRIX_RULES.filter((rule) => findsOf(matrix, rule).alone.length === 0)).toEqual([]);
  });

  it('is the table of docs/rules.md', () => {
    expect(withTable(page, matrixTable(matrix))).toBe(page);
  });

  it('has no other unfound faults than those that docs/rules.md explains', () => {
    const explained = page.slice(page.indexOf('## What facts and relations find'));
    expect(unfoundIn(matrix).filter((fault) => !explained.includes(fault.split('/')[1] ?? ''))).toEqual([]);
  });
});

describe('the table of the matrix', () => {
  const small = { 'a/one': ['reads'], 'a/two': ['reads', 'strangers'], 'a/three': [] };

  it('counts the faults of each rule and names those that only it finds', () => {
    const table = matrixTable(small);
    expect(table).toContain('| reads | 2 | `a/one` |');
    expect(table).toContain('| strangers | 1 | - |');
    expect(unfoundIn(small)).toEqual(['a/three']);
  });

  it('takes the place of the former table', () => {
    const before = 'text\n<!-- written by bench/rule-matrix.ts -->\nold\n<!-- end -->\nmore';
    expect(withTable(before, 'new')).toBe(before.replace('old', 'new'));
    expect(() => withTable('text', 'new')).toThrow('the page has no lines');
  });
});
