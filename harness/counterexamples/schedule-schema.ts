/** The Schedule as a schema: what is read from a file is checked before it is run. */
import { z } from 'zod';
import { SCHEDULE_FORMAT_VERSION, type Operation, type Schedule } from '../../model/schedule.js';

const count = z.int().min(0);
const positive = z.int().min(1);
const session = z.string().min(1).describe('Label of a session, bound to the id that `begin` answers');
const caller = count.describe('Index of a caller');
const by = { by: caller.describe("An intruder, in the place of the session's own caller").exactOptional() };

const via = {
  via: z
    .enum(['http', 'http-no-token'])
    .describe('Over HTTP, with the token of the caller or with none; absent: by the Candid methods')
    .exactOptional(),
};

const memory = z.string().min(1).describe('Label of a memory, or of the session whose finish made it');
const assetKind = z.enum(['Original', 'Display', 'Thumb', 'Placeholder']);

const fileRecipe = z.strictObject({
  name: z.string(),
  bytes: count.describe('Length in bytes'),
  content: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('random'), seed: z.int() }),
    z.strictObject({ kind: z.literal('zero') }),
    z.strictObject({ kind: z.literal('path'), path: z.string(), sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
  ]),
});

const chunkData = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('right') }),
  z.strictObject({ kind: z.literal('flipped'), at: z.int() }),
  z.strictObject({ kind: z.literal('short') }),
  z.strictObject({ kind: z.literal('long') }),
  z.strictObject({ kind: z.literal('empty') }),
  z.strictObject({ kind: z.literal('of-index'), index: count }),
]);

const operation = z.discriminatedUnion('op', [
  z.strictObject({
    op: z.literal('begin'),
    session,
    file: count.describe("Index into the schedule's files"),
    caller,
    key: z.string().describe('Idempotency key'),
    chunksOff: z.int().describe('Added to the right number of chunks').exactOptional(),
    capsuleOf: caller.describe("Begin in this caller's capsule").exactOptional(),
    ...via,
  }),
  z.strictObject({ op: z.literal('put'), session, index: count, data: chunkData, ...by, ...via }),
  z.strictObject({
    op: z.literal('finish'),
    session,
    hash: z.enum(['right', 'flipped', 'other-file', 'short', 'empty']),
    lengthOff: z.int().describe('Added to the right length'),
    ...by,
    ...via,
  }),
  ...(['abort', 'pause', 'resume', 'status', 'read'] as const).map((op) =>
    z.strictObject({ op: z.literal(op), session, ...by, ...via }),
  ),
  z.strictObject({ op: z.literal('readWhole'), session, ...by }),
  z.strictObject({
    op: z.literal('memory'),
    memory,
    caller,
    assets: z.array(
      z.union([
        z.strictObject({ kind: assetKind, blobOf: session.describe('The blob that its finish made') }),
        z.strictObject({ kind: assetKind, inlineBytes: count.describe('So many bytes, sent along') }),
      ]),
    ),
    capsuleOf: caller.describe("In this caller's capsule").exactOptional(),
  }),
  z.strictObject({ op: z.literal('readMemory'), memory, ...by }),
  z.strictObject({ op: z.literal('deleteMemory'), memory, ...by, ...via }),
  ...(['cleanup', 'list', 'listMemories', 'stats', 'config'] as const).map((op) =>
    z.strictObject({ op: z.literal(op), caller }),
  ),
]);

const limits = z.strictObject({
  chunkSize: positive.exactOptional(),
  chunksMax: positive.exactOptional(),
  bytesMax: count.exactOptional(),
  inlineBytesMax: count.exactOptional(),
  activeSessionsMax: count.exactOptional(),
  hashBytesPerCall: positive.exactOptional(),
  sessionTtlSeconds: z.number().positive().exactOptional(),
  httpBytesMax: count.exactOptional(),
  httpUploadsPerHour: count.exactOptional(),
  httpTokenTtlSeconds: z.number().positive().exactOptional(),
});

const step = z.discriminatedUnion('do', [
  z.strictObject({
    do: z.literal('call'),
    lane: count,
    operation,
    hold: z.literal(true).describe('Stays in flight until a `deliver` step or the end').exactOptional(),
  }),
  z.strictObject({
    do: z.literal('deliver'),
    pick: count.describe('Which of the deliverable messages, modulo their number'),
  }),
  z.strictObject({ do: z.literal('drain') }),
  z.strictObject({ do: z.literal('advance'), seconds: z.number().positive() }),
  z.strictObject({ do: z.literal('restart').describe('Stop the canister and start it again') }),
  z.strictObject({
    do: z.literal('upgrade'),
    limits: limits.describe('In force from then on').exactOptional(),
  }),
]);

/** Callers that are prepared one by one before the first step. */
const CALLERS_MAX = 100;

export const scheduleSchema = z
  .strictObject({
    version: z.literal(SCHEDULE_FORMAT_VERSION),
    from: z
      .literal('older layout')
      .describe('Begin on the earlier version of the canister; `upgrade` brings the one under test')
      .exactOptional(),
    limits,
    callers: positive.max(CALLERS_MAX),
    files: z.array(fileRecipe),
    steps: z.array(step),
    epilogue: z
      .strictObject({
        chunksMax: count.describe('Sessions that lack more chunks are only asked for their status'),
      })
      .describe('After the steps every session that may be finished is finished and read')
      .exactOptional(),
  })
  .superRefine((schedule, context) => {
    schedule.steps.forEach((entry, place) => {
      if (entry.do !== 'call') return;
      for (const problem of danglingIndices(entry.operation, schedule)) {
        context.addIssue({ code: 'custom', path: ['steps', place, 'operation'], message: problem });
      }
    });
  });

function danglingIndices(candidate: Operation, { files, callers }: Schedule): string[] {
  const problems: string[] = [];
  const fields = candidate as Readonly<Record<string, unknown>>;
  for (const name of ['caller', 'by', 'capsuleOf']) {
    const index = fields[name];
    if (typeof index === 'number' && index >= callers)
      problems.push(`${name} is ${index}, and there are ${callers} callers`);
  }
  if (candidate.op === 'begin' && candidate.file >= files.length) {
    problems.push(`file is ${candidate.file}, and there are ${files.length} files`);
  }
  return problems;
}
