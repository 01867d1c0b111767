/**
 * Blocks of stable memory that nothing needs any more are given back, and used again: at every `stats` the blocks in use are those of
 * what the canister holds by the model, and no more. Cycles of begin, put and abort, of expiry and cleanup, of finish and delete
 * so cannot make stable memory grow.
 */
import { operationText } from '../../model/operations.js';
import type { Checker, Evidence } from '../judgement/evidence.js';
import type { StatsSeen } from '../judgement/follow-model.js';
import type { Violation } from '../judgement/verdict.js';
import { blocksNeeded, SESSIONS_OF_FIRST_TABLE_MAX, tableBlocks } from './stable-blocks.js';

const rule = 'blocks that nothing holds any more are given back';

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
  if (call.result?.kind !== 'stats' || state.sessions.length > SESSIONS_OF_FIRST_TABLE_MAX) return undefined;
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
