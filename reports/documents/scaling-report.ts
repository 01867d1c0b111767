/** `scaling.json`: how costs grow with size, and how fast the engine is. Instructions are the same on every run; the other figures are wall times. */
import { z } from 'zod';
import { wallTimeSchema } from './bench-report.js';
import { count, documentHead, wasmSchema, type Immutable } from './schema-parts.js';

export const SCALING_FORMAT_VERSION = 1;

const fit = z
  .object({
    exponent: z.number(),
    r2: z.number().describe('Share of the variance of log y that the fit explains, from 0 to 1'),
  })
  .nullable()
  .describe('Power law y = c·xᵏ, fitted by least squares on logarithms; null if it cannot be fitted');

const series = z.object({
  name: z.string(),
  unit: z.enum(['bytes', 'sessions']),
  points: z.array(
    z.object({
      x: count.describe('Bytes or sessions'),
      instructions: count.nullable(),
      wallMs: z.number().nonnegative(),
    }),
  ),
  fit: z.object({ instructions: fit, wallMs: fit }),
});

const speed = wallTimeSchema.extend({ name: z.string(), perSecond: z.number().nonnegative() });

export const scalingReportSchema = z
  .object({
    ...documentHead('scaling', SCALING_FORMAT_VERSION),
    wasm: wasmSchema,
    isInterrupted: z
      .boolean()
      .default(false)
      .describe(
        'true if the command was interrupted; the document then contains the measurements up to that point',
      ),
    series: z.array(series),
    speed: z.array(speed).describe('Throughput of short operations'),
  })
  .describe('Result of upload-stress bench --scaling');

export type ScalingReport = Immutable<z.infer<typeof scalingReportSchema>>;
export type ScalingSeries = ScalingReport['series'][number];
export type ScalingPoint = ScalingSeries['points'][number];
export type PowerFit = NonNullable<ScalingSeries['fit']['wallMs']>;
export type SpeedFigure = ScalingReport['speed'][number];
