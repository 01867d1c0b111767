/** The rules that checkers judge, in words. Findings, reports, and counterexamples quote them. */
import type { RuleName } from '../../targets/target.js';
import type { Layer } from './verdict.js';

/** What a violation means for users of the canister, the worst first. Reports list findings in this order. */
export const SEVERITIES = [
  'bytes lost or wrong',
  'correct upload refused',
  'stranger has access',
  'state lost by an upgrade',
  'storage leaked',
  'trap',
  'cost',
  'wrong answer',
] as const;
export type Severity = (typeof SEVERITIES)[number];

export interface Rule {
  readonly checker: RuleName;
  readonly layer: Layer;
  /** Absent: it depends on the answer (`severityOf`). */
  readonly severity?: Severity;
  /** One sentence that states what holds, e.g. `finish succeeds only if every chunk is stored`. */
  readonly text: string;
  /** What the sentence was in earlier versions. Saved counterexamples and reports still have it. */
  readonly formerText?: string;
}

export const RULES = {
  sizeLimit: {
    checker: 'message-size',
    layer: 'specification',
    severity: 'wrong answer',
    text: 'no message exceeds the size limit, and no message within it is refused',
    formerText: 'no message is longer than a message may be',
  },
  answeredWithoutTrap: {
    checker: 'no-trap',
    layer: 'fact',
    severity: 'trap',
    text: 'every well-typed call is answered without a trap',
    formerText: 'no well-typed call traps or stays without an answer',
  },
  wellFormedReplies: {
    checker: 'well-formed-replies',
    layer: 'fact',
    severity: 'wrong answer',
    text: 'every reply has the form that the interface declares',
  },
  finishIsComplete: {
    checker: 'completeness',
    layer: 'fact',
    severity: 'bytes lost or wrong',
    text: 'finish succeeds only if every chunk is stored',
    formerText: 'finish answers Ok only with every index stored',
  },
  storedHash: {
    checker: 'stored-hash',
    layer: 'fact',
    severity: 'bytes lost or wrong',
    text: 'stored bytes have the hash of the bytes that were put and the hash that finish was given',
    formerText: 'what is stored hashes to what was put and to the hash given to finish',
  },
  immediateRetrieval: {
    checker: 'immediate-retrieval',
    layer: 'fact',
    severity: 'bytes lost or wrong',
    text: 'a finished upload is readable by the very next call',
    formerText: 'what finish answered Ok for is readable by the very next call',
  },
  uploadSucceeds: {
    checker: 'upload-succeeds',
    layer: 'fact',
    severity: 'correct upload refused',
    text: 'a correct begin, put, finish, or abort of a correct upload is accepted',
    formerText: 'a correct begin, put, or finish of a correct upload is accepted',
  },
  oneFilePerUpload: {
    checker: 'one-file-per-upload',
    layer: 'fact',
    severity: 'bytes lost or wrong',
    text: 'one upload has one session and one file, and no id is given out twice',
  },
  strangersAreRefused: {
    checker: 'strangers-are-refused',
    layer: 'fact',
    severity: 'stranger has access',
    text: 'a caller without permission is refused',
    formerText: 'an operation on one session does not affect other sessions or callers',
  },
  wrongCallsAreRefused: {
    checker: 'wrong-calls-are-refused',
    layer: 'fact',
    severity: 'wrong answer',
    text: 'a call that the promises call wrong is refused',
  },
  upgradesSucceed: {
    checker: 'upgrades-succeed',
    layer: 'fact',
    severity: 'state lost by an upgrade',
    text: 'an upgrade or a restart succeeds at any point',
  },
  memoriesReadBack: {
    checker: 'memories-read-back',
    layer: 'fact',
    severity: 'bytes lost or wrong',
    text: 'a memory within the limits is created, and reads back as it was created',
  },
  storageIsReclaimed: {
    checker: 'storage-is-reclaimed',
    layer: 'fact',
    severity: 'storage leaked',
    text: 'memory does not grow with the bytes of uploads that have ended',
    formerText: 'stable memory does not grow with the bytes of uploads that have ended',
  },
  budgets: {
    checker: 'budgets',
    layer: 'fact',
    severity: 'cost',
    text: 'the canister stays within its budgets of memory and instructions',
  },
  constantPutCost: {
    checker: 'put-cost',
    layer: 'fact',
    severity: 'cost',
    text: 'a put does not cost more than twice as much because many chunks are stored',
  },
  listingIsTrue: {
    checker: 'listing-is-true',
    layer: 'fact',
    severity: 'bytes lost or wrong',
    text: 'the list of files has every finished file once, and no other',
  },
  uploadsAreListed: {
    checker: 'uploads-are-listed',
    layer: 'fact',
    severity: 'wrong answer',
    text: 'the list of uploads has every open upload of the caller once, and none of another caller',
  },
  usageIsExact: {
    checker: 'usage-is-exact',
    layer: 'fact',
    severity: 'storage leaked',
    text: 'the quota of a caller counts exactly the files and the uploads in progress',
  },
  statusIsTrue: {
    checker: 'status-is-true',
    layer: 'fact',
    severity: 'wrong answer',
    text: 'a status agrees with what the canister acknowledged',
    formerText: 'a status counts every chunk index once',
  },
  terminalStates: {
    checker: 'terminal-states',
    layer: 'specification',
    text: 'a session that has ended does not change',
    formerText: 'a session that has ended stays as it is',
  },
  idempotency: {
    checker: 'idempotency',
    layer: 'specification',
    text: 'repeated requests are idempotent',
    formerText: 'what is said twice happens once',
  },
  survivesUpgrade: {
    checker: 'survives-upgrade',
    layer: 'specification',
    severity: 'state lost by an upgrade',
    text: 'sessions, chunks, blobs, keys and counters survive an upgrade at any point',
  },
  survivesRestart: {
    checker: 'survives-upgrade',
    layer: 'specification',
    severity: 'state lost by an upgrade',
    text: 'sessions, chunks, blobs, keys and counters survive a restart at any point',
  },
  expiry: {
    checker: 'expiry',
    layer: 'specification',
    text: 'an open session fails exactly when its time is up, and its record stays for the promised time',
    formerText:
      'an open session fails at the instant its time is up, and its record stays as long as promised',
  },
  liveness: {
    checker: 'liveness',
    layer: 'specification',
    severity: 'correct upload refused',
    text: 'after the schedule, every session that may be finished can be finished',
    formerText: 'after the schedule every session that may finish can be finished',
  },
  outcome: {
    checker: 'outcome',
    layer: 'specification',
    text: 'every answer is one that the specification allows',
  },
  conservation: {
    checker: 'conservation',
    layer: 'specification',
    severity: 'storage leaked',
    text: 'storage is reclaimed when its owner is deleted or expires',
    formerText: 'blocks that nothing holds any more are given back',
  },
  stableGrowth: {
    checker: 'stable-growth',
    layer: 'specification',
    severity: 'storage leaked',
    text: 'stable memory grows only with the data that is held at the same time',
    formerText: 'stable memory grows with what is held at most, not with what ever went through',
  },
  putCost: {
    checker: 'instruction-cost',
    layer: 'specification',
    severity: 'cost',
    text: 'the cost of a put does not grow with the number of stored chunks',
    formerText: 'a put costs as much with many chunks stored as with none',
  },
  callCost: {
    checker: 'instruction-cost',
    layer: 'specification',
    severity: 'cost',
    text: 'the cost of a call does not grow with the number of sessions',
    formerText: 'a call costs as much beside many sessions as beside few',
  },
  messageCost: {
    checker: 'instruction-cost',
    layer: 'specification',
    severity: 'cost',
    text: 'the cost of a message is bounded by its size',
    formerText: 'no message costs out of proportion to its bytes',
  },
  heapForChunks: {
    checker: 'heap-growth',
    layer: 'specification',
    severity: 'storage leaked',
    text: 'chunks do not accumulate in the heap',
    formerText: 'chunks are never gathered in the heap',
  },
  heapForSessions: {
    checker: 'heap-growth',
    layer: 'specification',
    severity: 'storage leaked',
    text: 'the heap does not grow with the number of sessions',
  },
} as const satisfies Readonly<Record<string, Rule>>;

const layers = new Map<RuleName, Layer>(
  Object.values<Rule>(RULES).map(({ checker, layer }) => [checker, layer]),
);

/** The layer of the rules that a checker judges. */
export function layerOf(checker: RuleName): Layer {
  const layer = layers.get(checker);
  if (layer === undefined) throw new Error(`no rule is judged by ${checker}`);
  return layer;
}

const currentTexts = new Map(
  Object.values<Rule>(RULES).flatMap(({ text, formerText }) =>
    formerText === undefined ? [] : [[formerText, text] as const],
  ),
);

/** The present text of a rule; a text that was never changed, or that is not of this table, stays as it is. */
export function currentRuleText(text: string): string {
  return currentTexts.get(text) ?? text;
}
