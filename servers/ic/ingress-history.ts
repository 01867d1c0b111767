/**
 * What became of each ingress message until it expires: the `request_status` part of the state tree, and the memory
 * that keeps a replayed request from running twice.
 */
import { lebEncode } from '@dfinity/candid';
import type { MessageId, Outcome, PrincipalText } from '../../replicas/replica.js';
import type { MessageStatus } from './backend.js';
import { toHex, utf8 } from './bytes.js';
import { trieDelete, trieSet } from './label-trie.js';
import { type StateNode, EMPTY, leaf, mapOf } from './state-node.js';

/** `pooled`: accepted, in no block yet, and so unknown to the state tree. `done`: answered, the answer dropped. */
type IngressStatus = 'pooled' | 'received' | 'processing' | 'replied' | 'rejected' | 'done';

export interface IngressRecord {
  readonly requestId: Uint8Array;
  readonly sender: PrincipalText;
  readonly receiver: PrincipalText;
  /** Nanoseconds since 1970; the record is kept as long, because the request cannot be replayed after it. */
  readonly expiry: bigint;
  status: IngressStatus;
  /** The backend's name for the message; undefined while it is being submitted. */
  messageId: MessageId | undefined;
  /** Bytes of the answer that the history keeps. */
  answerBytes: number;
}

function isTerminal({ status }: IngressRecord): boolean {
  return status === 'replied' || status === 'rejected' || status === 'done';
}

/** Answers kept before the oldest become `done`. The replica's own bound is 4 GiB (INGRESS_HISTORY_MAX_MEMORY). */
const ANSWER_BYTES_MAX = 256 * 1024 * 1024;

const SECOND_NS = 1_000_000_000n;
/** Records forgotten in one block. */
const RECORDS_PRUNED_MAX = 200;

const text = (value: string): StateNode => leaf(utf8(value));

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

export class IngressHistory {
  readonly #records = new Map<string, IngressRecord>();
  /** Not terminal, oldest first. */
  readonly #open = new Set<IngressRecord>();
  /** By the second of the expiry: a window of 330 seconds at most, whatever the number of records. */
  readonly #byExpiry = new Map<bigint, IngressRecord[]>();
  /** Whose answers are kept, oldest first. */
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

  /** Call before submitting, so that the same request arriving meanwhile is seen as a duplicate. */
  add(record: Pick<IngressRecord, 'requestId' | 'sender' | 'receiver' | 'expiry'>): IngressRecord {
    const added: IngressRecord = { ...record, status: 'pooled', messageId: undefined, answerBytes: 0 };
    this.#records.set(toHex(added.requestId), added);
    this.#open.add(added);
    this.#remember(added, added.expiry / SECOND_NS);
    return added;
  }

  /** The backend refused the message: it leaves no trace, as on the IC. */
  forget(record: IngressRecord): void {
    this.#records.delete(toHex(record.requestId));
    this.#open.delete(record);
  }

  /** Accepted messages without an answer. */
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
   * Forgets what expired before `nowNs`, and the oldest answers when there are too many bytes of them. A limited number
   * at a time, so that a block stays short when a minute's records expire together: to keep one longer does no harm.
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
    if (this.#records.get(hex) !== record) return; // Refused, and maybe submitted again since.
    if (!isTerminal(record)) {
      this.#remember(record, nowNs / SECOND_NS + 1n);
      return;
    }
    this.#dropAnswer(record);
    this.#records.delete(hex);
    this.#tree = trieDelete(this.#tree, record.requestId);
  }

  /** `expirySecond`: when to look at the record again, seconds since 1970. */
  #remember(record: IngressRecord, expirySecond: bigint): void {
    const records = this.#byExpiry.get(expirySecond) ?? [];
    records.push(record);
    this.#byExpiry.set(expirySecond, records);
  }

  #dropAnswer(record: IngressRecord): void {
    if (this.#answered.delete(record)) this.#answerBytes -= record.answerBytes;
  }
}
