import { describe, expect, it } from 'vitest';
import { measureScaling } from './scaling.js';
import { onEngine } from './testing/on-engine.js';

describe('how costs grow', () => {
  it('uploads with their size, a put not with the sessions around it', async () => {
    const { series, speed } = await measureScaling({
      ...onEngine(),
      uploadBytes: [500_000, 1_000_000, 2_000_000],
      sessions: [10, 100],
      speedMs: 10,
    });
    const named = (name: string) => series.find((each) => each.name === name)!;
    expect(named('upload').fit.instructions!.exponent).toBeCloseTo(1, 1);
    expect(Math.abs(named('put beside them').fit.instructions!.exponent)).toBeLessThan(0.05);
    expect(named('clean up, expired').points.map(({ x }) => x)).toEqual([10, 100]);
    expect(speed.map(({ name }) => name)).toEqual([
      'a schedule of ten calls: reset, run, check',
      'one call (begin): encode, execute, decode',
      'a snapshot after a call',
      'a restore after a call',
    ]);
    for (const { perSecond, samples } of speed) expect([perSecond > 0, samples >= 100]).toEqual([true, true]);
    expect(named('snapshot').points.every(({ wallMs }) => wallMs >= 0)).toBe(true);
  });
});
