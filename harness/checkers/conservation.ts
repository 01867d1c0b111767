/**
 * Stable memory is reclaimed and used again: at every `stats`, the blocks in use are exactly those of what the canister holds
 * according to the model. Cycles of begin, put, and abort, of expiry and cleanup, or of finish and delete therefore cannot make stable
 * memory grow.
 */
import type { Checker, Evidence } from '../evidence/evidence.js';
import type { StatsSeen } from '../evidence/follow-model.js';
import { RULES } from '../evidence/rules.js';
import type { Violation } from '../evidence/verdict.js';
import { callViolation } from '../evidence/violations.js';
import { blocksNeeded, SESSIONS_OF_FIRST_TABLE_MAX, tableBlocks } from './stable-blocks.js';

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
  // The size of a rebuilt table depends on how many records had been dropped by then.
  if (call.result?.kind !== 'stats' || state.sessions.length > SESSIONS_OF_FIRST_TABLE_MAX) return undefined;
  const { used, bytes } = call.result.blocks;
  const needed = blocksNeeded(state, time, bytes);
  const isMigrated = history.events.some(({ type }) => type === 'upgraded');
  // A migration leaves the table of sessions out if no record is left.
  const atLeast = isMigrated ? needed.atLeast - tableBlocks(state, bytes) : needed.atLeast;
  if (used >= atLeast && used <= needed.atMost) return undefined;
  const count = atLeast === needed.atMost ? `${atLeast}` : `${atLeast} to ${needed.atMost}`;
  return callViolation(RULES.conservation, call, {
    expected: `${count} blocks of ${bytes} B in use, for the open sessions, blobs and memories`,
    seen: `${used} blocks in use`,
    expectedKind: 'the blocks that are needed',
    seenKind: used > needed.atMost ? 'more blocks' : 'fewer blocks',
  });
}
