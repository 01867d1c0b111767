/** Two executions of one canister side by side, up to the first answer that differs: the evidence of a broken relation. Plain data. */
import { z } from 'zod';
import { count, type DataOf } from '../../model/data.js';

const line = z.string().nullable();

export const comparisonSchema = z
  .strictObject({
    base: z.string().describe('What distinguishes this execution'),
    variant: z.string().describe('What distinguishes the other one'),
    calls: z
      .array(z.strictObject({ base: line, variant: line }))
      .describe('Calls with their answers; null where an execution has no such call'),
    wrong: z
      .enum(['base', 'variant'])
      .describe('Which execution shows the wrong answer; absent in files of earlier versions')
      .optional(),
    inserted: z
      .array(
        z.strictObject({ before: count.describe('Index of the step of the schedule'), step: z.string() }),
      )
      .describe('Steps that only the variant has; absent if it differs in another way')
      .optional(),
  })
  .describe('Both executions of a broken relation, up to the first answer that differs');

export type Comparison = DataOf<typeof comparisonSchema>;
