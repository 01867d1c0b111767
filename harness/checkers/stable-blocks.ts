/**
 * How many blocks of stable memory the contents of the model take (see canister/README.md, "Stable memory"). An upload is a file of
 * blocks under tables of block numbers, an open session also has a list of chunk lengths, and all sessions share one table.
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
/** The table of sessions: 128 slots of 256 B (224 B in layout 1). The first `begin` creates it; it is rebuilt when half the slots are taken. */
const SESSION_TABLE_BYTES = 32_768;
/** With more sessions, the table has been rebuilt, and its size depends on how many records had been dropped by then. */
export const SESSIONS_OF_FIRST_TABLE_MAX = 63;
const SLOT_BYTES = 256;
/** At most four slots per session; while the table is rebuilt, the old one with two more. */
const SLOTS_PER_SESSION_MAX = 4 + 2;

/** Blocks in use at some point within `time`. Whether an expired session still has its blocks may be open. */
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

/** The most blocks that a call may take while it is in flight: those of its chunk or its inline bytes, and the tables above them. */
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

/** Blocks of the first table of sessions. */
export function tableBlocks({ sessions }: ModelState, blockBytes: number): number {
  return sessions.length === 0 ? 0 : fileBlocks(SESSION_TABLE_BYTES, blockBytes);
}

/** The most blocks that the table of sessions may take beyond those of the first one. */
export function furtherTableBlocks({ sessions: { length } }: ModelState, blockBytes: number): number {
  if (length <= SESSIONS_OF_FIRST_TABLE_MAX) return 0;
  return fileBlocks(length * SLOTS_PER_SESSION_MAX * SLOT_BYTES, blockBytes);
}

/** A cache. Records are immutable, so their blocks never change. */
const chunkBlocks = new WeakMap<SessionRecord, { readonly blockBytes: number; readonly blocks: number }>();

/** Blocks of an open session: those that its chunks touch, the tables above them, and the list of lengths. */
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
  const blocks = touched.size + tablesAbove(touched, bytes, blockBytes) + list;
  chunkBlocks.set(session, { blockBytes, blocks });
  return blocks;
}

/** Blocks of a file that is written completely. */
function fileBlocks(bytes: number, blockBytes: number): number {
  return bytes === 0 ? 0 : Math.ceil(bytes / blockBytes) + tables(bytes, blockBytes);
}

/** Tables of block numbers above all blocks of a file. */
function tables(bytes: number, blockBytes: number): number {
  const blocks = Math.ceil(bytes / blockBytes);
  return spans(bytes, blockBytes).reduce((sum, span) => sum + Math.ceil(blocks / span), 0);
}

/** Tables above some blocks of a file. A table is allocated when the first block below it is. */
function tablesAbove(blocks: ReadonlySet<number>, bytes: number, blockBytes: number): number {
  return spans(bytes, blockBytes).reduce(
    (sum, span) => sum + new Set([...blocks].map((block) => Math.floor(block / span))).size,
    0,
  );
}

/** Number of blocks below a table, for each level of tables of a file, from the lowest level. */
function spans(bytes: number, blockBytes: number): readonly number[] {
  const perTable = blockBytes / ENTRY_BYTES;
  const levels: number[] = [];
  for (let reach = 1; reach < Math.ceil(bytes / blockBytes); reach *= perTable) levels.push(reach * perTable);
  return levels;
}
