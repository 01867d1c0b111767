import { describe, expect, it } from 'vitest';
import { linePlot, shortNumber } from './plots.js';

function labelsOf(values: readonly number[], isZoomed: boolean): string[] {
  const points = values.map((y, x) => [x, y] as const);
  const line = { name: 'blocks', color: 'red', points };
  const plot = linePlot([line], { id: 'p', label: 'Blocks', unit: '', xMax: values.length - 1, isZoomed });
  return [...plot.toString().matchAll(/text-anchor="end"[^>]*>([^<]+)</g)].map(([, text]) => text!);
}

describe('a plot of lines', () => {
  it.each([
    { values: [5580, 5584, 5586] },
    { values: [15_793, 15_793.5, 15_794] },
    { values: [1, 2, 900] },
    { values: [-1000.2, -1000.1] },
  ])('labels no two values alike: $values', ({ values }) => {
    const labels = labelsOf(values, true);
    expect(labels.length).toBeGreaterThan(2);
    expect(new Set(labels).size).toBe(labels.length);
  });

  it('has short labels if its axis starts at 0', () => {
    expect(labelsOf([5580, 5584], false)).toContain('6 k');
  });

  it('is drawn if all values are equal', () => {
    expect(labelsOf([7, 7, 7], true).length).toBeGreaterThan(0);
  });
});

describe('a short number', () => {
  it('has three significant digits and a prefix', () => {
    expect([0, 12.345, 999, 1500, 2_345_678, 7e9].map((value) => shortNumber(value))).toEqual([
      '0',
      '12.3',
      '999',
      '1.5 k',
      '2.35 M',
      '7 G',
    ]);
  });
});
