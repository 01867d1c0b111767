/** Texts for the results that the model allows and for the results that were returned. */
import type { CountSpan } from './spans.js';
import type { Alternative, ExpectedResult, Reason } from './expected.js';
import type { ContentOracle } from './oracle.js';
import { CONFIG_LIMITS, STATS_COUNTERS, type AssetResult, type IndexRange, type Result } from './result.js';
import type { ModelState, StoredAsset } from './state.js';

/** For example `Ok, because indices 0..2 are all stored and the hash is right`. */
export function explain(alternative: Alternative, oracle: ContentOracle): string {
  return `${expectedText(alternative.expected, alternative.next, oracle)}, because ${reasonText(alternative.reason)}`;
}

/** A result in the same words. */
export function resultText(result: Result): string {
  switch (result.kind) {
    case 'begun':
      return `Ok with session ${result.sessionId}`;
    case 'done':
      return 'Ok';
    case 'finished':
      return finishedText(result);
    case 'status':
      return statusText(result);
    case 'blob':
      return `${result.size} B with SHA-256 ${shortHash(result.sha256)}${result.metaRefused ? '; readMeta is refused, readChunk is not' : ''}`;
    case 'sessions':
      return `sessions ${listText(result.sessionIds)}`;
    case 'files':
      return `files ${listText(result.blobIds)}`;
    case 'usage':
      return usageText(result);
    case 'memory':
      return `memory ${result.memoryId} of ${assetsText(result.assets.map(assetResultText))}`;
    case 'memories':
      return `memories ${listText(result.memoryIds)}`;
    case 'stats': {
      const counts = STATS_COUNTERS.map((name) => `${name} ${result.counters[name]}`).join(', ');
      return `${counts}, ${result.blocks.used} blocks in use`;
    }
    case 'config': {
      const limits = CONFIG_LIMITS.map((name) => `${name} ${result.limits[name]}`).join(', ');
      return `${limits}, sessionTtlNs ${result.sessionTtlNs}`;
    }
    case 'error':
      return (result.text ?? '') === '' ? result.error : `${result.error} (${result.text})`;
    case 'rejected':
      return `reject ${result.errorCode}: ${result.text}`;
    case 'undecodable':
      return `a reply that cannot be decoded: ${result.text}`;
  }
}

/** What the interface returned: `1 open upload, 200 B`. */
function usageText({ openUploads, bytes }: Extract<Result, { kind: 'usage' }>): string {
  return [
    ...(openUploads === undefined ? [] : [`${openUploads} open upload${openUploads === 1 ? '' : 's'}`]),
    ...(bytes === undefined ? [] : [`${bytes} B`]),
  ].join(', ');
}

/** What the interface returned: `Ok with blob 7, 200 B`. */
function finishedText({ blobId, memoryId, size, sha256 }: Extract<Result, { kind: 'finished' }>): string {
  return [
    `Ok with blob ${blobId}`,
    ...(memoryId === undefined ? [] : [`memory ${memoryId}`]),
    ...(size === undefined ? [] : [`${size} B`]),
    ...(sha256 === undefined ? [] : [`SHA-256 ${shortHash(sha256)}`]),
  ].join(', ');
}

/** What the interface returned: `Uploading, 2 chunks and 200 B received, missing 2, chunk size 100 B`. */
function statusText(status: Extract<Result, { kind: 'status' }>): string {
  const { state, chunksReceived, bytesReceived, missing, chunkSize } = status;
  const received = [
    ...(chunksReceived === undefined ? [] : [`${chunksReceived} chunks`]),
    ...(bytesReceived === undefined ? [] : [`${bytesReceived} B`]),
  ];
  return [
    state,
    ...(received.length === 0 ? [] : [`${received.join(' and ')} received`]),
    ...(missing === undefined ? [] : [`missing ${rangesText(missing)}`]),
    ...(chunkSize === undefined ? [] : [`chunk size ${chunkSize} B`]),
  ].join(', ');
}

