import { describe, expect, it } from 'vitest';
import { currentRuleName } from '../../targets/rule-names.js';
import { checkers } from '../checkers/checkers.js';
import { HistoryBuilder, begin, begun, finish, finished, TARGET } from '../testing/history-builder.js';
import { judge } from './judge.js';
import { checkerNameSchema, ruleTextSchema } from '../evidence/rule-schemas.js';
import { RULES, currentRuleText, type Rule } from '../evidence/rules.js';

const rules = Object.values<Rule>(RULES);

describe('the table of rules', () => {
  it('has at least one rule for every checker', () => {
    expect(new Set(rules.map(({ checker }) => checker))).toEqual(new Set(checkers.map(({ name }) => name)));
  });

  it('has a different text for every rule', () => {
    const texts = rules.flatMap(({ text, formerText = [] }) => [text].concat(formerText));
    expect(new Set(texts).size).toBe(texts.length);
  });
});

describe('names of earlier versions', () => {
  it('are replaced by the present ones', () => {
    expect(currentRuleName('coverage')).toBe('completeness');
    expect(currentRuleText('what is said twice happens once')).toBe(RULES.idempotency.text);
    for (const { text, formerText = text } of rules) expect(currentRuleText(formerText)).toBe(text);
  });

  it('leave other names as they are', () => {
    expect(['completeness', 'determinism', 'toString'].map(currentRuleName)).toEqual([
      'completeness',
      'determinism',
      'toString',
    ]);
    expect(currentRuleText('a rule of another program')).toBe('a rule of another program');
  });

  it('are replaced when a document is read', () => {
    expect(checkerNameSchema.parse('coverage')).toBe('completeness');
    expect(ruleTextSchema.parse('chunks are never gathered in the heap')).toBe(RULES.heapForChunks.text);
  });

  it('select the rules of a judgement', () => {
    const { history } = new HistoryBuilder().call(begin('A'), begun('1')).call(finish('A'), finished(1));
    const schedule = { limits: {}, files: [{ name: 'f', bytes: 250, content: { kind: 'zero' } }] } as const;
    expect(judge(history, schedule, TARGET, { only: new Set(['coverage']) })).toMatchObject({
      kind: 'invalid',
      violations: [{ checker: 'completeness', rule: RULES.finishIsComplete.text }],
    });
  });
});
