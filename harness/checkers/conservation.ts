/**
 * Blocks of stable memory that nothing needs any more are given back, and used again: at every `stats` the blocks in use are those of
 * what the canister holds by the model, and no more. Cycles of begin, put and abort, of expiry and cleanup, of finish and delete
 * so cannot make stable memory grow.
 *
 * What is held takes blocks as canister/README.md ("Stable memory") has it: an upload is a file over blocks with tables of block
 * numbers above, an open session has a list of chunk lengths besides, and all sessions share one table.
 */
import type { CountSpan } from '../../model/answer.js';
import { atTime } from '../../model/at-time.js';
import { chunkRange } from '../../model/content.js';
import { inlineLengths, isBlobAlive } from '../../model/memories.js';
import type { ModelState, SessionRecord, TimeSpan } from '../../model/state.js';
import { holdsChunks } from '../../model/stats.js';
import { operationText } from '../calls.js';
import type { Checker, Evidence } from '../evidence.js';
import type { StatsSeen } from '../follow-model.js';
import type { Violation } from '../verdict.js';

const rule = 'blocks that nothing holds any more are given back';

/** Bytes of a block number in a table, and of an entry in the list of chunk lengths. */
const ENTRY_BYTES = 4;
/** The table of sessions: 128 slots of 256 B (224 B in layout 1), made by the first `begin`, rebuilt when half are taken. */
const SESSION_TABLE_BYTES = 32_768;
const SESSIONS_MAX = 63;

export const conservation: Checker = {
  name: 'conservation',
  check(evidence) {
    for (const seen of evidence.followed.stats) {
      const violation = checkStats(evidence, seen);
      if (violation !== undefined) return violation;
    }
    return undefined;
  },
};

function checkStats({ history }: Evidence, { call, state, time }: StatsSeen): Violation | undefined {
  // A table that was rebuilt depends on the records that had gone by then.
  if (call.result?.kind !== 'stats' || state.sessions.length > SESSIONS_MAX) return undefined;
  const { used, bytes } = call.result.blocks;
  const needed = blocksNeeded(state, time, bytes);
  const isMigrated = history.events.some(({ type }) => type === 'upgraded');
  // A migration leaves out the table of sessions when all records are gone.
  const atLeast = isMigrated
    ? Math.min(needed.atLeast, needed.atLeast - tableBlocks(state, bytes))
    : needed.atLeast;
  if (used >= atLeast && used <= needed.atMost) return undefined;
  const operation = operationText(call.operation);
  const count = atLeast === needed.atMost ? `${atLeast}` : `${atLeast} to ${needed.atMost}`;
  return {
    checker: 'conservation',
    rule,
    event: call.ended,
    expected: `${operation}: ${count} blocks of ${bytes} B in use, which is what open sessions, blobs and memories take`,
    seen: `${operation}: ${used} blocks in use`,
  };
}

function blocksNeeded(state: ModelState, time: TimeSpan, blockBytes: number): CountSpan {
  let atLeast = tableBlocks(state, blockBytes);
  let atMost = atLeast;
  state.sessions.forEach((session, position) => {
    const variants = atTime(session, time);
    const chunks = blocksOfChunks(session, blockBytes);
    const holds = variants.map(holdsChunks);
    if (holds.every((one) => one === 'yes')) atLeast += chunks;
    if (holds.some((one) => one !== 'no')) atMost += chunks;
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

const tableBlocks = ({ sessions }: ModelState, blockBytes: number): number =>
  sessions.length === 0 ? 0 : fileBlocks(SESSION_TABLE_BYTES, blockBytes);

/** Of an open session: the blocks that its chunks touch, the tables above, and the list of lengths. */
function blocksOfChunks(session: SessionRecord, blockBytes: number): number {
  const { chunks, chunksReceived, chunksExpected, bytes, chunkSize } = session;
  if (chunksReceived === 0) return 0;
  const touched = new Set<number>();
  chunks.forEach((chunk, index) => {
    if (chunk === undefined) return;
    const { start, end } = chunkRange(bytes, chunkSize, index);
    for (let block = Math.floor(start / blockBytes); block * blockBytes < end; block++) touched.add(block);
  });
  const list = fileBlocks(chunksExpected * ENTRY_BYTES, blockBytes);
  return touched.size + tables(bytes, blockBytes) + list;
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
