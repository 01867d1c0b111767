/** What a begin must be answered with. */
import { chunkCount } from '../../model/content.js';
import { fileAt } from '../../model/oracle.js';
import type { CallRecord } from '../history/calls.js';
import { hasToken } from './access.js';
import { isBefore, type Effect } from './effects.js';
import { refusal, success, type Expectation } from './expectation.js';
import type { Ledger } from './ledger.js';
import { isSameBegin } from './same-begin.js';
import type { BeginRequest, Upload } from './upload.js';

type Request = NonNullable<BeginRequest>;

/** `undefined`: the promises and the answers leave it open. */
export function expectBegin(ledger: Ledger, request: Request, effect: Effect): Expectation | undefined {
  const { shape } = ledger;
  if (shape.begin === 'implied' || request.chunkSize === undefined) return undefined;
  if (ledger.isInterrupted(effect)) return undefined;
  const over = limitExceeded(ledger, request, effect);
  if (over !== undefined && !isRepetition(ledger, request, effect)) return refusal('ResourceExhausted', over);
  if (request.chunksOff !== 0 && shape.countsChunks) return undefined;
  if (request.by !== request.capsuleOf || !hasToken(ledger, effect)) return undefined;
  const known = knownUploads(ledger, request, effect);
  if (known === undefined) return undefined;
  const [same] = known;
  if (same !== undefined) return success('its key belongs to an upload with the same arguments');
  return isBeginAccepted(ledger, request, effect)
    ? success('it is within the limits, and its key and name are free')
    : undefined;
}

/** The upload that a repeated begin must return; `undefined` if there is none, or if the promises leave the answer open. */
export function knownUpload(ledger: Ledger, request: Request, effect: Effect): Upload | undefined {
  const { shape } = ledger;
  if (shape.begin === 'implied' || request.chunkSize === undefined || ledger.isInterrupted(effect))
    return undefined;
  return knownUploads(ledger, request, effect)?.[0];
}

/** Whether a new upload must be accepted, by the limits, the key, and the name. */
export function isBeginAccepted(ledger: Ledger, request: Request, effect: Effect): boolean {
  return isNameFree(ledger, request, effect) && isWithinLimits(ledger, request, effect);
}

// ---- keys and names ----

/** Other begins that have, or may have, taken the key of a begin by the time it takes effect. */
function begunWithKey(ledger: Ledger, { by, key }: Request, effect: Effect): readonly Effect[] {
  const { effects, shape } = ledger;
  const isOwnKey = shape.session === 'server' || ledger.hasOwnKeys;
  return [...effects.values()].filter(({ call, certainty, from }) => {
    const { request } = call;
    if (request?.op !== 'begin' || call.call === effect.call.call) return false;
    if (request.key !== key || (isOwnKey && request.by !== by)) return false;
    return certainty !== 'none' && from <= effect.to;
  });
}

/**
 * The upload that a repeated begin must return: one, or none if the key is free. `undefined` if the promises leave the answer open.
 */
function knownUploads(ledger: Ledger, request: Request, effect: Effect): readonly Upload[] | undefined {
  const { promises, shape } = ledger;
  const earlier = begunWithKey(ledger, request, effect);
  if (earlier.length === 0) return [];
  if (promises.repeatedBegin === 'new' && shape.session === 'server') return [];
  if (promises.repeatedBegin !== 'same' || !earlier.every((one) => isBefore(one, effect))) return undefined;
  const uploads = earlier.map(({ call: { result } }) =>
    result?.kind === 'begun' ? latestOf(ledger, result.sessionId, effect) : undefined,
  );
  if (uploads.some((upload) => upload === undefined)) return undefined;
  const alive: Upload[] = [];
  for (const upload of new Set(uploads)) {
    if (upload === undefined) return undefined;
    const state = ledger.stateDuring(upload, effect);
    if (state.running.length > 0) return undefined;
    if (state.phase === 'aborted') continue;
    const isSame = isSameBegin(upload.request, request, ledger.oracle);
    const isAlive = state.phase === 'open' || state.phase === 'paused' || state.phase === 'maybe finished';
    if (!isSame || !isAlive || !ledger.isKept(upload, state, effect)) return undefined;
    alive.push(upload);
  }
  return alive;
}

