import { describe, expect, it } from 'vitest';
import type { PassedRow } from '../../reports/documents/bench-report.js';
import { sweepChunkSizes } from './chunk-sizes.js';
import { onEngine } from './testing/on-engine.js';

const MIB = 2 ** 20;
function sweep(fileSize: number, chunkSizes: readonly number[]) {
  return sweepChunkSizes({
    ...onEngine(),
    fileSize,
    chunkSizes,
    parallel: [1, 4],
    blockSeconds: 1,
    wallSamples: 0,
  });
}
function passed(rows: Awaited<ReturnType<typeof sweep>>['rows']) {
  return rows.filter((row): row is PassedRow => row.kind === 'passed');
}

describe('the chunk-size sweep', () => {
  it('counts begin, every put and finish, the same on every run', async () => {
    const sizes = [10_000, 1_000, 3_000];
    const [first, second] = [await sweep(10_000, sizes), await sweep(10_000, sizes)];
    expect(second).toEqual(first);
    expect(
      passed(first.rows).map(({ chunkSize, chunks, counters }) => [chunkSize, chunks, counters.calls]),
    ).toEqual([
      [1_000, 10, 12],
      [3_000, 4, 6],
      [10_000, 1, 3],
    ]);
    for (const { counters } of passed(first.rows)) {
      expect(counters.argBytes).toBeGreaterThan(10_000);
      expect(counters.argBytes).toBeLessThan(11_000);
      expect(counters.instructions).toBeGreaterThan(10_000 * 50);
      expect(counters.cycles).toBeGreaterThan(0);
    }
    expect(first.best).toBe(10_000);
  });

  it('3.6 MB in chunks of 1.8 MB take less than 10 s of a network', async () => {
    const { rows, best } = await sweep(3_600_000, [65_536, 1_800_000, 1_900_000]);
    const seconds = passed(rows).map(({ network }) => network[0]!.seconds);
    expect(seconds).toEqual([114, 8, 8]);
    expect(best).toBe(1_800_000);
  });

  it('a size that cannot pass is shown with the reject it gets', async () => {
    const { rows, best, knee } = await sweep(2 * MIB, [2 * MIB]);
    expect(rows).toMatchObject([{ kind: 'refused', at: 'put 0' }]);
    expect(rows[0]).toHaveProperty('text', expect.stringMatching(/is larger than the max allowed 2097152/));
    expect([best, knee]).toEqual([null, null]);
  });

  it('wall times carry their spread and change no counter', async () => {
    const options = { fileSize: 2_000, chunkSizes: [1_000], parallel: [1], blockSeconds: 1 };
    const timed = await sweepChunkSizes({ ...onEngine(), ...options, wallSamples: 3 });
    const [row] = passed(timed.rows);
    expect(row!.wall!.samples).toBeGreaterThanOrEqual(3);
    expect(row!.wall!.spreadPercent).toBeGreaterThanOrEqual(0);
    const untimed = await sweepChunkSizes({ ...onEngine(), ...options, wallSamples: 0 });
    expect(row!.counters).toEqual(passed(untimed.rows)[0]!.counters);
  });
});
