/**
 * Small schedules for the tests of the judge. They have few sessions and chunks, so that operations often meet. Whole sequences, such as
 * a complete upload, are generated as one part, with single operations in between.
 */
import fc from 'fast-check';
import type { FileRecipe, HashArgument, Operation, Schedule, Step } from '../../model/schedule.js';

const LABELS = ['A', 'B', 'C'] as const;
const CHUNK_SIZE = 100;
const TTL_SECONDS = 1000;

const file: fc.Arbitrary<FileRecipe> = fc.record({
  name: fc.constantFrom('a.bin', 'b.bin'),
  bytes: fc.constantFrom(0, 1, 100, 101, 250, 300, 300),
  content: fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('random' as const), seed: fc.nat(3) }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'zero' as const }) },
  ),
});

/** An operation, which gets a lane later, or any other step. */
type Part = Operation | Exclude<Step, { do: 'call' }>;

const seconds = fc.constantFrom(1, TTL_SECONDS / 2, TTL_SECONDS - 1, TTL_SECONDS, 90_000);
const label = fc.constantFrom(...LABELS);
const caller = fc.constantFrom(0, 0, 0, 1);
const intruder = fc.option(fc.constantFrom(0, 1), { nil: undefined, freq: 6 });
const key = fc.constantFrom('k1', 'k2', 'k3', 'k4');
const data = fc.oneof(
  { weight: 8, arbitrary: fc.constant({ kind: 'right' as const }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('flipped' as const), at: fc.nat(300) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('of-index' as const), index: fc.nat(3) }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      { kind: 'short' as const },
      { kind: 'long' as const },
      { kind: 'empty' as const },
    ),
  },
);
const hash = fc.constantFrom('right', 'right', 'right', 'right', 'flipped', 'other-file', 'short', 'empty');

const begin = fc
  .tuple(label, fc.nat(2), caller, key, fc.constantFrom(0, 0, 0, 0, 0, 1, -1), fc.constantFrom(0, 0, 0, 0, 1))
  .map(([session, index, by, used, chunksOff, other]): Operation => {
    const base = { op: 'begin' as const, session, file: index, caller: by, key: used };
    return { ...base, ...(chunksOff !== 0 && { chunksOff }), ...(other !== 0 && { capsuleOf: 1 - by }) };
  });

const loose: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 3, arbitrary: begin },
  {
    weight: 6,
    arbitrary: fc.tuple(label, fc.nat(3), data, intruder).map(([session, index, sent, by]): Operation => ({
      op: 'put',
      session,
      index,
      data: sent,
      ...(by !== undefined && { by }),
    })),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(label, hash, fc.constantFrom(0, 0, 0, 0, 1, -1), intruder)
      .map(([session, argument, lengthOff, by]): Operation => ({
        op: 'finish',
        session,
        hash: argument,
        lengthOff,
        ...(by !== undefined && { by }),
      })),
  },
  {
    weight: 6,
    arbitrary: fc
      .tuple(
        fc.constantFrom('abort', 'pause', 'resume', 'status', 'status', 'read', 'readWhole'),
        label,
        intruder,
      )
      .map(([op, session, by]): Operation => ({
        op: op,
        session,
        ...(by !== undefined && { by }),
      })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('cleanup', 'list'), caller)
      .map(([op, by]): Operation => ({ op: op, caller: by })),
  },
);

/** Begin, every chunk in some order, finish, read. */
const upload: fc.Arbitrary<readonly Operation[]> = fc
  .tuple(label, fc.nat(2), caller, key, fc.shuffledSubarray([0, 1, 2], { minLength: 3 }))
  .map(([session, index, by, used, order]): readonly Operation[] => [
    { op: 'begin', session, file: index, caller: by, key: used },
    ...order.map((at): Operation => ({ op: 'put', session, index: at, data: { kind: 'right' } })),
    { op: 'finish', session, hash: 'right', lengthOff: 0 },
    { op: 'read', session },
  ]);

/** A finish that fails, is corrected, and repeated. */
const corrected: fc.Arbitrary<readonly Part[]> = fc
  .tuple(label, fc.nat(2), caller, key, fc.constantFrom<HashArgument>('flipped', 'other-file', 'short'))
  .map(([session, index, by, used, wrong]) => [
    { op: 'begin', session, file: index, caller: by, key: used },
    ...[2, 0, 1].map((at): Operation => ({ op: 'put', session, index: at, data: { kind: 'right' } })),
    { op: 'finish', session, hash: wrong, lengthOff: 0 },
    { op: 'status', session },
    { op: 'finish', session, hash: 'right', lengthOff: 0 },
    { op: 'read', session },
  ]);

