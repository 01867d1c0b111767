/**
 * What is known about an upload at one call, from the answers alone: which places hold which bytes, whether it was paused, finished, or
 * aborted, and whether anything makes its state uncertain. Uses no model.
 */
import { type ContentOracle, fileAt } from '../../model/oracle.js';
import type { Promises } from '../../targets/promises.js';
import type { Shape } from '../../targets/shape.js';
import { isBefore, type Effect } from './effects.js';
import { chunksOf, sentChunk, type SentChunk } from './sent-chunk.js';
import type { Upload } from './upload.js';

/** `unknown`: more than one of the others is possible. `maybe finished`: `open` or `finished`. */
export type Phase = 'open' | 'paused' | 'finished' | 'maybe finished' | 'aborted' | 'unknown';

/** What one place of the file holds. */
export interface Place {
  /** What it certainly holds; `undefined` if it may hold nothing, or one of several. */
  readonly certain: SentChunk | undefined;
  /** Everything that was put there and may have been stored. */
  readonly possible: readonly SentChunk[];
}

export interface UploadState {
  readonly phase: Phase;
  /** By index; indices without an entry certainly hold nothing. */
  readonly places: ReadonlyMap<number, Place>;
  /** Bytes may be stored that belong nowhere: a misfit or a repetition was accepted, or the order of effects is unknown. */
  readonly isMixed: boolean;
  /** The call that certainly finished it. */
  readonly finish: Effect | undefined;
  /** The latest call that certainly renewed its lifetime. */
  readonly renewedBy: Effect;
  /** Calls that may still be running or take effect later, when the call in question takes effect. */
  readonly running: readonly Effect[];
}

export interface StateRules {
  readonly oracle: ContentOracle;
  readonly shape: Pick<Shape, 'address' | 'begin' | 'finish'>;
  readonly promises: Pick<
    Promises,
    'access' | 'chunkOrder' | 'repeatedPut' | 'otherPut' | 'wrongPut' | 'abort'
  >;
}

/** The state of the upload when `call` takes effect. */
export function stateAt(
  upload: Upload,
  call: Pick<Effect, 'from' | 'to' | 'call'>,
  rules: StateRules,
): UploadState {
  const builder = new StateBuilder(upload, rules);
  const running: Effect[] = [];
  for (const effect of upload.writes) {
    if (effect.call.call === call.call.call || effect.from > call.to) continue;
    if (!isBefore(effect, call)) running.push(effect);
    const isPast = effect.from < call.from && isBefore(effect, call);
    if (effect.certainty === 'none') builder.addRefused(effect);
    // A call that overlaps the one in question may come after it.
    else builder.add(isPast && mayBeListed(effect, call, rules) ? effect : asPossible(effect));
  }
  return { ...builder.state(), running };
}

/** Whether the call knows of the put. A finish lists the chunks that were acknowledged when it was issued. */
function mayBeListed(put: Effect, { call }: Pick<Effect, 'call'>, { shape }: StateRules): boolean {
  if (shape.finish !== 'list' || call.operation.op !== 'finish' || put.call.operation.op !== 'put')
    return true;
  return (put.call.ended ?? Infinity) < call.invoked;
}

function asPossible(effect: Effect): Effect {
  return { ...effect, certainty: 'possible' };
}

const CONTROLS: ReadonlySet<string> = new Set(['finish', 'abort', 'pause', 'resume']);

class StateBuilder {
  readonly #upload: Upload;
  readonly #rules: StateRules;
  readonly #places = new Map<number, Place>();
  #phase: Phase;
  #isMixed = false;
  #finish: Effect | undefined;
  #renewedBy: Effect;
  /** Index of the event by which the controls so far, and the puts of other bytes, have taken effect. */
  #controlsTo = -1;
  #othersTo = -1;
  /** Number of right chunks that were put in order, for interfaces that need the order. */
  #next = 0;

  constructor(upload: Upload, rules: StateRules) {
    this.#upload = upload;
    this.#rules = rules;
    this.#renewedBy = upload.begin;
    const { bytes } = fileAt(rules.oracle.files, upload.file);
    // An empty file has no last chunk that would finish it, so its begin may do so.
    const isMaybeFinished =
      bytes === 0 && rules.shape.finish === 'implied' && rules.shape.begin === 'explicit';
    this.#phase = isMaybeFinished ? 'maybe finished' : 'open';
  }

  state(): Omit<UploadState, 'running'> {
    return {
      phase: this.#phase,
      places: this.#places,
      isMixed: this.#isMixed,
      finish: this.#finish,
      renewedBy: this.#renewedBy,
    };
  }

  /** Adds a call that had, or may have had, an effect. Calls are added in the order in which they take effect. */
  add(effect: Effect): void {
    const { operation, result } = effect.call;
    if (operation.op === 'put') this.#put(effect);
    if (CONTROLS.has(operation.op) || result?.kind === 'finished') this.#control(effect);
  }

