import { describe, expect, it } from 'vitest';
import { generatedWorkloads, interleavings } from './generated-workloads.js';
import { referenceAbilities, referenceRunner } from './testing/explored.js';

describe('generated workloads', () => {
  it('are as many as asked for, and have at most 300 orders', () => {
    const workloads = generatedWorkloads(1, referenceAbilities(referenceRunner()), { count: 50 });
    expect(workloads).toHaveLength(50);
    for (const { lanes } of workloads) {
      expect(lanes.length).toBeGreaterThan(1);
      expect(interleavings(lanes.map((lane) => lane.length))).toBeLessThanOrEqual(300);
    }
  });

  it('are the same for the same seed', () => {
    const abilities = referenceAbilities(referenceRunner());
    const draw = (seed: number) => generatedWorkloads(seed, abilities, { count: 5 });
    expect(draw(3)).toEqual(draw(3));
    expect(draw(3)).not.toEqual(draw(4));
  });
});

describe('the number of orders', () => {
  it.each([
    [[4, 4], 70],
    [[5, 5], 252],
    [[7, 7], 3432],
    [[1, 1, 1], 6],
  ])('of lanes of %j messages is %i', (lanes, orders) => {
    expect(interleavings(lanes)).toBe(orders);
  });
});
