/** Converts operations to requests with all their data, right or wrong as the operation requires. */
import {
  chunkBytes,
  chunkCount,
  chunkRange,
  contentOf,
  expectedChunksArgument,
  hashArgumentBytes,
  totalLengthArgument,
  type FileReader,
} from '../../model/content.js';
import { inlineContent } from '../../model/memories.js';
import type { SessionOperationName } from '../../model/operations.js';
import type { FileRecipe, Operation, Schedule, SessionLabel } from '../../model/schedule.js';
import type { AssetRequest, Request, StoredChunk, UploadedFile } from '../../targets/target.js';
import { InputError } from '../input-error.js';
import type { Labels } from '../history/labels.js';

/** The MIME type of every asset. The canister stores it without interpreting it. */
const MIME_TYPE = 'application/octet-stream';

export interface RequestContext {
  readonly schedule: Schedule;
  /** In bytes; used if `labels` have no chunk size. */
  readonly defaultChunkSize: number;
  readonly capsuleIds: readonly string[];
  readonly reader: FileReader | undefined;
}

export type SessionOperation = Extract<Operation, { session: string }>;

/** The request of an operation, or the reason why the operation cannot be issued. */
export function requestOf(
  operation: Exclude<Operation, { op: 'read' }>,
  labels: Labels,
  context: RequestContext,
): Request | string {
  switch (operation.op) {
    case 'begin':
      return beginRequest(operation, labels.chunkSize ?? context.defaultChunkSize, context);
    case 'memory':
      return memoryRequest(operation, labels, context);
    case 'cleanup':
    case 'list':
    case 'stats':
    case 'config':
      return { op: operation.op };
    case 'listMemories':
      return { op: 'listMemories', capsuleId: context.capsuleIds[operation.caller] ?? '' };
    case 'readMemory':
    case 'deleteMemory': {
      const memory = labels.memoryOf(operation.memory);
      if (memory === undefined) return `memory ${operation.memory} was not made`;
      return { op: operation.op, memoryId: memory.memoryId };
    }
    case 'put':
    case 'finish':
    case 'abort':
    case 'pause':
    case 'resume':
    case 'status':
    case 'readWhole':
      return sessionRequest(operation, labels, context);
  }
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
    if (blobId === undefined) return noBlob(asset.blobOf);
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

function sessionRequest(
  operation: Extract<Operation, { op: Exclude<SessionOperationName, 'read'> }>,
  labels: Labels,
  { schedule, reader, defaultChunkSize }: RequestContext,
): Request | string {
  const { session } = operation;
  const binding = labels.sessions.get(session);
  if (binding === undefined) return `session ${session} was not begun`;
  const { sessionId, file } = binding;
  const chunkSize = labels.chunkSizes.get(sessionId) ?? defaultChunkSize;
  switch (operation.op) {
    case 'put': {
      const { index, data } = operation;
      const content = contentOf(fileAt(schedule, file), reader);
      return {
        op: 'put',
        sessionId,
        index,
        offset: index * chunkSize,
        data: chunkBytes(content, chunkSize, index, data),
        file: uploadedFile(fileAt(schedule, file), binding.key, chunkSize, reader),
      };
    }
    case 'finish':
      return {
        op: 'finish',
        sessionId,
        sha256: hashArgumentBytes(schedule.files, file, operation.hash, reader),
        totalLength: totalLengthArgument(fileAt(schedule, file).bytes, operation.lengthOff),
        file: uploadedFile(fileAt(schedule, file), binding.key, chunkSize, reader),
        chunks: storedChunks(labels, sessionId, fileAt(schedule, file).bytes, chunkSize),
      };
    case 'abort':
    case 'pause':
    case 'resume':
    case 'status':
      return { op: operation.op, sessionId };
    case 'readWhole': {
      const blobId = labels.finishOf(session)?.blobId;
      return blobId === undefined ? noBlob(session) : { op: 'readWhole', blobId };
    }
  }
}

function uploadedFile(
  { name, bytes, ...recipe }: FileRecipe,
  key: string,
  chunkSize: number,
  reader: FileReader | undefined,
): UploadedFile {
  return {
    name,
    mimeType: MIME_TYPE,
    bytes,
    // Most interfaces do not need the hash here.
    get sha256() {
      return contentOf({ name, bytes, ...recipe }, reader).sha256();
    },
    key,
    chunkCount: chunkCount(bytes, chunkSize),
  };
}

/** The chunks of the file that the canister has acknowledged, by index. */
function storedChunks(
  labels: Labels,
  sessionId: string,
  bytes: number,
  chunkSize: number,
): readonly StoredChunk[] {
  const stored = [...(labels.stored.get(sessionId) ?? [])].sort(([a], [b]) => a - b);
  return stored.map(([index, receipt]) => {
    const { start, end } = chunkRange(bytes, chunkSize, index);
    return { index, offset: start, bytes: end - start, receipt };
  });
}

/** Why a blob cannot be read or referred to. Reasons are part of the trace hash, so their texts never change. */
export function noBlob(session: SessionLabel): string {
  return `no finish of session ${session} has answered a blob`;
}

function fileAt({ files }: Schedule, index: number): FileRecipe {
  const recipe = files[index];
  if (recipe === undefined)
    throw new InputError(`schedule: it has ${files.length} files, none at index ${index}`);
  return recipe;
}
