/** The recorded matrix of rules and faults (`rule-matrix.json`), and its table in docs/rules.md. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RULES } from '../harness/evidence/rules.js';
import { RELATION_NAMES } from '../harness/relations/relations.js';
import { PACKAGE_ROOT } from '../package-root.js';

export const MATRIX_PATH = join(PACKAGE_ROOT, 'bench', 'rule-matrix.json');
export const RULES_PAGE_PATH = join(PACKAGE_ROOT, 'docs', 'rules.md');

/** By canister and fault (`motoko-keys/parts-by-name`): the facts and relations that find the fault, sorted. */
export type Matrix = Readonly<Record<string, readonly string[]>>;

const FACT_NAMES = new Set(
  Object.values(RULES).flatMap(({ checker, layer }) => (layer === 'fact' ? [checker] : [])),
);

/** The names of all facts, then of all relations. */
export const MATRIX_RULES: readonly string[] = [...FACT_NAMES, ...RELATION_NAMES];

export function readMatrix(): Matrix {
  return existsSync(MATRIX_PATH) ? (JSON.parse(readFileSync(MATRIX_PATH, 'utf8')) as Matrix) : {};
}

/** The faults that a rule finds, and those that no other rule finds. */
export function findsOf(
  matrix: Matrix,
  rule: string,
): { readonly all: number; readonly alone: readonly string[] } {
  const found = Object.entries(matrix).filter(([, rules]) => rules.includes(rule));
  const alone = found.filter(([, rules]) => rules.length === 1).map(([fault]) => fault);
  return { all: found.length, alone };
}

/** The faults that no fact and no relation finds. */
export function unfoundIn(matrix: Matrix): readonly string[] {
  return Object.keys(matrix).filter((fault) => matrix[fault]?.length === 0);
}

/** Names of faults in one cell of a table. */
const NAMES_IN_CELL_MAX = 3;

/** The table, in Markdown. */
export function matrixTable(matrix: Matrix): string {
  const rows = MATRIX_RULES.map((rule) => {
    const { all, alone } = findsOf(matrix, rule);
    const shown = alone.slice(0, NAMES_IN_CELL_MAX).map((fault) => `\`${fault}\``);
    const further = alone.length - shown.length;
    const cell = shown.length === 0 ? '-' : shown.join(', ') + (further > 0 ? `, and ${further} more` : '');
    return `| ${rule} | ${all} | ${cell} |`;
  });
  return ['| fact or relation | faults | found by no other |', '|---|---|---|', ...rows].join('\n');
}

const BEGIN = '<!-- written by bench/rule-matrix.ts -->\n';
const END = '\n<!-- end -->';

/** The page with this table in the place of its former one. */
export function withTable(page: string, table: string): string {
  const start = page.indexOf(BEGIN) + BEGIN.length;
  const end = page.indexOf(END, start);
  if (start < BEGIN.length || end < 0)
    throw new Error(`the page has no lines ${BEGIN.trim()} and ${END.trim()}`);
  return page.slice(0, start) + table + page.slice(end);
}
