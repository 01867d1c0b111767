import { describe, expect, it } from 'vitest';
import { bestSize, kneeSize } from './best-size.js';

function points(...pairs: readonly (readonly [number, number])[]) {
  return pairs.map(([chunkSize, seconds]) => ({ chunkSize, seconds }));
}

describe('the best chunk size', () => {
  it('has the least time, and of equals is the smallest', () => {
    expect(bestSize(points([64, 100], [1900, 8], [1800, 8]))?.chunkSize).toBe(1800);
  });
  it('is none where nothing passed', () => {
    expect(bestSize([])).toBeUndefined();
  });
});

describe('the knee', () => {
  it('is where a curve of 1/size bends on a logarithmic axis', () => {
    const sizes = [1, 2, 4, 8, 16, 32, 64];
    expect(kneeSize(sizes.map((chunkSize) => ({ chunkSize, seconds: 64 / chunkSize })))?.chunkSize).toBe(4);
  });
  it('is not beyond the best size', () => {
    const knee = kneeSize(points([1, 100], [2, 20], [4, 10], [8, 50], [16, 90]));
    expect(knee?.chunkSize).toBe(2);
  });
  it('is none on a straight line, for two sizes, and where time does not fall', () => {
    expect(kneeSize(points([1, 30], [2, 20], [4, 10]))).toBeUndefined();
    expect(kneeSize(points([1, 30], [2, 20]))).toBeUndefined();
    expect(kneeSize(points([1, 10], [2, 10], [4, 10]))).toBeUndefined();
  });
});