/** Half-open ranges as first and last index: `0..2, 5`. */
export function rangesText(ranges: readonly IndexRange[]): string {
  if (ranges.length === 0) return 'nothing';
  const shown = ranges
    .slice(0, 8)
    .map(({ start, end }) => (end - start === 1 ? `${start}` : `${start}..${end - 1}`));
  return shown.join(', ') + (ranges.length > 8 ? `, … (${ranges.length} ranges)` : '');
}

function expectedText(answer: ExpectedResult, state: ModelState, oracle: ContentOracle): string {
  switch (answer.kind) {
    case 'begun':
      return answer.isNew ? 'Ok with a new session id' : `Ok with session ${idOf(state, answer.session)}`;
    case 'done':
      return 'Ok';
    case 'finished': {
      const content = `${answer.bytes} B, SHA-256 ${shortHash(oracle.sha256(answer.file))}`;
      const finish = state.sessions[answer.session]?.finish;
      const blob = answer.isRepeat
        ? `blob ${finish?.blobId ?? '?'}, memory ${finish?.memoryId ?? 'none'}`
        : 'a new blob';
      return `Ok with ${blob}, ${content}`;
    }
    case 'blob':
      return `${answer.bytes} B with SHA-256 ${shortHash(oracle.sha256(answer.file))}`;
    case 'status': {
      const { state: name, chunksReceived, bytesReceived, missing, chunkSize } = answer.status;
      const received =
        missing === undefined
          ? `at most ${chunksReceived} chunks`
          : `${chunksReceived} chunks and ${bytesReceived} B received, missing ${rangesText(missing)}`;
      return `${name}, ${received}, chunk size ${chunkSize} B`;
    }
    case 'sessions': {
      const perhaps = answer.may.length === 0 ? '' : `, perhaps ${listText(answer.may)}`;
      const unnamed = answer.unnamed === 0 ? '' : `, up to ${answer.unnamed} more`;
      return `sessions ${listText(answer.must)}${perhaps}${unnamed}`;
    }
    case 'memory': {
      const { id } = state.memories[answer.memory] ?? {};
      const name = answer.isNew ? 'a new memory' : `memory ${id ?? '?'}`;
      const assets = answer.assets.map((asset) => assetText(asset, state));
      return `Ok with ${name} of ${assetsText(assets)}`;
    }
    case 'memories':
      return `memories ${listText(answer.ids)}${answer.unnamed === 0 ? '' : `, up to ${answer.unnamed} more`}`;
    case 'stats':
      return STATS_COUNTERS.map((name) => `${name} ${spanText(answer.counters[name])}`).join(', ');
    case 'config': {
      const limits = CONFIG_LIMITS.map((name) => `${name} ${answer.limits[name]}`).join(', ');
      return `${limits}, sessionTtlNs ${answer.sessionTtlNs}`;
    }
    case 'error':
      return answer.errors.join(' or ') + namesText(answer.names);
  }
}

