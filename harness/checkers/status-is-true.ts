/**
 * A status agrees with what the canister acknowledged: the bytes and chunks that it has, the chunks that are missing, and whether the
 * upload is open. Only what the interface returns is judged. Uses no model.
 */
import { chunkRange } from '../../model/content.js';
import { fileAt } from '../../model/oracle.js';
import type { IndexRange, Result, SessionState } from '../../model/result.js';
import type { CallRecord } from '../history/calls.js';
import type { Checker, Evidence } from '../evidence/evidence.js';
import { RULES } from '../evidence/rules.js';
import type { Violation } from '../evidence/verdict.js';
import { callViolation, firstOfEachKind } from '../evidence/violations.js';
import { mayCall } from '../ledger/access.js';
import type { Ledger } from '../ledger/ledger.js';
import { chunksOf } from '../ledger/sent-chunk.js';
import type { UploadState } from '../ledger/upload-state.js';
import type { Upload } from '../ledger/upload.js';
import { isRefusal } from './upload-succeeds.js';

type Status = Extract<Result, { kind: 'status' }>;

export const statusIsTrue: Checker = {
  name: 'status-is-true',
  check: (evidence) => firstOfEachKind(evidence.calls.flatMap((call) => checkCall(evidence, call) ?? [])),
};

/** What is wrong with an answer. */
interface Fault {
  readonly expected: string;
  readonly part: string;
}

function checkCall({ ledger }: Evidence, call: CallRecord): Violation | undefined {
  const upload = call.request?.op === 'status' ? ledger.uploadOf(call) : undefined;
  if (upload === undefined) return undefined;
  const effect = ledger.effectOf(call);
  const state = ledger.stateFor(upload, effect);
  if (!ledger.isKept(upload, state, effect)) return undefined;
  const { result } = call;
  if (result?.kind === 'status') {
    const fault = wrongState(state, result) ?? wrongCounts(ledger, upload, state, result);
    return (
      fault &&
      callViolation(RULES.statusIsTrue, call, {
        expected: fault.expected,
        expectedKind: `the right ${fault.part}`,
        seenKind: `a wrong ${fault.part}`,
      })
    );
  }
  const isOpen = state.phase === 'open' || state.phase === 'paused';
  if (!isOpen || !isRefusal(call, ledger.promises.errors === 'traps')) return undefined;
  if (!mayCall(ledger, 'status', upload, effect)) return undefined;
  return callViolation(RULES.statusIsTrue, call, {
    expected: 'a status, because the upload is open',
    expectedKind: 'status',
  });
}

/** The states that a status may show in each phase. An interface need not distinguish the states of an open upload. */
const OPEN: readonly SessionState[] = ['Initiated', 'Uploading'];
const STATES: Readonly<Partial<Record<UploadState['phase'], readonly SessionState[]>>> = {
  open: OPEN,
  paused: [...OPEN, 'Paused'],
  finished: ['Completed'],
  aborted: ['Cancelled', 'Failed'],
};

function wrongState({ phase, running }: UploadState, { state }: Status): Fault | undefined {
  const allowed = STATES[phase];
  if (allowed === undefined || running.length > 0 || allowed.includes(state)) return undefined;
  return { part: 'state', expected: `${allowed.join(' or ')}, because the upload is ${phase}` };
}

function wrongCounts(ledger: Ledger, upload: Upload, state: UploadState, status: Status): Fault | undefined {
  const isOpen = state.phase === 'open' || state.phase === 'paused';
  if (!isOpen || state.isMixed) return undefined;
  const places = [...state.places];
  const certain = places.filter(([, { certain: stored }]) => stored !== undefined).map(([index]) => index);
  const possible = places.map(([index]) => index);
  return (
    wrongNumber('chunk count', status.chunksReceived, certain.length, possible.length) ??
    wrongNumber(
      'byte count',
      status.bytesReceived === undefined ? undefined : Number(status.bytesReceived),
      bytesOf(ledger, upload, certain),
      bytesOf(ledger, upload, possible),
    ) ??
    wrongMissing(chunksOf(upload, ledger.oracle), { certain, possible }, status.missing)
  );
}

function bytesOf({ oracle }: Ledger, { file, chunkSize }: Upload, indices: readonly number[]): number {
  const { bytes } = fileAt(oracle.files, file);
  return indices.reduce((sum, index) => {
    const { start, end } = chunkRange(bytes, chunkSize, index);
    return sum + end - start;
  }, 0);
}

function wrongNumber(
  part: string,
  seen: number | undefined,
  atLeast: number,
  atMost: number,
): Fault | undefined {
  if (seen === undefined || (seen >= atLeast && seen <= atMost)) return undefined;
  const range = atLeast === atMost ? `${atLeast}` : `${atLeast} to ${atMost}`;
  return { part, expected: `${range} as ${part}, because so much was acknowledged` };
}

/** A list of missing chunks may be cut, so it has to be right up to its last range. */
function wrongMissing(
  chunks: number,
  { certain, possible }: { readonly certain: readonly number[]; readonly possible: readonly number[] },
  missing: readonly IndexRange[] | undefined,
): Fault | undefined {
  if (missing === undefined) return undefined;
  const isListed = (index: number) => missing.some(({ start, end }) => index >= start && index < end);
  const listed = certain.find(isListed);
  if (listed !== undefined)
    return {
      part: 'missing chunks',
      expected: `chunk ${listed} not among the missing, because it was acknowledged`,
    };
  const beyond = missing.find(({ end }) => end > chunks);
  if (beyond !== undefined)
    return { part: 'missing chunks', expected: `no range beyond the ${chunks} chunks of the file` };
  const stored = new Set(possible);
  const lastListed = missing.reduce((last, { end }) => Math.max(last, end), 0);
  const isCertainlyMissing = (index: number) => !stored.has(index);
  for (let index = 0; index < chunks; index++) {
    if (!isCertainlyMissing(index)) continue;
    if (isListed(index)) continue;
    if (index < lastListed || missing.length === 0)
      return {
        part: 'missing chunks',
        expected: `chunk ${index} among the missing, because it was never put`,
      };
    return undefined;
  }
  return undefined;
}
