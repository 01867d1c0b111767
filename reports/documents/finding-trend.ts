/** The findings of a project over its recorded campaigns, as a part of `run.json`. */
import { z } from 'zod';
import { count, startedAtSchema, type Immutable } from './schema-parts.js';

/** Numbers of campaigns and findings in a document. The store has the others. */
export const TREND_CAMPAIGNS_MAX = 60;
export const TREND_FINDINGS_MAX = 100;

const commit = z
  .string()
  .nullable()
  .describe('Commit of the project under test, with a + if files were changed; null if unknown');

const sighting = z.object({ at: startedAtSchema, commit });

const campaignPoint = z.object({
  startedAt: startedAtSchema,
  commit,
  verdict: z.enum(['valid', 'invalid', 'unknown']),
  runs: count.describe('Schedules that were executed and judged'),
  findings: count.describe('Findings that are not accepted'),
});

const findingTrend = z.object({
  id: count.describe('Number of the finding in the store'),
  fingerprint: z.string(),
  severity: z.string(),
  status: z.enum(['open', 'fixed', 'accepted']),
  first: sighting.describe('The first campaign that saw it'),
  last: sighting.describe('The last campaign that saw it'),
  sightings: count.describe('Number of campaigns that saw it'),
  laterCampaigns: count.describe('Number of later campaigns that ran to their end and did not see it'),
});

export const trendSchema = z
  .object({
    subject: z.string().describe('The module or service, with the seeded fault if there is one'),
    campaigns: z.array(campaignPoint).describe('The latest campaigns, oldest first, with this one'),
    findings: z
      .array(findingTrend)
      .describe('The findings of these and of earlier campaigns, last seen first'),
  })
  .describe('The recorded campaigns of the same subject; null if they are not recorded');

export type FindingsTrend = Immutable<z.infer<typeof trendSchema>>;
