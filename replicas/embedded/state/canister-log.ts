/**
 * The log buffer of a canister. The value is immutable, so that a snapshot is a reference.
 *
 * Source: PocketIC 10.0.0, rs/types/management_canister_types (MAX_ALLOWED_CANISTER_LOG_BUFFER_SIZE and `CanisterLog`).
 */
import type { LogRecord } from '../../replica.js';
import { BYTES } from '../params.js';
import { recordBytes, type MessageLog } from '../system-api/message-log.js';

export interface CanisterLog {
  readonly records: readonly LogRecord[];
  /** Index of the next record. Clearing the log does not reset it. */
  readonly nextIndex: number;
  readonly usedBytes: number;
}

export const EMPTY_LOG: CanisterLog = { records: [], nextIndex: 0, usedBytes: 0 };

/** Appends a record. It cuts content that exceeds the buffer and removes the oldest records to make room. */
export function appendToLog(log: CanisterLog, timeNs: bigint, content: Uint8Array): CanisterLog {
  const truncated = content.slice(0, BYTES.logMax - BYTES.logRecordOverhead);
  const record: LogRecord = { index: BigInt(log.nextIndex), timeNs, content: truncated };
  let usedBytes = log.usedBytes + recordBytes(record);
  let first = 0;
  for (const oldest of log.records) {
    if (usedBytes <= BYTES.logMax) break;
    usedBytes -= recordBytes(oldest);
    first++;
  }
  return { records: [...log.records.slice(first), record], nextIndex: log.nextIndex + 1, usedBytes };
}

export const clearedLog = (log: CanisterLog): CanisterLog => ({ ...EMPTY_LOG, nextIndex: log.nextIndex });

/** Appends the records of a message in their order. */
export function appendAllToLog(log: CanisterLog, { records, dropped }: MessageLog): CanisterLog {
  const start = { ...log, nextIndex: log.nextIndex + dropped };
  return records.reduce((grown, record) => appendToLog(grown, record.timeNs, record.content), start);
}
