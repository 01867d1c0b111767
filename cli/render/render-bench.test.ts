import { describe, expect, it } from 'vitest';
import { sweepChunkSizes } from '../../campaigns/benchmark/chunk-sizes.js';
import { renderScaling } from './render-scaling.js';
import { renderSweep } from './render-sweep.js';
import { onEngine } from '../../campaigns/benchmark/testing/on-engine.js';
import { formatBytes } from '../../reports/text/format-units.js';

const COLUMNS = 100;

describe('the table of chunk sizes', () => {
  it('names best, knee and reject, sets the field beside it, and fits a terminal', async () => {
    const sweep = await sweepChunkSizes({
      ...onEngine(),
      fileSize: 3_600_000,
      chunkSizes: [32_768, 65_536, 262_144, 1_000_000, 1_800_000, 1_900_000, 2_097_152],
      parallel: [1, 4],
      blockSeconds: 1,
      wallSamples: 1,
    });
    const lines = renderSweep(sweep);
    const text = lines.join('\n');
    expect(text).toMatch(/\* Best: 1\.8 MB: 8 s/);
    expect(text).toMatch(/\^ Knee: 256 KiB/);
    expect(text).toMatch(
      /2 MiB is rejected: put 0 is too large: 2097382 is larger than the max allowed 2097152/,
    );
    expect(text).toMatch(/83 s in 64 KB chunks, 8 s in 1\.8 MB chunks, 91 % less/);
    expect(text).toMatch(/Here: +114 s and 8 s, 93 % less/);
    expect(lines.filter((line) => line.length > COLUMNS)).toEqual([]);
  });

  it('says so where nothing passed', async () => {
    const sweep = await sweepChunkSizes({
      ...onEngine(),
      fileSize: 4_194_304,
      chunkSizes: [2_097_152],
      parallel: [1],
      blockSeconds: 1,
      wallSamples: 0,
    });
    expect(renderSweep(sweep).join('\n')).toMatch(/No chunk size passed\./);
  });
});

it('the table of growth shows figures and exponents', () => {
  const points = [10, 100].map((x) => ({ x, instructions: x * 1_000_000, wallMs: x / 1_000 }));
  const fit = { instructions: { exponent: 1, r2: 1 }, wallMs: null };
  const speed = [{ name: 'a call', medianMs: 0.05, spreadPercent: 2, samples: 100, perSecond: 20_000 }];
  const lines = renderScaling({ series: [{ name: 'open them', unit: 'sessions', points, fit }], speed });
  expect(lines.slice(0, 6)).toEqual([
    'operation median spread samples per second',
    'a call     50 µs ±2.0 %     100      20000',
    '',
    'sessions                     10      100    k   R²',
    'open them, instructions 10.000M 100.000M 1.00 1.00',
    'open them, wall           10 µs   100 µs    -    -',
  ]);
});

it.each([
  [65_536, '64 KiB'],
  [1_800_000, '1.8 MB'],
  [768_000_000, '768 MB'],
  [2_097_152, '2 MiB'],
  [1_500, '1.5 kB'],
  [100, '100 B'],
])('%i bytes are %s', (bytes, words) => {
  expect(formatBytes(bytes)).toBe(words);
});
