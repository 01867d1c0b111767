/** The stages of the uploads of a serial schedule at which relations insert steps. */
import { chunkCount } from '../../model/content.js';
import type { SessionLabel } from '../../model/schedule.js';
import { sessionOf, type CallRecord } from '../history/calls.js';
import { isAccepted, recordsOf, type Execution } from './execution.js';

export interface UploadStages {
  readonly label: SessionLabel;
  readonly owner: number;
  /** Number of chunks of its file. */
  readonly chunks: number;
  /** The accepted put after which nothing is missing but what follows; `undefined` if there is only one. */
  readonly halfway: CallRecord | undefined;
  /** The last accepted put of an index that was not put before. */
  readonly lastPut: CallRecord | undefined;
  /** The call that finished the upload; `undefined` if it was not finished. */
  readonly end: CallRecord | undefined;
}

/** Uploads whose begin was accepted, in order, each with its first label. */
export function stagesOf(base: Execution, defaultChunkSize: number): readonly UploadStages[] {
  const begins = recordsOf(base).filter(({ operation }) => operation.op === 'begin');
  const seen = new Set<string>();
  return begins.flatMap((begin) => {
    const { operation, result, chunkSize = defaultChunkSize } = begin;
    if (operation.op !== 'begin' || !isAccepted(begin) || result?.kind !== 'begun') return [];
    if (seen.has(result.sessionId)) return [];
    seen.add(result.sessionId);
    const writes = recordsOf(base).filter(
      (record) =>
        record.invoked > begin.invoked && sessionOf(record) === result.sessionId && isAccepted(record),
    );
    const bytes = base.schedule.files[operation.file]?.bytes ?? 0;
    const { session: label, caller: owner } = operation;
    return [{ label, owner, chunks: chunkCount(bytes, chunkSize), ...momentsOf(writes) }];
  });
}

function momentsOf(accepted: readonly CallRecord[]): Pick<UploadStages, 'halfway' | 'lastPut' | 'end'> {
  const end = accepted.find(({ result }) => result?.kind === 'finished');
  const put = new Set<number>();
  const puts = accepted.filter(({ operation, call }) => {
    if (operation.op !== 'put' || operation.data.kind !== 'right' || call > (end?.call ?? Infinity))
      return false;
    const isNew = !put.has(operation.index);
    put.add(operation.index);
    return isNew;
  });
  return { halfway: puts[1], lastPut: puts.at(-1), end };
}
