/**
 * The cost of a put does not grow with the number of stored chunks. An interface where it does accepts small files, and a large one
 * reaches the limit of instructions. Uses no model and no sizes of the canister.
 *
 * A single put may be more expensive for good reasons: memory grows, or a gap is filled and the bytes after it are hashed. Therefore the
 * cheapest of eight consecutive puts counts. Work that was deferred may make all later puts more expensive, but only by as much as one
 * message may do. Therefore the cost must grow from each eight puts to the next, and to more than twice that of the first ones.
 */
import { viaOf, type Via } from '../../model/schedule.js';
import type { Checker, Evidence } from '../evidence/evidence.js';
import { RULES } from '../evidence/rules.js';
import type { Violation } from '../evidence/verdict.js';
import { callViolation, firstOfEachKind } from '../evidence/violations.js';
import type { Upload } from '../ledger/upload.js';
import { storingPuts } from './storing-puts.js';

const WINDOW_PUTS = 8;
/** Windows that an upload must have. The last one then has 64 stored chunks before it. */
const WINDOWS_MIN = 9;
const GROWTH_MAX = 2;
/** Instructions by which cheap puts may differ. */
const SLACK = 50_000;
/** The part of the mean growth by which each window must exceed the one before. */
const STEADY_PART = 0.25;

/** Puts are compared per interface, because they cost a different amount through each. */
const INTERFACES: readonly (Via | undefined)[] = [undefined, 'http'];

export const putCost: Checker = {
  name: 'put-cost',
  check: (evidence) =>
    firstOfEachKind(
      evidence.ledger.uploads.flatMap((upload) =>
        INTERFACES.flatMap((via) => growingPut(evidence, upload, via) ?? []),
      ),
    ),
};

function growingPut(evidence: Evidence, upload: Upload, via: Via | undefined): Violation | undefined {
  const { writes, file, chunkSize } = upload;
  const calls = writes.map(({ call }) => call).filter(({ operation }) => viaOf(operation) === via);
  const puts = storingPuts(evidence, { calls, file, chunkSize });
  const costs = puts.map(({ instructions }) => instructions);
  const least = leastOfWindows(costs);
  const last = least.at(-1);
  const put = puts[(least.length - 1) * WINDOW_PUTS];
  if (last === undefined || put === undefined || least.length < WINDOWS_MIN) return undefined;
  const first = Math.max(...costs.slice(0, WINDOW_PUTS));
  const max = GROWTH_MAX * first + SLACK;
  if (last <= max || !isSteady(least)) return undefined;
  return callViolation(RULES.constantPutCost, put.call, {
    expected: `at most ${max} instructions, because the first ${WINDOW_PUTS} puts of the upload took up to ${first}`,
    seen: `at least ${last} for this put and the ${WINDOW_PUTS - 1} puts after it, after steady growth over ${puts.length} puts`,
    expectedKind: 'a constant cost',
    seenKind: 'growth with the chunks',
    event: put.event,
  });
}

/** The cost of the cheapest put of each window. Puts after the last whole window do not count. */
function leastOfWindows(costs: readonly number[]): readonly number[] {
  return Array.from({ length: Math.floor(costs.length / WINDOW_PUTS) }, (_, window) =>
    Math.min(...costs.slice(window * WINDOW_PUTS, (window + 1) * WINDOW_PUTS)),
  );
}

function isSteady(least: readonly number[]): boolean {
  const growth = ((least.at(-1) ?? 0) - (least[0] ?? 0)) / (least.length - 1);
  return least.every((cost, window) => cost - (least[window - 1] ?? -Infinity) >= growth * STEADY_PART);
}
