/**
 * A canister's log: a persistent value, so that a snapshot is a reference.
 *
 * Source: PocketIC 10.0.0, rs/types/management_canister_types (MAX_ALLOWED_CANISTER_LOG_BUFFER_SIZE and `CanisterLog`).
 */
import type { LogRecord } from '../../replica.js';
import { BYTES } from '../params.js';

export interface CanisterLog {
  readonly records: readonly LogRecord[];
  /** Index of the next record; survives `cleared`. */
  readonly nextIndex: number;
  readonly usedBytes: number;
}

export const EMPTY_LOG: CanisterLog = { records: [], nextIndex: 0, usedBytes: 0 };

const sizeOf = (record: LogRecord): number => BYTES.logRecordOverhead + record.content.length;

/** Free bytes of the log, which bound what a record costs. */
export const freeLogBytes = (log: CanisterLog): number => BYTES.logMax - log.usedBytes;

/** The oldest records make room; content beyond the buffer's size is cut. */
export function appendToLog(log: CanisterLog, timeNs: bigint, content: Uint8Array): CanisterLog {
  const kept = content.slice(0, BYTES.logMax - BYTES.logRecordOverhead);
  const record: LogRecord = { index: BigInt(log.nextIndex), timeNs, content: kept };
  let usedBytes = log.usedBytes + sizeOf(record);
  let first = 0;
  while (usedBytes > BYTES.logMax) usedBytes -= sizeOf(log.records[first++]!);
  return { records: [...log.records.slice(first), record], nextIndex: log.nextIndex + 1, usedBytes };
}

export const clearedLog = (log: CanisterLog): CanisterLog => ({ ...EMPTY_LOG, nextIndex: log.nextIndex });

/** What a message logged, in order; the log grows by all of it at once. */
export function appendAllToLog(log: CanisterLog, records: readonly LogRecord[]): CanisterLog {
  return records.reduce((grown, record) => appendToLog(grown, record.timeNs, record.content), log);
}
