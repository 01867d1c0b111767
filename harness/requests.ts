/** From an operation of the schedule to a request with its data filled in: right or wrong as the operation says. */
import {
  chunkBytes,
  contentOf,
  expectedChunksArgument,
  hashArgumentBytes,
  totalLengthArgument,
  type FileReader,
} from '../model/content.js';
import type { FileRecipe, Operation, Schedule } from '../model/schedule.js';
import type { Request } from '../targets/target.js';
import { InputError } from './input-error.js';

/** Every asset is sent under one type: the canister stores it and reads nothing into it. */
const MIME_TYPE = 'application/octet-stream';

/** What `begin` bound to a session label. */
export interface Binding {
  readonly sessionId: string;
  /** Index into the schedule's files. */
  readonly file: number;
  /** The session's own caller. */
  readonly caller: number;
}

export interface RequestContext {
  readonly schedule: Schedule;
  readonly chunkSize: number;
  readonly capsuleIds: readonly string[];
  readonly reader: FileReader | undefined;
}

export type SessionOperation = Extract<Operation, { session: string }>;

export function beginRequest(
  operation: Operation & { op: 'begin' },
  context: RequestContext,
): Request & { op: 'begin' } {
  const { schedule, chunkSize, capsuleIds, reader } = context;
  const recipe = fileAt(schedule, operation.file);
  return {
    op: 'begin',
    capsuleId: capsuleIds[operation.capsuleOf ?? operation.caller] ?? '',
    name: recipe.name,
    mimeType: MIME_TYPE,
    bytes: recipe.bytes,
    sha256: contentOf(recipe, reader).sha256(),
    expectedChunks: expectedChunksArgument(recipe.bytes, chunkSize, operation.chunksOff),
    key: operation.key,
  };
}

/** The request of an operation on a session that has been begun; `read` is two kinds of request and has its own way. */
export function sessionRequest(
  operation: Exclude<SessionOperation, { op: 'begin' | 'read' }>,
  { sessionId, file }: Binding,
  { schedule, chunkSize, reader }: RequestContext,
): Request {
  const recipe = fileAt(schedule, file);
  switch (operation.op) {
    case 'put': {
      const data = chunkBytes(contentOf(recipe, reader), chunkSize, operation.index, operation.data);
      return { op: 'put', sessionId, index: operation.index, data };
    }
    case 'finish':
      return {
        op: 'finish',
        sessionId,
        sha256: hashArgumentBytes(schedule.files, file, operation.hash, reader),
        totalLength: totalLengthArgument(recipe.bytes, operation.lengthOff),
      };
    default:
      return { op: operation.op, sessionId };
  }
}

function fileAt({ files }: Schedule, index: number): FileRecipe {
  const recipe = files[index];
  if (recipe === undefined)
    throw new InputError(`schedule: it has ${files.length} files, none at index ${index}`);
  return recipe;
}
