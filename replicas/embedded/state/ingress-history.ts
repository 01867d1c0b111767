/**
 * The outcomes of the ingress messages of a subnet. `prune` forgets what the IC forgets; without it, every outcome is kept.
 *
 * Source: IC interface spec, "Overview of canister calling": an outcome may be forgotten 5 minutes after the answer, and the payload of an
 * answer earlier if there are many.
 */
import type { MessageId } from '../../replica.js';
import { BYTES, TIMES_NS } from '../params.js';
import { CopyOnWriteMap } from './copy-on-write.js';
import type { Response } from './messages.js';

/** The response to an ingress message, `pending` while its call tree is open, or `done` if the response is not kept. */
export type IngressState = 'pending' | 'done' | Response;

interface Answered {
  readonly id: MessageId;
  readonly timeNs: bigint;
  readonly bytes: number;
}

export interface IngressHistoryOptions {
  /** Returns the time of the subnet. */
  readonly now: () => bigint;
  /** Limit of the kept responses. Default: that of the IC, 4 GiB. */
  readonly responseBytesMax?: number;
}

/** The removed part of a queue is cut off when it is longer than this and than half of the queue. */
const REMOVED_MIN = 1_000;

export class IngressHistory {
  readonly #states = new CopyOnWriteMap<MessageId, IngressState>();
  readonly #now: () => bigint;
  readonly #responseBytesMax: number;
  /** Oldest first, from `#first` on. */
  #answered: Answered[] = [];
  #first = 0;
  /** Index of the oldest answer whose response is kept. */
  #firstKept = 0;
  #responseBytes = 0;

  constructor({ now, responseBytesMax = BYTES.ingressHistoryMax }: IngressHistoryOptions) {
    this.#now = now;
    this.#responseBytesMax = responseBytesMax;
  }

  /** Number of messages that are not forgotten. */
  get size(): number {
    return this.#states.size;
  }

  get(id: MessageId): IngressState | undefined {
    return this.#states.get(id);
  }

  set(id: MessageId, state: 'pending' | Response): void {
    this.#states.set(id, state);
    if (state === 'pending') return;
    const bytes = state.kind === 'reply' ? state.bytes.length : state.textForCanisters.length;
    this.#answered.push({ id, timeNs: this.#now(), bytes });
    this.#responseBytes += bytes;
  }

  /** Forgets the messages that were answered more than 5 minutes ago, and the oldest responses above the limit. Returns the messages. */
  prune(): readonly MessageId[] {
    while (this.#responseBytes > this.#responseBytesMax) this.#dropOldestResponse();
    const forgotten: MessageId[] = [];
    const before = this.#now() - TIMES_NS.ingressTtl;
    for (; this.#first < this.#answered.length; this.#first++) {
      const oldest = this.#answered[this.#first];
      if (oldest === undefined || oldest.timeNs >= before) break;
      if (this.#firstKept <= this.#first) this.#dropOldestResponse();
      this.#states.delete(oldest.id);
      forgotten.push(oldest.id);
    }
    if (this.#first > REMOVED_MIN && this.#first > this.#answered.length / 2) {
      this.#answered = this.#answered.slice(this.#first);
      this.#firstKept -= this.#first;
      this.#first = 0;
    }
    return forgotten;
  }

  /** Returns the current content as an immutable snapshot. */
  share(): ReadonlyMap<MessageId, IngressState> {
    return this.#states.share();
  }

  /** Replaces the content by a snapshot. `prune` does not forget its messages. */
  adopt(states: ReadonlyMap<MessageId, IngressState>): void {
    this.#states.adopt(states);
    this.#answered = [];
    this.#first = 0;
    this.#firstKept = 0;
    this.#responseBytes = 0;
  }

  #dropOldestResponse(): void {
    const oldest = this.#answered[this.#firstKept++];
    if (oldest === undefined) return;
    this.#states.set(oldest.id, 'done');
    this.#responseBytes -= oldest.bytes;
  }
}
