import { describe, expect, it } from 'vitest';
import { shrinkingLimits } from './shrinking-limits.js';

const exact = new Set(['delivery-order'] as const);
const options = { abilities: exact, shrinkMsMax: undefined, budgetMs: undefined };

describe('the limits of shrinking', () => {
  it('count calls on a replica that repeats schedules, whatever the budget of the campaign is', () => {
    const { allExploring, ...limits } = shrinkingLimits(options);
    const { allExploring: withBudget, ...others } = shrinkingLimits({ ...options, budgetMs: 1000 });
    expect(limits.unit).toBe('calls');
    expect(others).toEqual(limits);
    expect(withBudget(500)).toBe(allExploring(500));
    expect(allExploring(500)).toBe(allExploring(0) + 500);
  });

  it('are times on other replicas, and where the user limits the time', () => {
    expect(shrinkingLimits({ ...options, abilities: new Set() })).toMatchObject({ unit: 'ms', one: 30_000 });
    const limited = shrinkingLimits({ ...options, shrinkMsMax: 5000, budgetMs: 8000 });
    expect(limited).toMatchObject({ unit: 'ms', one: 5000, oneExploring: 1000, allAtEnd: 5000 });
    expect(limited.allExploring(0)).toBe(4000);
  });
});
