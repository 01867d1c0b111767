/** The outcome of `upload`: one line per file, and the document of `--json`. */
import type { UploadedAsset } from '../../client/asset-upload.js';
import { FlowError } from '../../client/flow-error.js';
import { printable } from '../../client/printable.js';
import type { FileOutcome } from '../../client/upload-files.js';
import { formatCanisterError, type UploadError } from '../../client/upload-error.js';

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** For example `cat.jpg: 21000000 B as blob_1, SHA-256 …, display blob_3, thumb blob_2, all in memory_4`. */
export function outcomeLine(outcome: Exclude<FileOutcome, { kind: 'failed' }>): string {
  const original = outcome.kind === 'picture' ? outcome.uploaded.original : outcome.uploaded;
  const { blobId, size, sha256, bytesResumed } = original;
  const before = bytesResumed === 0 ? '' : `, ${bytesResumed} B of it uploaded before`;
  const parts = [`${printable(outcome.file)}: ${size} B as ${blobId}${before}, SHA-256 ${hex(sha256)}`];
  if (outcome.kind === 'picture') {
    const { derivatives, memory } = outcome.uploaded;
    parts.push(`display ${derivatives.display.blobId}`, `thumb ${derivatives.thumb.blobId}`);
    parts.push(`all in ${memory.memoryId}`);
  } else parts.push(`in ${original.memoryId}`);
  return parts.join(', ');
}

/** The document of `--json`. Session ids are strings, because they may exceed the range of JSON numbers. */
export function uploadDocument(outcomes: readonly FileOutcome[], interrupted: boolean): object {
  return { interrupted, files: outcomes.map(fileDocument) };
}

function fileDocument(outcome: FileOutcome): object {
  const { file } = outcome;
  switch (outcome.kind) {
    case 'original':
      return { file, ok: true, assets: [assetDocument(outcome.uploaded)] };
    case 'picture': {
      const { original, derivatives, memory } = outcome.uploaded;
      const assets = [original, derivatives.display, derivatives.thumb].map(assetDocument);
      return { file, ok: true, memory: memory.memoryId, assets };
    }
    case 'failed': {
      const { error } = outcome;
      const isFlow = error instanceof FlowError;
      return {
        file,
        ok: false,
        failures: (isFlow ? error.failures : [error]).map(failureDocument),
        assets: (isFlow ? error.arrived : []).map(assetDocument),
      };
    }
  }
}

function assetDocument(asset: UploadedAsset): object {
  const { kind, blobId, memoryId, size, sha256, bytesResumed, putsSent, putsRepeated, verified } = asset;
  return {
    kind,
    blobId,
    memoryId,
    size,
    sha256: hex(sha256),
    bytesResumed,
    putsSent,
    putsRepeated,
    verified,
  };
}

function failureDocument({ failure, message }: UploadError): object {
  const { lane, asset, step, reason, detail, method, chunk, reject, canisterError, session, logs } = failure;
  return {
    message,
    lane,
    asset,
    step,
    reason,
    detail,
    method: method ?? null,
    chunk: chunk ?? null,
    reject: reject ?? null,
    canisterError:
      canisterError === undefined || canisterError === null ? null : formatCanisterError(canisterError),
    session: session === undefined || session === null ? null : sessionDocument(session),
    logs: logs ?? [],
  };
}

function sessionDocument(session: NonNullable<UploadError['failure']['session']>): object {
  const { sessionId, state, chunksReceived, expectedChunks, bytesReceived, bytesExpected } = session;
  return {
    id: String(sessionId),
    state,
    chunksReceived,
    expectedChunks,
    bytesReceived: Number(bytesReceived),
    bytesExpected: Number(bytesExpected),
  };
}
