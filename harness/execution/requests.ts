/** From an operation of the schedule to a request with its data filled in: right or wrong as the operation says. */
import {
  chunkBytes,
  contentOf,
  expectedChunksArgument,
  hashArgumentBytes,
  totalLengthArgument,
  type FileReader,
} from '../../model/content.js';
import { inlineContent } from '../../model/memories.js';
import type { FileRecipe, Operation, Schedule } from '../../model/schedule.js';
import type { AssetRequest, Request } from '../../targets/target.js';
import { InputError } from '../input-error.js';
import type { Binding, Labels } from '../history/labels.js';

/** Every asset is sent under one type: the canister stores it and reads nothing into it. */
const MIME_TYPE = 'application/octet-stream';

export interface RequestContext {
  readonly schedule: Schedule;
  /** In bytes, where `labels` name none. */
  readonly defaultChunkSize: number;
  readonly capsuleIds: readonly string[];
  readonly reader: FileReader | undefined;
}

export type SessionOperation = Extract<Operation, { session: string }>;

/** The request, or why the operation cannot be issued. */
export function requestOf(
  operation: Exclude<Operation, { op: 'read' }>,
  labels: Labels,
  context: RequestContext,
): Request | string {
  switch (operation.op) {
    case 'cleanup':
    case 'list':
    case 'stats':
    case 'config':
      return { op: operation.op };
    case 'listMemories':
      return { op: 'listMemories', capsuleId: context.capsuleIds[operation.caller] ?? '' };
    case 'begin':
      return beginRequest(operation, labels.chunkSize ?? context.defaultChunkSize, context);
    case 'memory':
      return memoryRequest(operation, labels, context);
    case 'readMemory':
    case 'deleteMemory': {
      const memory = labels.memoryOf(operation.memory);
      if (memory === undefined) return `memory ${operation.memory} was not made`;
      return { op: operation.op, memoryId: memory.memoryId };
    }
  }
  const binding = labels.sessions.get(operation.session);
  if (binding === undefined) return `session ${operation.session} was not begun`;
  if (operation.op === 'readWhole') {
    const blobId = labels.finishOf(operation.session)?.blobId;
    return blobId === undefined
      ? `no finish of session ${operation.session} has answered a blob`
      : { op: 'readWhole', blobId };
  }
  const chunkSize = labels.chunkSizes.get(binding.sessionId) ?? context.defaultChunkSize;
  return sessionRequest(operation, binding, chunkSize, context);
}

function memoryRequest(
  operation: Operation & { op: 'memory' },
  labels: Labels,
  { capsuleIds }: RequestContext,
): Request | string {
  const assets: AssetRequest[] = [];
  for (const [place, asset] of operation.assets.entries()) {
    if ('inlineBytes' in asset) {
      assets.push({ kind: asset.kind, inlineBytes: inlineContent(asset.inlineBytes, place) });
      continue;
    }
    const blobId = labels.finishOf(asset.blobOf)?.blobId;
    if (blobId === undefined) return `no finish of session ${asset.blobOf} has answered a blob`;
    assets.push({ kind: asset.kind, blobId });
  }
  return { op: 'memory', capsuleId: capsuleIds[operation.capsuleOf ?? operation.caller] ?? '', assets };
}

function beginRequest(
  operation: Operation & { op: 'begin' },
  chunkSize: number,
  context: RequestContext,
): Request & { op: 'begin' } {
  const { schedule, capsuleIds, reader } = context;
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
function sessionRequest(
  operation: Exclude<SessionOperation, { op: 'begin' | 'read' | 'readWhole' }>,
  { sessionId, file }: Binding,
  chunkSize: number,
  { schedule, reader }: RequestContext,
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
