/** Two executions of one canister side by side, up to the first answer that differs: the evidence of a broken relation. Plain data. */
import { z } from 'zod';
import type { DataOf } from '../../model/data.js';

const line = z.string().nullable();

export const comparisonSchema = z
  .strictObject({
    base: z.string().describe('What distinguishes this execution'),
    variant: z.string().describe('What distinguishes the other one'),
    calls: z
      .array(z.strictObject({ base: line, variant: line }))
      .describe('Calls with their answers; null where an execution has no such call'),
  })
  .describe('Both executions of a broken relation, up to the first answer that differs');

export type Comparison = DataOf<typeof comparisonSchema>;
