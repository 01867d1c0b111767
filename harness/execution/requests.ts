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
import { isOfUnknown, type SessionOperationName } from '../../model/operations.js';
import type { FileRecipe, Operation, Schedule, SessionLabel } from '../../model/schedule.js';
import type { Shape } from '../../targets/shape.js';
import type { AssetRequest, Request, StoredChunk, UploadedFile } from '../../targets/target.js';
import { InputError } from '../input-error.js';
import type { Binding, Labels } from '../history/labels.js';

/** The MIME type of every asset. The canister stores it without interpreting it. */
const MIME_TYPE = 'application/octet-stream';

export interface RequestContext {
  readonly schedule: Schedule;
  readonly shape: Shape;
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
      return beginRequest(
        operation,
        operation.chunkSize ?? labels.chunkSize ?? context.defaultChunkSize,
        context,
      );
    case 'memory':
      return memoryRequest(operation, labels, context);
    case 'cleanup':
    case 'list':
    case 'listFiles':
    case 'usage':
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
  context: RequestContext,
): Request | string {
  const { schedule, shape, reader, defaultChunkSize } = context;
  const { session } = operation;
  const binding = labels.sessions.get(session);
  if (binding === undefined) return `session ${session} was not begun`;
  const { file } = binding;
  const named = labels.sessionIdOf(operation);
  if (named === undefined || (isOfUnknown(operation) && shape.session !== 'server'))
    return `no unknown id can be derived from that of session ${session}`;
  const sessionId = sentSessionId({ ...binding, sessionId: named }, schedule, shape);
  const chunkSize = labels.chunkSizeOf(session) ?? defaultChunkSize;
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
        chunks: storedChunks(labels, binding, fileAt(schedule, file).bytes, chunkSize),
      };
    case 'abort':
    case 'pause':
    case 'resume':
    case 'status':
      return { op: operation.op, sessionId };
    case 'readWhole': {
      const read = fileIdOf(session, shape.readBy, labels, context);
      return typeof read === 'string' ? read : { op: 'readWhole', blobId: read.fileId };
    }
  }
}

/**
 * The id of the session that `begin` binds its label to in an interface in which the client chooses it. It distinguishes the equal keys
 * of two callers if every caller has its own.
 */
export function chosenSessionId(
  { key, file, caller }: Pick<Binding, 'key' | 'file' | 'caller'>,
  schedule: Schedule,
  { session, keySpace }: Shape,
): string {
  const chosen = session === 'key' ? key : fileAt(schedule, file).name;
  return keySpace === 'caller' ? `${chosen} of caller ${caller}` : chosen;
}

/** The id of the session as requests name it. */
function sentSessionId({ sessionId, key, file }: Binding, schedule: Schedule, { session }: Shape): string {
  if (session === 'server') return sessionId;
  return session === 'key' ? key : fileAt(schedule, file).name;
}

/** The id by which the file of a session is read, or the reason why there is none. Reasons are part of the trace. */
export function fileIdOf(
  session: SessionLabel,
  readBy: Shape['readBy'],
  labels: Labels,
  { schedule, shape, defaultChunkSize }: RequestContext,
): { readonly fileId: string } | string {
  const finished = labels.finishOf(session);
  const binding = labels.sessions.get(session);
  if (readBy === 'session' && binding !== undefined) {
    const chunkSize = labels.chunkSizeOf(session) ?? defaultChunkSize;
    const chunks = Math.max(1, chunkCount(fileAt(schedule, binding.file).bytes, chunkSize));
    const isComplete = shape.finish === 'implied' && labels.acknowledgedOf(binding).length >= chunks;
    if (finished !== undefined || isComplete) return { fileId: sentSessionId(binding, schedule, shape) };
  }
  if (finished === undefined) return noBlob(session);
  const fileId = readBy === 'memory' ? finished.memoryId : finished.blobId;
  return fileId === undefined ? `the finish of session ${session} has made no memory` : { fileId };
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
  binding: Binding,
  bytes: number,
  chunkSize: number,
): readonly StoredChunk[] {
  // The canister may have accepted a chunk beyond the end, which is not part of the file.
  const inFile = labels.acknowledgedOf(binding).filter(({ index }) => index < chunkCount(bytes, chunkSize));
  return inFile.map(({ index, receipt }) => {
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
