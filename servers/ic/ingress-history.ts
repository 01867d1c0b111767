/**
 * The status of each ingress message until it expires. It is the `request_status` part of the state tree, and prevents a replayed
 * request from running twice.
 */
import { lebEncode } from '@icp-sdk/core/candid';
import type { MessageId, Outcome } from '../../replicas/replica.js';
import type { MessageStatus } from './backend.js';
import type { IngressStatus, KnownMessage, MessageHistory } from './chain-view.js';
import { toHex, utf8 } from '../../certification/bytes.js';
import { trieDelete, trieSet } from './label-trie.js';
import { type StateNode, EMPTY, leaf, mapOf } from './state-node.js';

export interface IngressRecord extends KnownMessage {
  readonly requestId: Uint8Array;
  /** Nanoseconds since 1970. The record is kept until then, because the request cannot be replayed afterwards. */
  readonly expiry: bigint;
  status: IngressStatus;
  /** The backend's id of the message. `undefined` while it is being submitted. */
  messageId: MessageId | undefined;
  /** Size of the kept answer. */
  answerBytes: number;
}

function isTerminal({ status }: IngressRecord): boolean {
  return status === 'replied' || status === 'rejected' || status === 'done';
}

/** Limit of the kept answers. Above it, the oldest become `done`. The replica's limit is 4 GiB (INGRESS_HISTORY_MAX_MEMORY). */
const ANSWER_BYTES_MAX = 256 * 1024 * 1024;

const SECOND_NS = 1_000_000_000n;
/** Limit of the records that one block removes. */
const RECORDS_PRUNED_MAX = 200;

function text(value: string): StateNode {
  return leaf(utf8(value));
}

/** The subtree of a message below `/request_status`. */
export function statusNode(status: MessageStatus | 'done'): StateNode {
  return typeof status === 'string' ? mapOf([[utf8('status'), text(status)]]) : outcomeNode(status);
}

function outcomeNode(outcome: Outcome): StateNode {
  return outcome.kind === 'reply'
    ? mapOf([
        [utf8('status'), text('replied')],
        [utf8('reply'), leaf(outcome.bytes)],
      ])
    : mapOf([
        [utf8('status'), text('rejected')],
        [utf8('reject_code'), leaf(lebEncode(BigInt(outcome.code)))],
        [utf8('reject_message'), text(outcome.text)],
        [utf8('error_code'), text(outcome.errorCode)],
      ]);
}

export class IngressHistory implements MessageHistory {
  readonly #records = new Map<string, IngressRecord>();
  /** Records without an answer, oldest first. */
  readonly #open = new Set<IngressRecord>();
  /** By the second of the expiry. It has at most 330 keys, for any number of records. */
  readonly #byExpiry = new Map<bigint, IngressRecord[]>();
  /** Records with a kept answer, oldest first. */
  readonly #answered = new Set<IngressRecord>();
  #tree: StateNode = EMPTY;
  #answerBytes = 0;
  readonly #answerBytesMax: number;

  constructor(answerBytesMax: number = ANSWER_BYTES_MAX) {
    this.#answerBytesMax = answerBytesMax;
  }

  /** The `request_status` subtree. */
  get tree(): StateNode {
    return this.#tree;
  }

  get(requestId: Uint8Array): IngressRecord | undefined {
    return this.#records.get(toHex(requestId));
  }

  isTerminal(requestId: Uint8Array): boolean {
    const record = this.get(requestId);
    return record !== undefined && isTerminal(record);
  }

  /** Adds a record. It is called before the submission, so that a second copy of the request is recognized as a duplicate. */
  add(record: Pick<IngressRecord, 'requestId' | 'sender' | 'receiver' | 'expiry'>): IngressRecord {
    const added: IngressRecord = { ...record, status: 'pooled', messageId: undefined, answerBytes: 0 };
    this.#records.set(toHex(added.requestId), added);
    this.#open.add(added);
    this.#schedule(added, added.expiry / SECOND_NS);
    return added;
  }

  /** Removes the record of a message that the backend refused. The IC keeps no record of it either. */
  forget(record: IngressRecord): void {
    this.#records.delete(toHex(record.requestId));
    this.#open.delete(record);
  }

  /** Returns the accepted messages without an answer. */
  open(): (IngressRecord & { messageId: MessageId })[] {
    return [...this.#open].filter(
      (record): record is IngressRecord & { messageId: MessageId } => record.messageId !== undefined,
    );
  }

  update(record: IngressRecord, status: MessageStatus): void {
    if (typeof status === 'string') {
      if (record.status === status) return;
      record.status = status;
      this.#tree = trieSet(this.#tree, record.requestId, mapOf([[utf8('status'), text(status)]]));
      return;
    }
    record.status = status.kind === 'reply' ? 'replied' : 'rejected';
    record.answerBytes = status.kind === 'reply' ? status.bytes.length : status.text.length;
    this.#answerBytes += record.answerBytes;
    this.#answered.add(record);
    this.#open.delete(record);
    this.#tree = trieSet(this.#tree, record.requestId, outcomeNode(status));
  }

  /**
   * Removes the records that expired before `nowNs`, and the oldest answers above the limit. It removes a limited number of records, so
   * that a block stays short if many expire together. A record that stays longer does no harm.
   */
  prune(nowNs: bigint): void {
    let budget = RECORDS_PRUNED_MAX;
    for (const [second, records] of this.#byExpiry) {
      if ((second + 1n) * SECOND_NS > nowNs) continue;
      for (; budget > 0 && records.length > 0; budget -= 1) this.#expire(records.pop()!, nowNs);
      if (records.length === 0) this.#byExpiry.delete(second);
    }
    for (const record of this.#answered) {
      if (this.#answerBytes <= this.#answerBytesMax) break;
      this.#dropAnswer(record);
      record.status = 'done';
      this.#tree = trieSet(this.#tree, record.requestId, mapOf([[utf8('status'), text('done')]]));
    }
  }

  #expire(record: IngressRecord, nowNs: bigint): void {
    const hex = toHex(record.requestId);
    if (this.#records.get(hex) !== record) return; // It was refused, and the request may have been submitted again.
    if (!isTerminal(record)) {
      this.#schedule(record, nowNs / SECOND_NS + 1n);
      return;
    }
    this.#dropAnswer(record);
    this.#records.delete(hex);
    this.#tree = trieDelete(this.#tree, record.requestId);
  }

  /** `expirySecond` is the time of the next check of the record, in seconds since 1970. */
  #schedule(record: IngressRecord, expirySecond: bigint): void {
    const records = this.#byExpiry.get(expirySecond) ?? [];
    records.push(record);
    this.#byExpiry.set(expirySecond, records);
  }

  #dropAnswer(record: IngressRecord): void {
    if (this.#answered.delete(record)) this.#answerBytes -= record.answerBytes;
  }
}
