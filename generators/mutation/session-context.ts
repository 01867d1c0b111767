/** Reads the context of an upload back from a schedule, so that generators can add to its steps. */
import { chunkCount } from '../../model/content.js';
import { operationsOf } from '../../model/edit-schedule.js';
import type { Operation, Schedule, SessionLabel } from '../../model/schedule.js';
import type { Abilities } from '../schedule.js';
import { SPARSE_CHUNKS_MIN } from '../upload-contexts.js';
import type { UploadContext } from '../upload.js';

/** The first `begin` of a session; `undefined` if it has none. */
function beginOf(schedule: Schedule, session: SessionLabel): (Operation & { op: 'begin' }) | undefined {
  return operationsOf(schedule).find(
    (operation): operation is Operation & { op: 'begin' } =>
      operation.op === 'begin' && operation.session === session,
  );
}

/** `undefined` if the session is never begun. */
export function contextOf(
  schedule: Schedule,
  session: SessionLabel,
  { defaultChunkSize, rules }: Pick<Abilities, 'defaultChunkSize' | 'rules'>,
): UploadContext | undefined {
  const begin = beginOf(schedule, session);
  const recipe = schedule.files[begin?.file ?? -1];
  if (begin === undefined || recipe === undefined) return undefined;
  const { caller, file, key, chunkSize: ownChunkSize } = begin;
  const { limits } = schedule;
  const chunkSize = ownChunkSize ?? limits.chunkSize ?? defaultChunkSize;
  return {
    ...{ session, caller, file, recipe, key, chunkSize, limits, rules },
    isSparse: chunkCount(recipe.bytes, chunkSize) >= SPARSE_CHUNKS_MIN,
    ...(ownChunkSize === undefined ? {} : { ownChunkSize }),
  };
}
