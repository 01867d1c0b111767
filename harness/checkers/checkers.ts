/** All checkers. Where two violations point at the same event, the one of the earlier checker is reported first, so the most specific checkers come first. */
import type { Checker } from '../evidence/evidence.js';
import { budgets } from './budgets.js';
import { conservation } from './conservation.js';
import { completeness } from './completeness.js';
import { expiry } from './expiry.js';
import { heapGrowth } from './heap-growth.js';
import { idempotency } from './idempotency.js';
import { immediateRetrieval } from './immediate-retrieval.js';
import { instructionCost } from './instruction-cost.js';
import { liveness } from './liveness.js';
import { listingIsTrue } from './listing-is-true.js';
import { memoriesReadBack } from './memories-read-back.js';
import { messageSize } from './message-size.js';
import { noTrap } from './no-trap.js';
import { oneFilePerUpload } from './one-file-per-upload.js';
import { outcome } from './outcome.js';
import { putCost } from './put-cost.js';
import { stableGrowth } from './stable-growth.js';
import { statusIsTrue } from './status-is-true.js';
import { storageIsReclaimed } from './storage-is-reclaimed.js';
import { storedHash } from './stored-hash.js';
import { strangersAreRefused } from './strangers-are-refused.js';
import { survivesUpgrade } from './survives-upgrade.js';
import { terminalStates } from './terminal-states.js';
import { upgradesSucceed } from './upgrades-succeed.js';
import { uploadSucceeds } from './upload-succeeds.js';
import { uploadsAreListed } from './uploads-are-listed.js';
import { usageIsExact } from './usage-is-exact.js';
import { wellFormedReplies } from './well-formed-replies.js';
import { wrongCallsAreRefused } from './wrong-calls-are-refused.js';

export const checkers: readonly Checker[] = [
  messageSize,
  noTrap,
  wellFormedReplies,
  completeness,
  storedHash,
  immediateRetrieval,
  oneFilePerUpload,
  strangersAreRefused,
  uploadSucceeds,
  wrongCallsAreRefused,
  statusIsTrue,
  listingIsTrue,
  uploadsAreListed,
  usageIsExact,
  upgradesSucceed,
  memoriesReadBack,
  storageIsReclaimed,
  budgets,
  putCost,
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