  /**
   * Adds a call that was refused. It has no effect on a correct upload. An upload with other bytes cannot be finished, and the attempt
   * may end it.
   */
  addRefused({ call }: Effect): void {
    const { shape, oracle, promises } = this.#rules;
    const { operation, request, outcome } = call;
    const op = operation.op === 'put' && shape.finish === 'implied' ? 'put' : 'finish';
    if (operation.op !== op || outcome === 'skipped') return;
    if (promises.access?.[op] === 'owner' && request?.by !== this.#upload.owner) return;
    const sent = sentChunk(call, this.#upload, oracle);
    if (promises.wrongPut === 'rejected' && this.#isBeyondEnd(sent)) return;
    const others = sent !== undefined && sent.fit !== 'right' && this.#mayComplete(sent) ? [sent] : [];
    const possible = [...this.#places.values()].flatMap((place) => place.possible).concat(others);
    const isSpoilt = this.#isMixed || possible.some(({ fit }) => fit !== 'right');
    if (isSpoilt && this.#phase !== 'aborted') this.#phase = 'unknown';
  }

  /** Whether the put may fill the last place. Where chunks have no index, a chunk that is too long may fill several places. */
  #mayComplete({ fit }: SentChunk): boolean {
    const { shape, oracle } = this.#rules;
    if (fit === 'misfit' && shape.address !== 'index') return true;
    return this.#places.size + 1 >= chunksOf(this.#upload, oracle);
  }

  /** Whether the put was refused for its place, whatever the upload holds. */
  #isBeyondEnd(sent: SentChunk | undefined): boolean {
    const { shape, oracle } = this.#rules;
    if (sent?.fit !== 'misfit' || (shape.address !== 'index' && shape.address !== 'offset')) return false;
    const { file, chunkSize } = this.#upload;
    return sent.index * chunkSize + sent.bytes > fileAt(oracle.files, file).bytes;
  }

  #control(effect: Effect): void {
    const { operation, result } = effect.call;
    const isConcurrent = effect.from < this.#controlsTo || effect.from < this.#othersTo;
    this.#controlsTo = Math.max(this.#controlsTo, effect.to);
    if (effect.certainty === 'certain' && result?.kind === 'finished') {
      this.#finish ??= effect;
      // However many finishes ran at the same time: this one succeeded.
      const isOpen = this.#phase === 'open' || this.#phase === 'finished' || this.#phase === 'maybe finished';
      this.#phase = isOpen ? 'finished' : 'unknown';
      return;
    }
    this.#phase = isConcurrent ? 'unknown' : this.#phaseAfter(operation.op, effect.certainty);
  }

  #phaseAfter(op: string, certainty: Effect['certainty']): Phase {
    const before = this.#phase;
    if (certainty === 'possible') {
      if (op === 'finish' && (before === 'open' || before === 'maybe finished')) return 'maybe finished';
      return before === 'finished' && op === 'finish' ? before : 'unknown';
    }
    if (op === 'abort')
      return this.#rules.promises.abort === 'ends' && before !== 'finished' ? 'aborted' : 'unknown';
    if (op === 'pause') return before === 'open' ? 'paused' : 'unknown';
    if (op === 'resume') return before === 'open' || before === 'paused' ? 'open' : 'unknown';
    return 'unknown';
  }

  #put(effect: Effect): void {
    const { oracle, shape } = this.#rules;
    const sent = sentChunk(effect.call, this.#upload, oracle);
    if (sent === undefined) return;
    // The finish lists only receipts of right chunks, each place once.
    if (shape.address === 'receipt' && sent.fit !== 'right') return;
    const isCertain = effect.certainty === 'certain';
    if (this.#phase === 'aborted' || this.#phase === 'paused')
      this.#phase = isCertain ? 'unknown' : this.#phase;
    if (effect.from < this.#othersTo) this.#isMixed = true;
    if (sent.fit !== 'right') {
      if (effect.from < this.#controlsTo) this.#isMixed = true;
      this.#othersTo = Math.max(this.#othersTo, effect.to);
    }
    if (sent.fit === 'misfit') this.#isMixed = true;
    else this.#store(effect, sent);
    if (!isCertain && this.#phase === 'open' && this.#mayBeComplete()) this.#phase = 'maybe finished';
  }

  /** Whether the last put may have finished the upload, in an interface without a call for it. */
  #mayBeComplete(): boolean {
    if (this.#rules.shape.finish !== 'implied') return false;
    return this.#isMixed || this.#places.size >= chunksOf(this.#upload, this.#rules.oracle);
  }

  #store(effect: Effect, sent: SentChunk): void {
    const { promises, shape } = this.#rules;
    const isCertain = effect.certainty === 'certain';
    const before = this.#places.get(sent.index);
    const isFree = before === undefined;
    const isSame = before?.certain?.fit === 'right' && sent.fit === 'right';
    if (this.#needsOrder()) this.#inOrder(sent, isCertain, isSame && shape.address !== 'append');
    const changesNothing = shape.address === 'receipt' || promises.repeatedPut !== undefined;
    if (isSame && !changesNothing) this.#isMixed = true;
    const possible = [...(before?.possible ?? []), sent];
    const certain = isFree ? (isCertain ? sent : undefined) : this.#afterRepetition(before, sent, isCertain);
    this.#places.set(sent.index, { certain, possible });
    if (isCertain && sent.fit === 'right' && isFree) this.#renewedBy = effect;
  }

  /** Follows the order of puts in an interface that needs it. */
  #inOrder({ index }: SentChunk, isCertain: boolean, isRepetition: boolean): void {
    if (isRepetition) return;
    if (index === this.#next && isCertain) this.#next++;
    else if (index === this.#next || isCertain || this.#rules.shape.address === 'append')
      this.#isMixed = true;
  }

  /** What the place certainly holds after another put there. */
  #afterRepetition(before: Place, sent: SentChunk, isCertain: boolean): SentChunk | undefined {
    const { otherPut } = this.#rules.promises;
    const isAllRight = sent.fit === 'right' && before.possible.every(({ fit }) => fit === 'right');
    if (isAllRight) return isCertain ? sent : before.certain;
    // Other bytes do not replace what is stored. If they were accepted all the same, nothing is certain.
    if (otherPut === 'rejected' && !isCertain) return before.certain;
    return otherPut === 'replaces' && isCertain ? sent : undefined;
  }

  #needsOrder(): boolean {
    const { shape, promises } = this.#rules;
    return shape.address === 'append' || promises.chunkOrder === 'ascending';
  }
}
