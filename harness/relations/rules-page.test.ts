/** docs/rules.md lists every rule and relation as the code declares it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { PACKAGE_ROOT } from '../../package-root.js';
import { layerOf, RULES, type Rule } from '../evidence/rules.js';
import { REQUIREMENTS } from '../judgement/applicable-rules.js';
import type { RuleName } from '../../targets/target.js';
import { RELATIONS } from './relations.js';

const page = readFileSync(join(PACKAGE_ROOT, 'docs', 'rules.md'), 'utf8');
const lines = page.split('\n').filter((line) => line.startsWith('| `'));

function rowsOf(layer: Rule['layer']): readonly string[] {
  const names = Object.keys(REQUIREMENTS) as RuleName[];
  return names
    .filter((name) => layerOf(name) === layer)
    .map((name) => {
      const rules = Object.values<Rule>(RULES).filter(({ checker }) => checker === name);
      return `| \`${name}\` | ${rules.map(({ text }) => text).join('; ')} | ${REQUIREMENTS[name].requires} |`;
    });
}

it('lists every rule and every relation with its sentence and its requirement', () => {
  const relations = RELATIONS.map(({ name, rule, requires }) => `| \`${name}\` | ${rule} | ${requires} |`);
  expect(lines).toEqual([...rowsOf('fact'), ...relations, ...rowsOf('specification')]);
});

it('gives all rules of one checker the same layer', () => {
  for (const { checker, layer } of Object.values<Rule>(RULES))
    expect([checker, layer]).toEqual([checker, layerOf(checker)]);
});
