/** `explore.json`: which orders of which workloads were run, and what they showed. */
import { z } from 'zod';
import { findingSchema, type Finding } from './run-report.js';
import { count, documentHead, replicaSchema, wasmSchema, type Immutable } from './schema-parts.js';

export const EXPLORE_FORMAT_VERSION = 1;

const criticalChoice = z
  .object({
    before: z.array(z.string()).describe('What both orders have in common'),
    failing: z.array(z.string()).describe('The rest of the failing order; its first item is the choice'),
    passing: z.array(z.string()).describe('The rest of the nearest order that does not fail'),
    tried: count.describe('Number of other orders that were run to find it'),
  })
  .describe('The choice that makes the difference');

const coverage = {
  complete: z.boolean().describe('Whether every order was covered'),
  orders: count.describe('Orders that were run, or that continue like one that was run'),
  executed: count.describe('Orders that were run to their ends'),
  states: count
    .nullable()
    .describe('Different states with something left to choose; null if states are not recognised'),
  messages: count.describe('Steps and deliveries of the longest order'),
  givenUp: count.describe('Orders that are too long, or that return to a state of their own'),
  failing: count.describe('Orders in which a rule is broken'),
};

const workload = z.object({ name: z.string(), lanes: z.array(z.array(z.string())), ...coverage });

export const exploreReportSchema = z
  .object({
    ...documentHead('explore', EXPLORE_FORMAT_VERSION),
    wasm: wasmSchema.extend({ fault: z.string().nullable() }),
    target: z.string(),
    replica: replicaSchema,
    workload: z.string().describe('Name of the workload, or what several have in common'),
    strategy: z.string(),
    seed: z.int(),
    ...coverage,
    boundedBy: z.string().nullable().describe('What ended the exploration; null if it is complete'),
    verdict: z.enum(['valid', 'invalid', 'unknown']),
    unknowns: count.describe('Orders that could not be judged'),
    interrupted: z.boolean(),
    confirmation: z
      .object({
        replica: replicaSchema
          .nullable()
          .describe('The replica that repeated the findings; null if there is none'),
        reason: z.string().describe('Why this replica ran, or why none did'),
      })
      .describe('Whether the findings occur on a second replica'),
    findings: z.array(
      findingSchema.extend({
        workload: z.string(),
        choice: criticalChoice.nullable().describe('null if every other order that was tried fails, too'),
      }),
    ),
    seconds: z.number().nonnegative().describe('Wall time of the exploration, without shrinking'),
    workloads: z.array(workload),
  })
  .describe('Result of upload-stress explore');

export type ExploredFinding = Finding & {
  readonly workload: string;
  readonly choice: Immutable<z.infer<typeof criticalChoice>> | null;
};
export type ExploreReport = Omit<Immutable<z.infer<typeof exploreReportSchema>>, 'findings'> & {
  readonly findings: readonly ExploredFinding[];
};
export type ExploredWorkload = ExploreReport['workloads'][number];
