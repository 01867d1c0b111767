/** Wrong calls that a relation inserts into a schedule: most canisters reject each of them. */
import type { Operation } from '../../model/schedule.js';
import { requestsOf } from '../../model/operations.js';
import { CALLERS_PREPARED_MIN } from '../execution/interfaces.js';
import type { JudgedTarget } from '../judgement/applicable-rules.js';
import type { CallRecord } from '../history/calls.js';
import type { Execution } from './execution.js';
import type { CallInsertion } from './insertions.js';
import { ACCESS, type AccessName } from './ownership.js';
import { stagesOf, type UploadStages } from './upload-stages.js';

/** Uploads that get wrong calls, from the first. */
const UPLOADS_MAX = 4;

/** Calls by the owner, and calls that name no upload. */
export function wrongCallsOf(base: Execution, target: JudgedTarget): readonly CallInsertion[] {
  return inserted(base, target, (upload) => [
    ...misplacedPuts(upload, target),
    ...wrongFinishes(upload, target),
    ...unknownCalls(upload, target),
  ]);
}

/**
 * Calls of a stranger.
 * @param isMeant whether to try what this permission is about
 */
export function strangersCallsOf(
  base: Execution,
  target: JudgedTarget,
  isMeant: (name: AccessName) => boolean,
): readonly CallInsertion[] {
  const { shape } = target;
  // A key of another caller names another upload.
  if (shape.session !== 'server' && shape.keySpace === 'caller') return [];
  const callers = Math.max(base.schedule.callers, CALLERS_PREPARED_MIN);
  return inserted(base, target, (upload) =>
    strangersCalls(upload, target)
      .filter(({ operation: { op } }) => isMeant(ACCESS[op] ?? 'put'))
      .map(({ at, operation }) => ({
        at,
        operation: { ...operation, by: (upload.owner + 1) % callers } as Operation,
      })),
  );
}

interface WrongCall {
  readonly at: CallRecord | undefined;
  readonly operation: Operation;
}

function inserted(
  base: Execution,
  { operations, defaultChunkSize }: JudgedTarget,
  callsOf: (upload: UploadStages) => readonly WrongCall[],
): readonly CallInsertion[] {
  const uploads = stagesOf(base, defaultChunkSize).slice(0, UPLOADS_MAX);
  return uploads.flatMap(callsOf).flatMap(({ at, operation }): readonly CallInsertion[] => {
    const isPossible = requestsOf(operation.op).every((request) => operations.has(request));
    if (at === undefined || !isPossible) return [];
    return [{ before: at.call, step: { do: 'call', lane: 0, operation } }];
  });
}

function misplacedPuts(
  { label: session, chunks, halfway, lastPut, end }: UploadStages,
  { shape }: JudgedTarget,
): readonly WrongCall[] {
  const isPlaced = shape.address === 'index' || shape.address === 'offset';
  const last = lastPut?.operation;
  return [
    ...(isPlaced
      ? [
          {
            at: halfway ?? end,
            operation: { op: 'put', session, index: chunks, data: { kind: 'right' } },
          } as const,
        ]
      : []),
    ...(last?.op === 'put' && shape.address !== 'receipt'
      ? [
          {
            at: lastPut,
            operation: { op: 'put', session, index: last.index, data: { kind: 'long' } },
          } as const,
        ]
      : []),
  ];
}

function wrongFinishes(
  { label: session, halfway, end }: UploadStages,
  { shape }: JudgedTarget,
): readonly WrongCall[] {
  if (shape.finish === 'implied') return [];
  return [
    // The finish lists what it finishes.
    ...(shape.finish === 'list'
      ? []
      : [{ at: halfway, operation: { op: 'finish', session, hash: 'right', lengthOff: 0 } } as const]),
    ...(shape.finishTakesHash
      ? [{ at: end, operation: { op: 'finish', session, hash: 'flipped', lengthOff: 0 } } as const]
      : []),
  ];
}

function unknownCalls(
  { label: session, halfway, end }: UploadStages,
  { shape }: JudgedTarget,
): readonly WrongCall[] {
  if (shape.session !== 'server') return [];
  const at = halfway ?? end;
  return [
    { at, operation: { op: 'put', session, index: 0, data: { kind: 'right' }, unknown: true } },
    { at: end, operation: { op: 'finish', session, hash: 'right', lengthOff: 0, unknown: true } },
    { at, operation: { op: 'abort', session, unknown: true } },
  ];
}

function strangersCalls(
  { label: session, halfway, end }: UploadStages,
  { shape }: JudgedTarget,
): readonly WrongCall[] {
  const next = halfway?.operation.op === 'put' ? halfway.operation.index : 0;
  return [
    { at: halfway ?? end, operation: { op: 'put', session, index: next, data: { kind: 'flipped', at: 0 } } },
    ...(shape.finish === 'implied'
      ? []
      : [{ at: end, operation: { op: 'finish', session, hash: 'right', lengthOff: 0 } } as const]),
    { at: halfway ?? end, operation: { op: 'abort', session } },
  ];
}
