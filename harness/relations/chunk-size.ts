import type { CallRecord } from '../history/calls.js';
import { chunkCount } from '../../model/content.js';
import type { Schedule } from '../../model/schedule.js';
import type { JudgedTarget } from '../judgement/applicable-rules.js';
import { DRAIN, rewrite, type WrittenStep } from './edit.js';
import { isAccepted, type CallStep, type Execution } from './execution.js';
import { recordsOf, serialRelation } from './relation.js';

/** The schedule with every chunk cut in two. Puts that were rejected are left out. */
export const chunkSize = serialRelation<'half'>({
  name: 'chunk-size',
  rule: 'the size of the chunks in which a file is put is irrelevant',
  requires: 'that the client chooses the size of chunks',
  isMet: ({ promises }) => promises.limits.chunkSize === 'client',
  familiesOf: (base, target) => [
    {
      changes: canBeHalved(base, target) ? ['half'] : [],
      vary: () => ({
        ...rewrite(base.schedule, { call: halving(base, target) }),
        // The put of the second half of a chunk corresponds to the put of the chunk.
        ignoredParts: new Set(['chunk count', 'missing chunks', 'chunk size']),
        words: {
          right: 'base',
          rightText: 'with the chunks of this schedule',
          wrongText: 'with every chunk cut in two',
          cause: 'with smaller chunks',
        },
      }),
    },
  ],
});

function sizeOf({ limits }: Schedule, target: JudgedTarget, own?: number): number {
  return own ?? limits.chunkSize ?? target.defaultChunkSize;
}

function canBeHalved(base: Execution, target: JudgedTarget): boolean {
  const { schedule } = base;
  const records = recordsOf(base);
  const { chunksMax = Infinity } = schedule.limits;
  const begins = records.flatMap(({ operation }) => (operation.op === 'begin' ? [operation] : []));
  const areFit = begins.every((begin) => {
    const size = sizeOf(schedule, target, begin.chunkSize);
    const bytes = schedule.files[begin.file]?.bytes ?? 0;
    return size % 2 === 0 && chunkCount(bytes, size / 2) <= chunksMax;
  });
  const hasFixedSize = schedule.steps.every((step) => step.do !== 'upgrade' || step.limits === undefined);
  return areFit && hasFixedSize && records.some(isPut) && records.every(isRegular);
}

function isPut({ operation }: CallRecord): boolean {
  return operation.op === 'put';
}

/** Whether the call means the same with other chunks, or was rejected. */
function isRegular(record: CallRecord): boolean {
  const { operation } = record;
  if (!isAccepted(record)) return true;
  if (operation.op === 'put') return operation.data.kind === 'right';
  return operation.op !== 'begin' || (operation.chunksOff ?? 0) === 0;
}

/** Replaces each accepted put by one of each half of its chunk. Works through the calls in order. */
function halving(
  { calls, schedule }: Execution,
  target: JudgedTarget,
): (number: number, step: CallStep) => readonly WrittenStep[] {
  const halves = new Map<string, number>();
  return (number, step) => {
    const { operation } = step;
    const record = calls.get(number);
    if (operation.op === 'begin') {
      const half = sizeOf(schedule, target, operation.chunkSize) / 2;
      if (isAccepted(record)) halves.set(operation.session, half);
      return [{ step: { ...step, operation: { ...operation, chunkSize: half } }, of: number }];
    }
    if (operation.op !== 'put') return [{ step, of: number }];
    if (record === undefined || !isAccepted(record)) return [];
    const put = (index: number): CallStep => ({ ...step, operation: { ...operation, index } });
    const [first, second] = [2 * operation.index, 2 * operation.index + 1];
    const hasSecond = second * halfOf(record, halves.get(operation.session)) < bytesOf(record, schedule);
    if (!hasSecond) return [{ step: put(first), of: number }];
    return [{ step: put(first) }, DRAIN, { step: put(second), of: number }];
  };
}

/** Half of the size by which the put was cut. Of two begins of one upload, the later one sets it for both. */
function halfOf({ request }: CallRecord, ofLabel = 0): number {
  return request?.op === 'put' && request.chunkSize !== undefined ? request.chunkSize / 2 : ofLabel;
}

/** Length of the file that the put belongs to. */
function bytesOf({ request }: CallRecord, { files }: Schedule): number {
  return request?.op === 'put' ? (files[request.file]?.bytes ?? 0) : 0;
}
