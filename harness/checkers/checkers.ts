/** All checkers. Where two violations point at the same event, the one of the earlier checker is reported first, so the most specific checkers come first. */
import type { Checker } from '../evidence/evidence.js';
import { conservation } from './conservation.js';
import { completeness } from './completeness.js';
import { expiry } from './expiry.js';
import { heapGrowth } from './heap-growth.js';
import { idempotency } from './idempotency.js';
import { immediateRetrieval } from './immediate-retrieval.js';
import { instructionCost } from './instruction-cost.js';
import { isolation } from './isolation.js';
import { liveness } from './liveness.js';
import { messageSize } from './message-size.js';
import { noTrap } from './no-trap.js';
import { outcome } from './outcome.js';
import { stableGrowth } from './stable-growth.js';
import { storedHash } from './stored-hash.js';
import { survivesUpgrade } from './survives-upgrade.js';
import { terminalStates } from './terminal-states.js';

export const checkers: readonly Checker[] = [
  messageSize,
  noTrap,
  completeness,
  storedHash,
  immediateRetrieval,
  isolation,
  terminalStates,
  idempotency,
  survivesUpgrade,
  expiry,
  liveness,
  outcome,
  conservation,
  stableGrowth,
  instructionCost,
  heapGrowth,
];