/** A session that is begun again under the key of an aborted one. */
const begunAgain: fc.Arbitrary<readonly Part[]> = fc
  .tuple(label, fc.nat(2), caller, key, fc.boolean())
  .map(([session, index, by, used, isStored]) => {
    const first: Operation = { op: 'begin', session, file: index, caller: by, key: used };
    const put: Operation = { op: 'put', session, index: 0, data: { kind: 'right' } };
    return [first, ...(isStored ? [put] : []), { op: 'abort', session } as const, first, put];
  });

/** A pause with a cleanup, an upgrade, or a status in between. */
const paused: fc.Arbitrary<readonly Part[]> = fc
  .tuple(label, fc.nat(2), caller, key, fc.constantFrom('cleanup', 'upgrade', 'status'))
  .map(([session, index, by, used, between]) => [
    { op: 'begin', session, file: index, caller: by, key: used },
    { op: 'put', session, index: 0, data: { kind: 'right' } },
    { op: 'pause', session },
    between === 'cleanup'
      ? { op: between, caller: by }
      : between === 'upgrade'
        ? { do: between }
        : { op: 'status' as const, session },
    { op: 'resume', session },
    { op: 'put', session, index: 1, data: { kind: 'right' } },
  ]);

/** A session with two jumps of time, after which it may have expired. */
const delayed: fc.Arbitrary<readonly Part[]> = fc
  .tuple(label, fc.nat(2), caller, key, seconds, seconds)
  .map(([session, index, by, used, first, second]) => [
    { op: 'begin', session, file: index, caller: by, key: used },
    { do: 'advance', seconds: first },
    { op: 'put', session, index: 0, data: { kind: 'right' } },
    { do: 'advance', seconds: second },
    { op: 'put', session, index: 1, data: { kind: 'right' } },
    { op: 'status', session },
  ]);

const otherStep: fc.Arbitrary<Exclude<Step, { do: 'call' }>> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('deliver' as const), pick: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.constant({ do: 'drain' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('advance' as const), seconds }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'upgrade' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'restart' as const }) },
);

const steps: fc.Arbitrary<readonly Step[]> = fc
  .array(
    fc.oneof<fc.MaybeWeightedArbitrary<readonly Part[]>[]>(
      { weight: 3, arbitrary: upload },
      { weight: 1, arbitrary: corrected },
      { weight: 1, arbitrary: begunAgain },
      { weight: 1, arbitrary: paused },
      { weight: 1, arbitrary: delayed },
      { weight: 8, arbitrary: loose.map((operation): readonly Part[] => [operation]) },
      { weight: 3, arbitrary: otherStep.map((step): readonly Part[] => [step]) },
    ),
    { minLength: 1, maxLength: 14 },
  )
  .chain((parts) => {
    const flat = parts.flat();
    return fc
      .array(fc.nat(7), { minLength: flat.length, maxLength: flat.length })
      .map((dice) =>
        flat.map((part, index): Step => ('do' in part ? part : toStep(part, index, dice[index] === 0))),
      );
  });

function toStep(operation: Operation, index: number, hold: boolean): Step {
  return { do: 'call', lane: index % 3, operation, ...(hold && { hold }) };
}

/** Schedules of a few dozen steps for up to two callers and three labels. */
export const scheduleArbitrary: fc.Arbitrary<Schedule> = fc
  .tuple(
    fc.array(file, { minLength: 3, maxLength: 3 }),
    steps,
    fc.constantFrom(64, 64, 128, 100_000),
    fc.constantFrom(2, 3, 100),
    fc.constantFrom(undefined, { chunksMax: 1 }, { chunksMax: 10 }),
  )
  .map(([files, drawn, hashBytesPerCall, activeSessionsMax, epilogue]) => ({
    version: 1,
    limits: { chunkSize: CHUNK_SIZE, sessionTtlSeconds: TTL_SECONDS, hashBytesPerCall, activeSessionsMax },
    callers: 2,
    files,
    steps: drawn,
    ...(epilogue && { epilogue }),
  }));
