/** Fits y = c·xᵏ by least squares on the logarithms. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface PowerFit {
  readonly exponent: number;
  /** Share of the variance of log y that the fit explains, 0 to 1. It is 1 for a constant. */
  readonly r2: number;
}

/** Undefined if there are fewer than two different x, or if a value is not positive. */
export function fitPower(points: readonly Point[]): PowerFit | undefined {
  if (points.some(({ x, y }) => !(x > 0 && y > 0))) return undefined;
  const logs = points.map(({ x, y }) => ({ x: Math.log(x), y: Math.log(y) }));
  const mean = (of: (point: Point) => number) =>
    logs.reduce((sum, point) => sum + of(point), 0) / logs.length;
  const [meanX, meanY] = [mean(({ x }) => x), mean(({ y }) => y)];
  const sum = (of: (dx: number, dy: number) => number) =>
    logs.reduce((total, { x, y }) => total + of(x - meanX, y - meanY), 0);
  const xx = sum((dx) => dx * dx);
  if (!(xx > 0)) return undefined;
  const xy = sum((dx, dy) => dx * dy);
  const yy = sum((_, dy) => dy * dy);
  return { exponent: xy / xx, r2: yy === 0 ? 1 : (xy * xy) / (xx * yy) };
}
