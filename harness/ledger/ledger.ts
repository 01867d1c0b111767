/**
 * The upload ledger: what the answers of a history say about each upload. Every fact reads it. It follows the answers, and nothing else:
 * what the canister acknowledged is true, what it rejected has no effect, and what was lost may have had one.
 */
import type { ContentOracle } from '../../model/oracle.js';
import { NANOSECONDS_PER_SECOND } from '../../model/state.js';
import type { Limits } from '../../model/schedule.js';
import type { Target } from '../../targets/target.js';
import type { CallRecord } from '../history/calls.js';
import type { History } from '../history/history.js';
import { effectOf, type Effect } from './effects.js';
import { impliedUploadsOf } from './implied-uploads.js';
import { Limitations } from './limitations.js';
import { stateAt, type UploadState } from './upload-state.js';
import { isSameBegin } from './same-begin.js';
import { uploadsOf, type BeginRequest, type Upload } from './upload.js';

export interface LedgerOptions {
  readonly history: History;
  readonly calls: readonly CallRecord[];
  readonly oracle: ContentOracle;
  readonly target: Pick<Target, 'shape' | 'promises' | 'defaultChunkSize' | 'canisters'>;
  /** The limits of the schedule. */
  readonly limits: Limits;
}

/** The span of a call, or of a point in the history. */
export type Span = Pick<Effect, 'from' | 'to'>;

export class Ledger {
  readonly history: History;
  readonly oracle: ContentOracle;
  readonly shape: Target['shape'];
  readonly promises: Target['promises'];
  readonly limits: Limitations;
  readonly uploads: readonly Upload[];
  /** By the number of the call. */
  readonly effects: ReadonlyMap<number, Effect>;
  readonly #ofCall = new Map<number, Upload>();
  readonly #states = new Map<number, UploadState>();
  readonly #upgrades: readonly number[];
  readonly #restarts: readonly number[];
  readonly #disturbances: readonly number[];
  readonly #advances: readonly number[];

  constructor({ history, calls, oracle, target, limits }: LedgerOptions) {
    this.history = history;
    this.oracle = oracle;
    this.shape = target.shape;
    this.promises = target.promises;
    this.limits = new Limitations(history, target, limits);
    this.effects = new Map(calls.map((call) => [call.call, effectOf(call, history)]));
    const indicesOf = (isMeant: (event: History['events'][number]) => boolean) =>
      history.events.filter(isMeant).map(({ index }) => index);
    this.#upgrades = indicesOf((event) => event.type === 'upgraded' && event.failure === undefined);
    this.#restarts = indicesOf(whileStopped());
    this.#disturbances = indicesOf(whileDisturbed(Object.keys(target.canisters ?? {}).length > 0));
    this.#advances = indicesOf(({ type }) => type === 'advanced');
    const { chunkSize } = this.limits;
    this.uploads =
      this.shape.begin === 'implied'
        ? impliedUploadsOf({
            history,
            calls,
            chunkSize,
            oracle,
            phaseAt: (upload, effect) => stateAt(upload, effect, this).phase,
          })
        : uploadsOf({
            history,
            calls,
            chunkSize,
            continues: (earlier, begin, request) => this.#continues(earlier, begin, request),
          });
    for (const upload of this.uploads)
      for (const { call } of [...upload.writes, ...upload.reads]) this.#ofCall.set(call.call, upload);
  }

  /** The upload that a call names; `undefined` for begins and for calls on nothing that is known. */
  uploadOf({ call }: Pick<CallRecord, 'call'>): Upload | undefined {
    return this.#ofCall.get(call);
  }

  effectOf({ call }: Pick<CallRecord, 'call'>): Effect {
    const effect = this.effects.get(call);
    if (effect === undefined) throw new Error(`the history has no call ${call}`);
    return effect;
  }

  /** The state of the upload when the call on it takes effect. */
  stateFor(upload: Upload, effect: Effect): UploadState {
    const known = this.#states.get(effect.call.call);
    if (known !== undefined) return known;
    const state = stateAt(upload, effect, this);
    this.#states.set(effect.call.call, state);
    return state;
  }

  /** The state of the upload while another call takes effect. */
  stateDuring(upload: Upload, effect: Effect): UploadState {
    return stateAt(upload, effect, this);
  }

  /**
   * Whether an open upload that the answers show as open certainly exists at the call: no upgrade or restart has removed it, it has
   * not expired, and no other upload may have changed it.
   */
  isKept(upload: Upload, { renewedBy }: Pick<UploadState, 'renewedBy'>, span: Span): boolean {
    if (upload.isAmbiguous) return false;
    if (
      this.promises.upgrade !== 'everything' &&
      this.isInterrupted({ from: upload.begin.from, to: span.to })
    )
      return false;
    if (this.mayExpire(renewedBy, span)) return false;
    return this.promises.uploads === 'independent' || !this.#hasOthers(upload, span);
  }

