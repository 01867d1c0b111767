/** The log records of one message. Like the log of a canister, they are at most 4 KiB: a message that prints without end needs no more memory. */
import { BYTES } from '../params.js';

/** A record without its index, which it gets in the log of the canister. */
export interface PrintedRecord {
  readonly timeNs: bigint;
  readonly content: Uint8Array;
}

/** Size of a record in the log in bytes. */
export const recordBytes = ({ content }: PrintedRecord): number => BYTES.logRecordOverhead + content.length;

export class MessageLog {
  #records: PrintedRecord[] = [];
  /** Index of the oldest record that is kept. Earlier ones are removed together, because removing one moves all others. */
  #first = 0;
  #usedBytes = 0;
  #dropped = 0;

  /** Appends a record, cuts content that exceeds the log, and removes the oldest records to make room. */
  add(timeNs: bigint, content: Uint8Array): void {
    const record = { timeNs, content: content.slice(0, BYTES.logMax - BYTES.logRecordOverhead) };
    this.#records.push(record);
    this.#usedBytes += recordBytes(record);
    while (this.#usedBytes > BYTES.logMax) this.#dropOldest();
  }

  /** The records that are kept, oldest first. */
  get records(): readonly PrintedRecord[] {
    return this.#first === 0 ? this.#records : this.#records.slice(this.#first);
  }

  /** Number of records that made room for later ones. They count in the numbering of the canister's log. */
  get dropped(): number {
    return this.#dropped;
  }

  get freeBytes(): number {
    return BYTES.logMax - this.#usedBytes;
  }

  #dropOldest(): void {
    const oldest = this.#records[this.#first];
    if (oldest === undefined) return;
    this.#usedBytes -= recordBytes(oldest);
    this.#first++;
    this.#dropped++;
    if (this.#first < COMPACT_AT) return;
    this.#records = this.#records.slice(this.#first);
    this.#first = 0;
  }
}

const COMPACT_AT = 1_024;
