/** A memory within the limits is created, and it reads back with the assets that it was created with. Uses no model. */
import { inlineSha256 } from '../../model/memories.js';
import type { RequestedAsset } from '../../model/request.js';
import type { AssetResult } from '../../model/result.js';
import type { CallRecord } from '../history/calls.js';
import type { Checker } from '../evidence/evidence.js';
import { RULES } from '../evidence/rules.js';
import type { Violation } from '../evidence/verdict.js';
import { callViolation, firstOfEachKind } from '../evidence/violations.js';
import { isBefore, type Effect } from '../ledger/effects.js';
import { readableFile } from '../ledger/finished-file.js';
import type { Ledger } from '../ledger/ledger.js';
import { isRefusal } from './upload-succeeds.js';

type CreateRequest = Extract<CallRecord['request'], { op: 'memory' }>;

export const memoriesReadBack: Checker = {
  name: 'memories-read-back',
  check: ({ ledger, calls }) =>
    firstOfEachKind(calls.flatMap((call) => refused(ledger, call) ?? readBack(ledger, call) ?? [])),
};

/** A memory that had to be created and was not. */
function refused(ledger: Ledger, call: CallRecord): Violation | undefined {
  const { request } = call;
  if (request?.op !== 'memory' || !isRefusal(call, ledger.promises.errors === 'traps')) return undefined;
  if (!isWithinLimits(ledger, request, ledger.effectOf(call))) return undefined;
  return callViolation(RULES.memoriesReadBack, call, {
    expected: 'a new memory, because its assets exist and are within the limits',
    expectedKind: 'memory',
  });
}

function isWithinLimits(ledger: Ledger, { by, capsuleOf, assets }: CreateRequest, effect: Effect): boolean {
  if (by !== capsuleOf || assets.length === 0 || ledger.isInterrupted(effect)) return false;
  if (new Set(assets.map(({ kind }) => kind)).size < assets.length) return false;
  const inlineBytes = assets.reduce(
    (sum, asset) => sum + ('inlineBytes' in asset ? asset.inlineBytes : 0),
    0,
  );
  const max = ledger.limits.at('inlineBytesMax', effect.from);
  if (inlineBytes > 0 && (typeof max !== 'number' || inlineBytes > max)) return false;
  return assets.every((asset) => 'inlineBytes' in asset || isOwnFile(ledger, asset.blobId, by, effect));
}

function isOwnFile(ledger: Ledger, blobId: string, by: number, effect: Effect): boolean {
  return ledger.uploads.some(
    (upload) =>
      upload.owner === by &&
      upload.writes.some(({ call: { result } }) => result?.kind === 'finished' && result.blobId === blobId) &&
      readableFile(ledger, upload, effect) !== undefined,
  );
}

/** A read of a memory that does not return what it was created with. */
function readBack(ledger: Ledger, call: CallRecord): Violation | undefined {
  const { request, result } = call;
  if (request?.op !== 'readMemory') return undefined;
  const effect = ledger.effectOf(call);
  const created = creationOf(ledger, request.memoryId, effect);
  if (created?.call.request?.op !== 'memory' || created.call.request.by !== request.by) return undefined;
  if (isRefusal(call, ledger.promises.errors === 'traps')) {
    return callViolation(RULES.memoriesReadBack, call, {
      expected: 'the memory, because it was created before',
      expectedKind: 'memory',
    });
  }
  if (result?.kind !== 'memory') return undefined;
  const { assets } = created.call.request;
  const wrong = assets.findIndex((asset, place) => !isSameAsset(asset, place, result.assets[place]));
  if (wrong < 0 && assets.length === result.assets.length) return undefined;
  return callViolation(RULES.memoriesReadBack, call, {
    expected:
      wrong < 0
        ? `${assets.length} assets`
        : `asset ${wrong} as the memory was created with: ${assets[wrong]?.kind ?? ''}`,
    expectedKind: 'the right assets',
    seenKind: 'wrong assets',
  });
}

/** The certain creation of a memory that still exists. */
function creationOf(ledger: Ledger, memoryId: string, read: Effect): Effect | undefined {
  const { effects, promises } = ledger;
  const all = [...effects.values()];
  const created = all.find(
    ({ call: { result, request } }) =>
      request?.op === 'memory' && result?.kind === 'memory' && result.memoryId === memoryId,
  );
  if (created === undefined || !isBefore(created, read)) return undefined;
  const isKept = promises.upgrade === 'everything' || promises.upgrade === 'files';
  if (!isKept && ledger.isInterrupted({ from: created.from, to: read.to })) return undefined;
  const mayBeDeleted = all.some(
    ({ call: { request }, certainty, from }) =>
      request?.op === 'deleteMemory' &&
      request.memoryId === memoryId &&
      certainty !== 'none' &&
      from <= read.to,
  );
  return mayBeDeleted ? undefined : created;
}

function isSameAsset(asset: RequestedAsset, place: number, seen: AssetResult | undefined): boolean {
  if (seen?.kind !== asset.kind) return false;
  if (!('inlineBytes' in asset)) return seen.blobId === asset.blobId;
  const { inlineBytes } = asset;
  return seen.size === String(inlineBytes) && seen.inlineSha256 === inlineSha256(inlineBytes, place);
}
