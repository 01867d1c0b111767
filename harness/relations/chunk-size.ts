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
      vary: () => {
        const half = sizeOf(base.schedule, target) / 2;
        return {
          ...rewrite(
            { ...base.schedule, limits: { ...base.schedule.limits, chunkSize: half } },
            { call: (number, step) => halved(base, step, number, half) },
          ),
          // Puts of the second half of a chunk correspond to the put of the chunk.
          ignoredParts: new Set(['chunk count', 'missing chunks', 'chunk size']),
          words: {
            right: 'base',
            rightText: `with chunks of ${half * 2} B`,
            wrongText: `with chunks of ${half} B`,
            cause: 'with smaller chunks',
          },
        };
      },
    },
  ],
});

function sizeOf({ limits }: Schedule, { defaultChunkSize }: JudgedTarget): number {
  return limits.chunkSize ?? defaultChunkSize;
}

function canBeHalved(base: Execution, target: JudgedTarget): boolean {
  const { schedule } = base;
  const size = sizeOf(schedule, target);
  const { chunksMax = Infinity } = schedule.limits;
  const hasFixedSize = schedule.steps.some((step) => step.do === 'upgrade' && step.limits !== undefined);
  const fits = schedule.files.every(({ bytes }) => chunkCount(bytes, size / 2) <= chunksMax);
  return (
    size % 2 === 0 && !hasFixedSize && fits && recordsOf(base).some(isPut) && recordsOf(base).every(isRegular)
  );
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

function halved(
  { calls, schedule }: Execution,
  step: CallStep,
  number: number,
  half: number,
): readonly WrittenStep[] {
  const { operation } = step;
  const record = calls.get(number);
  if (operation.op !== 'put') return [{ step, of: number }];
  if (record === undefined || !isAccepted(record)) return [];
  const bytes = bytesOf(record, schedule);
  const put = (index: number): CallStep => ({ ...step, operation: { ...operation, index } });
  const [first, second] = [2 * operation.index, 2 * operation.index + 1];
  if (second * half >= bytes) return [{ step: put(first), of: number }];
  return [{ step: put(first) }, DRAIN, { step: put(second), of: number }];
}

/** Length of the file that the put belongs to. */
function bytesOf({ request }: CallRecord, { files }: Schedule): number {
  return request?.op === 'put' ? (files[request.file]?.bytes ?? 0) : 0;
}
