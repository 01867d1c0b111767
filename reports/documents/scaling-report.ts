/** `scaling.json`: how costs grow with size, and how fast the engine is. Instructions are equal on every run; the rest is wall time. */
import { z } from 'zod';
import { wallTimeSchema } from './bench-report.js';
import {
  count,
  durationMsSchema,
  environmentSchema,
  startedAtSchema,
  toolSchema,
  wasmSchema,
  type Immutable,
} from './schema-parts.js';

export const SCALING_FORMAT_VERSION = 1;

const fit = z
  .object({
    exponent: z.number(),
    r2: z.number().describe('Share of the variance of log y that the fit explains'),
  })
  .nullable()
  .describe('Of y = c·xᵏ, least squares on logarithms; null where it cannot be fitted');

const series = z.object({
  name: z.string(),
  unit: z.enum(['bytes', 'sessions']),
  points: z.array(
    z.object({
      x: count.describe('What grows: bytes or sessions'),
      instructions: count.nullable(),
      wallMs: z.number().nonnegative(),
    }),
  ),
  fit: z.object({ instructions: fit, wallMs: fit }),
});

const speed = wallTimeSchema.extend({ name: z.string(), perSecond: z.number().nonnegative() });

export const scalingReportSchema = z
  .object({
    formatVersion: z.literal(SCALING_FORMAT_VERSION),
    kind: z.literal('scaling'),
    tool: toolSchema,
    wasm: wasmSchema,
    startedAt: startedAtSchema,
    durationMs: durationMsSchema,
    isInterrupted: z
      .boolean()
      .default(false)
      .describe('Stopped before everything was measured: it holds what was'),
    series: z.array(series),
    speed: z.array(speed).describe('Small pieces of work again and again'),
    environment: environmentSchema,
  })
  .describe('What upload-stress bench --scaling measured');

export type ScalingReport = Immutable<z.infer<typeof scalingReportSchema>>;
export type ScalingSeries = ScalingReport['series'][number];
export type ScalingPoint = ScalingSeries['points'][number];
export type PowerFit = NonNullable<ScalingSeries['fit']['wallMs']>;
export type SpeedFigure = ScalingReport['speed'][number];