function reasonText(reason: Reason): string {
  switch (reason.code) {
    case 'new-session':
      return 'no session holds this key';
    case 'same-key':
      return `session ${reason.id ?? '?'} was begun with the key "${reason.key}" and the same parameters`;
    case 'key-in-use':
      return `session ${reason.id ?? '?'} holds the key "${reason.key}" with other parameters`;
    case 'stores':
      return 'nothing is stored at this index yet';
    case 'same-bytes':
      return 'the same bytes are stored at this index';
    case 'other-bytes':
      return `other bytes are stored at index ${reason.index}`;
    case 'cancels':
    case 'pauses':
    case 'resumes':
      return 'the state of the session allows it';
    case 'already-cancelled':
      return 'the session is Cancelled already';
    case 'reports':
      return 'earlier operations led to this state';
    case 'lists':
      return 'the caller owns them';
    case 'cleans':
      return 'a cleanup cannot fail';
    case 'no-session':
      return 'there is no such session';
    case 'record-gone':
      return 'the session has ended and its record was removed';
    case 'no-blob':
      return 'the session has no blob';
    case 'reads':
      return 'the finish stored these bytes';
    case 'new-memory':
      return 'its assets are within the limits';
    case 'no-token':
      return 'no token was sent';
    case 'token-expired':
      return 'the token has expired';
    case 'hour-full':
      return `the caller may begin ${reason.max} uploads over HTTP within an hour`;
    case 'memory-deleted':
      return 'the memory that the finish created was deleted';
    case 'no-memory':
      return 'there is no such memory';
    case 'deletes':
      return 'the memory exists';
    case 'counts':
      return 'earlier operations led to these counts';
    case 'configured':
      return 'these limits were set';
    case 'blob-freed':
      return 'no memory refers to the blob any more';
    case 'asset-count':
      return `a memory has 1 to ${reason.max} assets, not ${reason.given}`;
    case 'kind-twice':
      return `the kind ${reason.kind} occurs twice`;
    case 'not-owner':
      return `it belongs to caller ${reason.owner}, not to caller ${reason.by}`;
    case 'text-empty':
      return `the ${reason.what} is empty`;
    case 'wrong-chunk-count':
      return `the file has ${reason.right} chunks, not ${reason.given}`;
    case 'over-limit':
      return `${reason.given} ${reason.what} are more than ${reason.max}`;
    case 'active-limit':
      return `the caller has ${reason.active} active sessions and may have ${reason.max}`;
    case 'state':
      return `the session is ${reason.state}`;
    case 'index-past-end':
      return `index ${reason.index} is past the ${reason.count} chunks of the upload`;
    case 'wrong-length':
      return `the chunk at index ${reason.index} has ${reason.right} B, not ${reason.given}`;
    case 'hash-size':
      return `a SHA-256 has 32 B, not ${reason.bytes}`;
    case 'wrong-total':
      return `the file has ${reason.right} B, not ${reason.given}`;
    case 'missing':
      return `nothing is stored at ${rangesText(reason.ranges)}`;
    case 'hash-right':
      return `${storedText(reason.count)} and the hash is right`;
    case 'hash-wrong':
      return `${storedText(reason.count)} but the hash is not that of the stored bytes`;
    case 'finished-same':
      return 'it was finished with the same arguments';
    case 'finished-other':
      return 'it was finished with other arguments';
    case 'not-specified':
      return 'the specification has no such method';
    case 'cut-short':
      return 'an upgrade cut it short';
  }
}

function assetsText(assets: readonly string[]): string {
  return assets.length === 0 ? 'no assets' : assets.join(', ');
}

function assetResultText({ kind, blobId, size, inlineSha256 }: AssetResult): string {
  const source =
    blobId ?? (inlineSha256 === undefined ? 'inline' : `inline, SHA-256 ${shortHash(inlineSha256)}`);
  return `${kind} (${source}, ${size} B)`;
}

function assetText(asset: StoredAsset, { sessions }: ModelState): string {
  if ('inlineBytes' in asset) return `${asset.kind} (inline, ${asset.inlineBytes} B)`;
  const session = sessions[asset.blobOf];
  return `${asset.kind} (${session?.finish?.blobId ?? '?'}, ${session?.bytes ?? '?'} B)`;
}

function spanText({ atLeast, atMost }: CountSpan): string {
  return atLeast === atMost ? `${atLeast}` : `${atLeast} to ${atMost}`;
}

function storedText(count: number): string {
  if (count === 0) return 'the file has no chunks';
  return count === 1 ? 'index 0 is stored' : `indices 0..${count - 1} are all stored`;
}

function namesText(names: readonly IndexRange[] | undefined): string {
  if (names === undefined || names.length === 0) return '';
  const texts = names.map(({ start, end }) =>
    end === start + 1 ? `${start}` : `one of ${start}..${end - 1}`,
  );
  return ` with a text that names ${[...new Set(texts)].slice(0, 4).join(' or ')}`;
}

function idOf(state: ModelState, position: number): string {
  return state.sessions[position]?.id ?? '?';
}

function listText(ids: readonly string[]): string {
  if (ids.length === 0) return 'none';
  return ids.slice(0, 12).join(', ') + (ids.length > 12 ? `, … (${ids.length})` : '');
}

function shortHash(hash: string | undefined): string {
  return hash === undefined ? 'none' : `${hash.slice(0, 12)}…`;
}