function latestOf({ uploads }: Ledger, id: string, effect: Effect): Upload | undefined {
  return uploads.findLast((upload) => upload.id === id && isBefore(upload.begin, effect));
}

/** Whether the call may be a repetition, whose limits do not count. */
function isRepetition(ledger: Ledger, request: Request, effect: Effect): boolean {
  return ledger.promises.repeatedBegin === 'same' && begunWithKey(ledger, request, effect).length > 0;
}

/** Whether no other upload of the name or key can be in the way. */
function isNameFree(ledger: Ledger, request: Request, effect: Effect): boolean {
  const { promises, shape } = ledger;
  if (promises.overwriting === 'separate') return true;
  if (promises.overwriting === 'replaces' && shape.session === 'server') return true;
  if (promises.overwriting === undefined && promises.uploads === 'independent' && shape.session === 'server')
    return true;
  return !ledger.uploads.some((other) => {
    if (other.begin.from > effect.to || other.begin.call.call === effect.call.call) return false;
    if (other === ledger.uploadOf(effect.call)) return false;
    if (!ledger.sharesName({ request }, other)) return false;
    if (promises.overwriting !== 'replaces') return true;
    const { phase } = ledger.stateDuring(other, effect);
    return phase !== 'finished' && phase !== 'aborted';
  });
}

// ---- limits ----

/** The limit that the file exceeds, or that the open uploads of the caller have certainly reached. */
function limitExceeded(ledger: Ledger, request: Request, effect: Effect): string | undefined {
  const { limits } = ledger;
  for (const { name, given, what } of sizes(ledger, request)) {
    const max = limits.at(name, effect.from);
    if (typeof max === 'number' && given > max) return `it has ${given} ${what}, and the limit is ${max}`;
  }
  const max = limits.at('activeSessionsMax', effect.from);
  const open = typeof max === 'number' ? certainlyOpen(ledger, request.by, effect) : 0;
  if (typeof max !== 'number' || open < max) return undefined;
  return `its caller has ${open} open uploads, and the limit is ${max}`;
}

type SizeName = 'bytesMax' | 'chunksMax' | 'httpBytesMax';

function sizes(
  { oracle, limits }: Ledger,
  { file, chunkSize = limits.chunkSize, via }: Request,
): readonly { readonly name: SizeName; readonly given: number; readonly what: string }[] {
  const { bytes } = fileAt(oracle.files, file);
  return [
    { name: 'bytesMax', given: bytes, what: 'bytes' },
    { name: 'chunksMax', given: chunkCount(bytes, chunkSize), what: 'chunks' },
    ...(via === undefined ? [] : [{ name: 'httpBytesMax', given: bytes, what: 'bytes' } as const]),
  ];
}

/** Whether the limits certainly allow the begin: they are known, or an earlier begin with no less was accepted. */
function isWithinLimits(ledger: Ledger, request: Request, effect: Effect): boolean {
  const { limits } = ledger;
  const areSizesAllowed = sizes(ledger, request).every(({ name, given }) => {
    const max = limits.at(name, effect.from);
    if (max === 'none' || (name === 'httpBytesMax' && max === 'unknown')) return true;
    return max === 'unknown' ? wasAccepted(ledger, request, effect, given, name) : given <= max;
  });
  return areSizesAllowed && isCountAllowed(ledger, request, effect) && isHourFree(ledger, request, effect);
}

function isCountAllowed(ledger: Ledger, request: Request, effect: Effect): boolean {
  const max = ledger.limits.at('activeSessionsMax', effect.from);
  if (max === 'none') return true;
  const open = possiblyOpen(ledger, request.by, effect);
  if (max !== 'unknown') return open < max;
  return earlierBegins(ledger, effect).some(
    (one) => one.request.by === request.by && certainlyOpen(ledger, request.by, one.effect) >= open,
  );
}

