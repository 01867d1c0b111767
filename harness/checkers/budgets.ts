/** The canister stays within the budgets that its target promises. Uses no model. */
import { chunkLengthSent } from '../../model/content.js';
import { fileAt } from '../../model/oracle.js';
import type { CallRecord } from '../history/calls.js';
import type { Checker, Evidence } from '../evidence/evidence.js';
import type { HistoryEvent } from '../history/history.js';
import { RULES } from '../evidence/rules.js';
import type { Violation } from '../evidence/verdict.js';
import { callViolation, firstOfEachKind, ruleViolation } from '../evidence/violations.js';
import type { Ledger } from '../ledger/ledger.js';
import { mostHeldAt } from '../ledger/held-bytes.js';

type Metrics = Extract<HistoryEvent, { type: 'metrics' }>;

export const budgets: Checker = {
  name: 'budgets',
  check(evidence) {
    const { history, ledger } = evidence;
    const metrics = history.events.filter((event): event is Metrics => event.type === 'metrics');
    return firstOfEachKind([
      ...metrics.flatMap((one) => overHeap(ledger, one) ?? []),
      ...metrics.flatMap((one) => overStable(ledger, metrics[0], one) ?? []),
      ...evidence.calls.flatMap((call) => overInstructions(evidence, call) ?? []),
    ]);
  },
};

function overHeap({ promises }: Ledger, { heapBytes, index, at }: Metrics): Violation | undefined {
  const max = promises.budgets?.heapBytes;
  if (max === undefined || heapBytes <= max) return undefined;
  return ruleViolation(RULES.budgets, {
    operation: 'heap',
    expectedKind: 'a size within the budget',
    seenKind: 'a larger size',
    event: index,
    expected: `${at}: at most ${max} B of heap`,
    seen: `${at}: ${heapBytes} B`,
  });
}

/** Stable memory that has grown by more than its budget for the most bytes that were ever held at once. */
function overStable(
  ledger: Ledger,
  first: Metrics | undefined,
  { stableBytes, index, at }: Metrics,
): Violation | undefined {
  const perByte = ledger.promises.budgets?.stableBytesPerByte;
  if (perByte === undefined || first === undefined) return undefined;
  const max = first.stableBytes + Math.ceil(mostHeldAt(ledger, index) * perByte);
  if (stableBytes <= max) return undefined;
  return ruleViolation(RULES.budgets, {
    operation: 'stable memory',
    expectedKind: 'a size within the budget',
    seenKind: 'a larger size',
    event: index,
    expected: `${at}: at most ${max} B of stable memory`,
    seen: `${at}: ${stableBytes} B`,
  });
}

function overInstructions({ history, ledger }: Evidence, call: CallRecord): Violation | undefined {
  const budget = ledger.promises.budgets?.putInstructions;
  const { request, delivered } = call;
  const upload = ledger.uploadOf(call);
  if (budget === undefined || request?.op !== 'put' || delivered === undefined || upload === undefined)
    return undefined;
  const event = history.events[delivered];
  if (event?.type !== 'delivered') return undefined;
  const { bytes } = fileAt(ledger.oracle.files, request.file);
  const sent = chunkLengthSent(bytes, request.chunkSize ?? upload.chunkSize, request.index, request.data);
  const max = Math.ceil(budget.fixed + budget.perByte * sent);
  if (event.instructions <= max) return undefined;
  return callViolation(RULES.budgets, call, {
    expected: `at most ${max} instructions for ${sent} B`,
    expectedKind: 'a cost within the budget',
    seen: `${event.instructions} instructions`,
    seenKind: 'a higher cost',
    event: delivered,
  });
}
