/** `probe.json`: what a canister does in fixed experiments. It describes and does not judge. */
import { z } from 'zod';
import { count, documentHead, replicaSchema, wasmSchema, type Immutable } from './schema-parts.js';

export const PROBE_FORMAT_VERSION = 1;

const promise = z.object({
  field: z.string().describe('Path of the promise, for example access.put'),
  value: z.union([z.string(), z.number()]),
});

const evidenceLine = z.object({
  run: count.describe('Number of the run from 1; each run starts on a fresh canister'),
  call: z.string(),
  answer: z.string(),
});

const experiment = z.object({
  name: z.string(),
  tried: z.string(),
  observed: z.string().nullable().describe('What the canister does; null if there was nothing to try'),
  lacks: z.string().nullable().describe('Why the interface has nothing to try; null if it has'),
  promise: promise.nullable().describe('The promise that this behaviour suggests; null if it suggests none'),
  promised: z
    .union([z.string(), z.number()])
    .nullable()
    .describe('What the target promises about the same field; null if nothing'),
  dangerous: z.boolean().describe('A user can lose bytes, or a stranger can change something'),
  evidence: z.array(evidenceLine),
});

export const probeReportSchema = z
  .object({
    ...documentHead('probe', PROBE_FORMAT_VERSION),
    wasm: wasmSchema.extend({ fault: z.string().nullable() }),
    target: z.string(),
    replica: replicaSchema,
    interrupted: z.boolean(),
    experiments: z.array(experiment),
    promises: z.array(promise).describe('The promises that no experiment contradicts'),
  })
  .describe('Result of upload-stress probe');

export type ProbeReport = Immutable<z.infer<typeof probeReportSchema>>;
export type ProbeExperiment = ProbeReport['experiments'][number];
export type ProbePromise = ProbeReport['promises'][number];

/** Whether the target promises something that the canister does not do. */
export function isContradiction({ observed, promise, promised }: ProbeExperiment): boolean {
  return observed !== null && promised !== null && promised !== 'init' && promise?.value !== promised;
}
