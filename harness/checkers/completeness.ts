/** Judges stored chunks by their places and never by their number: an upload is finished only if every place is stored. Uses no model. */
import { type ContentOracle, fileAt } from '../../model/oracle.js';
import type { CallRecord } from '../history/calls.js';
import type { Checker, Evidence } from '../evidence/evidence.js';
import { RULES } from '../evidence/rules.js';
import type { Violation } from '../evidence/verdict.js';
import { callViolation, firstOfEachKind } from '../evidence/violations.js';
import type { Effect } from '../ledger/effects.js';
import type { Ledger } from '../ledger/ledger.js';
import { chunksOf, sentChunk } from '../ledger/sent-chunk.js';
import type { Upload } from '../ledger/upload.js';

export const completeness: Checker = {
  name: 'completeness',
  check: (evidence) => firstOfEachKind(evidence.calls.flatMap((call) => checkFinish(evidence, call) ?? [])),
};

/** Puts that may have stored something by the time the call returned. The call itself counts if it is a put. */
export function putsUntil(upload: Upload, { to }: Effect): readonly Effect[] {
  return upload.writes.filter(
    ({ call, certainty, from }) => call.operation.op === 'put' && certainty !== 'none' && from <= to,
  );
}

function checkFinish({ ledger }: Evidence, call: CallRecord): Violation | undefined {
  if (call.result?.kind !== 'finished') return undefined;
  const upload = ledger.uploadOf(call);
  if (upload === undefined || upload.isAmbiguous) return undefined;
  const missing = missingPart(ledger, upload, ledger.effectOf(call));
  if (missing === undefined) return undefined;
  return callViolation(RULES.finishIsComplete, call, {
    expected: `InvalidArgument, because ${missing}`,
    expectedKind: 'InvalidArgument',
  });
}

/** What was never put, in words; `undefined` if every place may be stored. */
function missingPart(ledger: Ledger, upload: Upload, effect: Effect): string | undefined {
  const { oracle, shape } = ledger;
  const puts = putsUntil(upload, effect);
  const { bytes } = fileAt(oracle.files, upload.file);
  if (shape.address === 'append') {
    const sent = puts.reduce((sum, { call }) => sum + (sentChunk(call, upload, oracle)?.bytes ?? 0), 0);
    return sent < bytes ? `only ${sent} of ${bytes} bytes were put` : undefined;
  }
  if (shape.address === 'offset') {
    const gap = firstGap(puts.map(({ call }) => rangePut(call, upload, oracle)));
    return gap < bytes ? `no put of byte ${gap} succeeded` : undefined;
  }
  const indices = new Set(
    puts.flatMap(({ call: { operation } }) => (operation.op === 'put' ? [operation.index] : [])),
  );
  for (let index = 0; index < chunksOf(upload, oracle); index++)
    if (!indices.has(index)) return `no put of index ${index} succeeded`;
  return undefined;
}

interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Where a client addresses bytes, a chunk of another length than the others may be right, too. */
function rangePut(call: CallRecord, upload: Upload, oracle: ContentOracle): ByteRange {
  const sent = sentChunk(call, upload, oracle);
  if (sent === undefined || call.request?.op !== 'put') return { start: 0, end: 0 };
  const start = sent.index * (call.request.chunkSize ?? upload.chunkSize);
  return { start, end: start + sent.bytes };
}

/** The first byte that is in none of the ranges. */
function firstGap(ranges: readonly ByteRange[]): number {
  let gap = 0;
  for (const { start, end } of ranges.toSorted((a, b) => a.start - b.start))
    if (start <= gap) gap = Math.max(gap, end);
  return gap;
}