  /** Whether an upgrade, a stop or a start of a canister, or a disturbance lies within the span. */
  isInterrupted(span: Span): boolean {
    return [this.#upgrades, this.#restarts, this.#disturbances].some((indices) => isWithin(indices, span));
  }

  /** Whether an outage, the loss of a message, or a step of time during a call between canisters lies within the span. */
  isDisturbed(span: Span): boolean {
    return isWithin(this.#disturbances, span);
  }

  /** Whether an upload that the call `since` renewed may have expired by the end of the span. */
  mayExpire(since: Effect, { to }: Span): boolean {
    const ttlNs = this.limits.shortestTtlNs;
    if (ttlNs === 'never') return false;
    const end = Math.min(to, this.history.events.length - 1);
    if (ttlNs === 'unknown') return isWithin(this.#advances, { from: since.from, to: end });
    return this.timeAt(end) - this.timeAt(since.from) >= ttlNs;
  }

  /** Whether the upload has certainly expired, and the canister has had as much time again to notice. */
  hasExpired(upload: Upload, { from }: Span): boolean {
    const ttlNs = this.limits.longestTtlNs;
    if (ttlNs === 'never' || ttlNs === 'unknown') return false;
    const latest = upload.writes.reduce(
      (last, { certainty, from: start, to }) =>
        certainty === 'none' || start >= from ? last : Math.max(last, Math.min(to, from)),
      upload.begin.to,
    );
    return this.timeAt(from) - this.timeAt(latest) > 2n * ttlNs + NANOSECONDS_PER_SECOND;
  }

  /** Replica time of an event, in nanoseconds. */
  timeAt(index: number): bigint {
    const event = this.history.events[index];
    if (event === undefined) throw new Error(`the history has no event ${index}`);
    return BigInt(event.timeNs);
  }

  /** Uploads of the same key or name, which may take each other's place. */
  sharesName({ request }: Pick<Upload, 'request'>, other: Pick<Upload, 'request'>): boolean {
    if (this.hasOwnKeys && request.by !== other.request.by) return false;
    const nameOf = (file: number) => this.oracle.files[file]?.name;
    return request.key === other.request.key || nameOf(request.file) === nameOf(other.request.file);
  }

  /** Whether every caller has keys and names of its own. */
  get hasOwnKeys(): boolean {
    return this.shape.session !== 'server' && this.shape.keySpace === 'caller';
  }

  #hasOthers(upload: Upload, { to }: Span): boolean {
    return this.uploads.some(
      (other) =>
        other !== upload &&
        [other.begin, ...other.writes].some(
          (effect) => effect.certainty !== 'none' && effect.from <= to && effect.to >= upload.begin.from,
        ),
    );
  }

  /** Whether a begin of a known id continues the upload that has it; `undefined` if that is not known. */
  #continues(earlier: Upload, begin: Effect, request: NonNullable<BeginRequest>): boolean | undefined {
    const { session } = this.shape;
    const { repeatedBegin } = this.promises;
    const isSame = isSameBegin(earlier.request, request, this.oracle);
    // The canister chose the id. The same id for another upload is a defect, which `one-file-per-upload` reports.
    if (session === 'server') return isSame && repeatedBegin !== 'new' ? true : undefined;
    const { phase, running } = stateAt(earlier, begin, this);
    if (earlier.isAmbiguous || earlier.owner !== request.by || running.length > 0) return undefined;
    if (phase === 'finished' || phase === 'aborted') return false;
    if (phase !== 'open' && phase !== 'paused') return undefined;
    if (repeatedBegin === 'new') return false;
    return repeatedBegin === 'same' && isSame ? true : undefined;
  }
}

/**
 * Whether an event lies within a stop and start. One of several canisters may run while another is stopped, and its calls to that one
 * are rejected.
 */
function whileStopped(): (event: History['events'][number]) => boolean {
  let isStopped = false;
  return ({ type }) => {
    const wasStopped = isStopped;
    isStopped = type === 'stopping' || (isStopped && type !== 'restarted');
    return isStopped || wasStopped;
  };
}

/**
 * Whether an event is the loss of a message, or lies within an outage of any canister. Calls may then be refused. In a system of several
 * canisters, a step of time is one, too: a call between them that waits for a bounded time may miss its deadline.
 */
function whileDisturbed(hasSeveralCanisters: boolean): (event: History['events'][number]) => boolean {
  const out = new Set<string>();
  return (event) => {
    const wasOut = out.size > 0;
    if (event.type === 'outage') out.add(event.canister ?? '');
    if (event.type === 'recovered') out.delete(event.canister ?? '');
    const mayExpireCalls = hasSeveralCanisters && event.type === 'advanced';
    return wasOut || out.size > 0 || event.type === 'lost' || mayExpireCalls;
  };
}

function isWithin(indices: readonly number[], { from, to }: Span): boolean {
  return indices.some((index) => index >= from && index <= to);
}
