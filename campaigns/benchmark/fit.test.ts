import { describe, expect, it } from 'vitest';
import { fitPower } from './fit.js';

describe('a power fitted to points', () => {
  it('finds the exponent', () => {
    const fit = fitPower([1, 10, 100].map((x) => ({ x, y: 7 * x ** 1.5 })));
    expect(fit?.exponent).toBeCloseTo(1.5, 10);
    expect(fit?.r2).toBeCloseTo(1, 10);
  });
  it('is 0 for a constant', () => {
    expect(fitPower([1, 2, 3].map((x) => ({ x, y: 5 })))).toEqual({ exponent: 0, r2: 1 });
  });
  it('is least squares where points scatter', () => {
    const fit = fitPower([
      { x: 1, y: 1 },
      { x: Math.E, y: 1 },
      { x: Math.E ** 2, y: Math.E },
    ]);
    expect(fit?.exponent).toBeCloseTo(0.5, 10);
    expect(fit?.r2).toBeCloseTo(0.75, 10);
  });
  it('is none for one x or for values that have no logarithm', () => {
    expect(fitPower([{ x: 2, y: 3 }])).toBeUndefined();
    expect(
      fitPower([
        { x: 1, y: 0 },
        { x: 2, y: 3 },
      ]),
    ).toBeUndefined();
  });
});
