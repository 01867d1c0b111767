/** How many bytes the canister has to hold at a point in the history, by the answers alone. */
import { isBefore } from './effects.js';
import type { Ledger } from './ledger.js';
import { sentChunk } from './sent-chunk.js';
import type { Upload } from './upload.js';

/** A change of the bytes that one upload holds. */
export interface Change {
  /** Index of the event by which it has certainly happened, or may have begun to happen. */
  readonly event: number;
  readonly bytes: number;
}

/** The bytes of an upload: the puts that may have stored something, and the event by which all of it is certainly free again. */
export interface Holding {
  readonly puts: readonly Change[];
  /** `Infinity` if it may be held to the end. */
  readonly releasedAt: number;
}

export function holdingOf(ledger: Ledger, upload: Upload): Holding {
  const puts = upload.writes.flatMap(({ call, certainty, from }) => {
    const sent = certainty === 'none' ? undefined : sentChunk(call, upload, ledger.oracle);
    return sent === undefined ? [] : [{ event: from, bytes: sent.bytes }];
  });
  return {
    puts,
    releasedAt: Math.min(abortOf(ledger, upload), cleanupOf(ledger, upload), deletionOf(ledger, upload)),
  };
}

/** The most bytes that may have been held at once until the event. */
export function mostHeldAt(ledger: Ledger, event: number): number {
  const changes = ledger.uploads.flatMap((upload) => {
    const { puts, releasedAt } = holdingOf(ledger, upload);
    const total = puts.reduce((sum, { bytes }) => sum + bytes, 0);
    return [...puts, ...(releasedAt === Infinity ? [] : [{ event: releasedAt, bytes: -total }])];
  });
  let [held, most] = [0, 0];
  for (const change of changes.sort((a, b) => a.event - b.event)) {
    if (change.event > event) break;
    held += change.bytes;
    most = Math.max(most, held);
  }
  return most;
}

function abortOf({ promises }: Ledger, { writes, isAmbiguous }: Upload): number {
  if (promises.abort !== 'ends' || isAmbiguous) return Infinity;
  const abort = writes.find(
    ({ call, certainty }) => call.operation.op === 'abort' && certainty === 'certain',
  );
  const isFinished = writes.some(({ call }) => call.result?.kind === 'finished');
  return abort === undefined || isFinished ? Infinity : abort.to;
}

/** The cleanup by its owner that found it expired. */
function cleanupOf(ledger: Ledger, upload: Upload): number {
  const ttlNs = ledger.limits.longestTtlNs;
  if (typeof ttlNs !== 'bigint' || upload.isAmbiguous) return Infinity;
  if (upload.writes.some(({ call, certainty }) => call.operation.op === 'finish' && certainty !== 'none'))
    return Infinity;
  const latest = upload.writes.reduce(
    (last, { certainty, to }) => (certainty === 'none' ? last : Math.max(last, to)),
    upload.begin.to,
  );
  if (latest === Infinity) return Infinity;
  for (const effect of ledger.effects.values()) {
    const { request } = effect.call;
    if (request?.op !== 'cleanup' || request.by !== upload.owner || effect.certainty !== 'certain') continue;
    if (effect.from < latest) continue;
    const idleNs = ledger.timeAt(effect.from) - ledger.timeAt(latest);
    if (idleNs >= ttlNs) return effect.to;
  }
  return Infinity;
}

/** The deletion of its only memory. */
function deletionOf({ effects }: Ledger, upload: Upload): number {
  const finish = upload.writes.find(({ call }) => call.result?.kind === 'finished');
  const result = finish?.call.result;
  if (finish === undefined || result?.kind !== 'finished' || result.memoryId === undefined) return Infinity;
  const all = [...effects.values()];
  const isShared = all.some(
    ({ call: { request }, certainty }) =>
      request?.op === 'memory' &&
      certainty !== 'none' &&
      request.assets.some((asset) => 'blobId' in asset && asset.blobId === result.blobId),
  );
  const deleted = all.find(
    (effect) =>
      effect.call.request?.op === 'deleteMemory' &&
      effect.call.request.memoryId === result.memoryId &&
      effect.certainty === 'certain' &&
      isBefore(finish, effect),
  );
  return isShared || deleted === undefined ? Infinity : deleted.to;
}
