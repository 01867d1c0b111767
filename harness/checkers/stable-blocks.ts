/**
 * Blocks of stable memory that what the model holds takes, as canister/README.md ("Stable memory") has it: an upload is a file over
 * blocks with tables of block numbers above, an open session has a list of chunk lengths besides, and all sessions share one table.
 */
import type { CountSpan, TimeSpan } from '../../model/spans.js';
import { atTime } from '../../model/at-time.js';
import { chunkCount, chunkLengthSent, chunkRange } from '../../model/content.js';
import { inlineLengths, isBlobAlive } from '../../model/memories.js';
import { fileAt } from '../../model/oracle.js';
import type { ModelState, SessionRecord } from '../../model/state.js';
import type { FileRecipe } from '../../model/schedule.js';
import { holdsChunks } from '../../model/stats.js';
import type { CallRecord } from '../history/calls.js';

/** Bytes of a block number in a table, and of an entry in the list of chunk lengths. */
const ENTRY_BYTES = 4;
/** The table of sessions: 128 slots of 256 B (224 B in layout 1), made by the first `begin`, rebuilt when half are taken. */
const SESSION_TABLE_BYTES = 32_768;
/** Beyond so many sessions the table has been rebuilt, and depends on the records that had gone by then. */
export const SESSIONS_OF_FIRST_TABLE_MAX = 63;
const SLOT_BYTES = 256;
/** Slots for each session at most, and the old table beside the new one while it is rebuilt. */
const SLOTS_PER_SESSION_MAX = 4 + 2;

export function blocksNeeded(state: ModelState, time: TimeSpan, blockBytes: number): CountSpan {
  let atLeast = tableBlocks(state, blockBytes);
  let atMost = atLeast;
  state.sessions.forEach((session, position) => {
    const chunks = blocksOfChunks(session, blockBytes);
    if (chunks > 0) {
      const holds = atTime(session, time).map(holdsChunks);
      if (holds.every((one) => one === 'yes')) atLeast += chunks;
      if (holds.some((one) => one !== 'no')) atMost += chunks;
    }
    if (session.finish === undefined || !isBlobAlive(state, position)) return;
    const blob = fileBlocks(session.bytes, blockBytes);
    atLeast += blob;
    atMost += blob;
  });
  for (const { isDeleted, assets } of state.memories) {
    if (isDeleted) continue;
    for (const bytes of inlineLengths(assets)) {
      atLeast += fileBlocks(bytes, blockBytes);
      atMost += fileBlocks(bytes, blockBytes);
    }
  }
  return { atLeast, atMost };
}

/** That a call takes at most while it is under way, whatever comes of it: of its chunk, or its inline bytes, and what stands above. */
export function blocksOfCall(
  { request, outcome }: CallRecord,
  { files, chunkSize }: { readonly files: readonly FileRecipe[]; readonly chunkSize: number },
  blockBytes: number,
): number {
  if (request === undefined || outcome === 'skipped') return 0;
  if (request.op === 'memory') {
    const lengths = request.assets.map((asset) => ('inlineBytes' in asset ? asset.inlineBytes : 0));
    return lengths.reduce((sum, bytes) => sum + fileBlocks(bytes, blockBytes), 0);
  }
  if (request.op !== 'put') return 0;
  const { file, index, data, chunkSize: cutBy = chunkSize } = request;
  const { bytes } = fileAt(files, file);
  const sent = chunkLengthSent(bytes, cutBy, index, data);
  const list = fileBlocks(chunkCount(bytes, cutBy) * ENTRY_BYTES, blockBytes);
  // A chunk may begin in the middle of a block.
  return sent === 0 ? 0 : Math.ceil(sent / blockBytes) + 1 + tables(bytes, blockBytes) + list;
}

/** Of the first table of sessions. */
export function tableBlocks({ sessions }: ModelState, blockBytes: number): number {
  return sessions.length === 0 ? 0 : fileBlocks(SESSION_TABLE_BYTES, blockBytes);
}

/** Blocks that the table of sessions may take at most, besides those of the first one. */
export function furtherTableBlocks({ sessions: { length } }: ModelState, blockBytes: number): number {
  if (length <= SESSIONS_OF_FIRST_TABLE_MAX) return 0;
  return fileBlocks(length * SLOTS_PER_SESSION_MAX * SLOT_BYTES, blockBytes);
}

/** Records are values: what one takes never changes. */
const chunkBlocks = new WeakMap<SessionRecord, { readonly blockBytes: number; readonly blocks: number }>();

/** Of an open session: the blocks that its chunks touch, the tables above, and the list of lengths. */
function blocksOfChunks(session: SessionRecord, blockBytes: number): number {
  const { chunks, chunksReceived, chunksExpected, bytes, chunkSize } = session;
  if (chunksReceived === 0) return 0;
  const known = chunkBlocks.get(session);
  if (known?.blockBytes === blockBytes) return known.blocks;
  const touched = new Set<number>();
  chunks.forEach((chunk, index) => {
    if (chunk === undefined) return;
    const { start, end } = chunkRange(bytes, chunkSize, index);
    for (let block = Math.floor(start / blockBytes); block * blockBytes < end; block++) touched.add(block);
  });
  const list = fileBlocks(chunksExpected * ENTRY_BYTES, blockBytes);
  const blocks = touched.size + tables(bytes, blockBytes) + list;
  chunkBlocks.set(session, { blockBytes, blocks });
  return blocks;
}

/** Of a file that is written from end to end. */
function fileBlocks(bytes: number, blockBytes: number): number {
  return bytes === 0 ? 0 : Math.ceil(bytes / blockBytes) + tables(bytes, blockBytes);
}

/** Blocks of block numbers above the blocks of a file. A table of tables begins at 64 MiB: no schedule stores so much in one file. */
function tables(bytes: number, blockBytes: number): number {
  const blocks = Math.ceil(bytes / blockBytes);
  const perTable = blockBytes / ENTRY_BYTES;
  if (blocks <= 1) return 0;
  const leaves = Math.ceil(blocks / perTable);
  return leaves === 1 ? 1 : leaves + 1;
}