function wasAccepted(
  ledger: Ledger,
  request: Request,
  effect: Effect,
  given: number,
  name: SizeName,
): boolean {
  return earlierBegins(ledger, effect).some((earlier) =>
    sizes(ledger, { ...earlier.request, via: request.via }).some(
      (size) => size.name === name && size.given >= given,
    ),
  );
}

interface Begin {
  readonly effect: Effect;
  readonly request: Request;
}

/** Begins that were certainly accepted under the same limits. */
function earlierBegins(ledger: Ledger, effect: Effect): readonly Begin[] {
  if (ledger.limits.areChanged(effect.to)) return [];
  return ledger.uploads.flatMap(({ begin, request }) =>
    isBefore(begin, effect) ? [{ effect: begin, request }] : [],
  );
}

/** Uploads over HTTP are limited per hour. Every one of the run counts. */
function isHourFree(ledger: Ledger, request: Request, effect: Effect): boolean {
  const max = request.via === undefined ? 'none' : ledger.limits.at('httpUploadsPerHour', effect.from);
  if (typeof max !== 'number') return true;
  const begun = [...ledger.effects.values()].filter(({ call, certainty, from }) => {
    const { request: other } = call;
    if (other?.op !== 'begin' || other.via === undefined || other.by !== request.by) return false;
    return certainty !== 'none' && from <= effect.to && call.call !== effect.call.call;
  });
  return begun.length < max;
}

/**
 * Begins of the caller that may hold an upload without a known id when the call takes effect: those without an answer, and those that fail
 * but are not over. A begin that waits for another canister may reserve an upload until it fails.
 */
export function unnamedBegins(ledger: Ledger, by: number, effect: Effect): readonly Effect[] {
  return [...ledger.effects.values()].filter((one) => {
    if (!isBeginBy(one.call, by) || one.from > effect.to || one.call.call === effect.call.call) return false;
    return one.certainty === 'possible' || (one.call.outcome === 'fail' && !isBefore(one, effect));
  });
}

/** The most uploads of the caller that may be open when the call takes effect. */
export function possiblyOpen(ledger: Ledger, by: number, effect: Effect): number {
  const unnamed = unnamedBegins(ledger, by, effect).length;
  const named = ledger.uploads.filter((upload) => {
    if (upload.owner !== by || upload.begin.from > effect.to || upload.begin.call.call === effect.call.call)
      return false;
    if (upload.isAmbiguous) return true;
    if (ledger.hasExpired(upload, effect)) return false;
    const { phase, running } = ledger.stateDuring(upload, effect);
    if (ledger.shape.begin === 'implied' && !hasPut(upload, effect)) return false;
    const isEnded = phase === 'aborted' || phase === 'finished';
    return !isEnded || running.some(({ certainty }) => certainty !== 'none');
  }).length;
  return named + unnamed;
}

/** The number of uploads of the caller that are certainly open when the call takes effect. */
export function certainlyOpen(ledger: Ledger, by: number, effect: Effect): number {
  return ledger.uploads.filter((upload) => {
    if (upload.owner !== by || !isBefore(upload.begin, effect) || upload.begin.call.call === effect.call.call)
      return false;
    const state = ledger.stateDuring(upload, effect);
    const isBegun = ledger.shape.begin === 'explicit' || state.places.size > 0;
    return (
      isBegun &&
      (state.phase === 'open' || state.phase === 'paused') &&
      state.running.length === 0 &&
      ledger.isKept(upload, state, effect)
    );
  }).length;
}

/** Whether a put may have begun the upload, in an interface without begins. */
function hasPut({ writes }: Upload, { to, call }: Effect): boolean {
  return writes.some(
    (write) => write.certainty !== 'none' && write.from <= to && write.call.call !== call.call,
  );
}

function isBeginBy({ request }: CallRecord, by: number): boolean {
  return request?.op === 'begin' && request.by === by;
}
