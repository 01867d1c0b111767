import type { CallRecord } from '../history/calls.js';
import { sessionOf } from '../history/calls.js';
import { isWrite } from '../../model/operations.js';
import type { JudgedTarget } from '../judgement/applicable-rules.js';
import { rewrite } from './edit.js';
import { isAccepted, type CallStep, type Execution } from './execution.js';
import { isByOwner, ownersOf } from './ownership.js';
import { recordsOf, serialRelation } from './relation.js';
import { plural } from './words.js';

/** Puts of one upload between which nothing else changes it. */
interface Window {
  readonly label: string;
  readonly puts: readonly CallRecord[];
}

/** The schedule with the chunks of uploads in reverse order. */
export const chunkOrder = serialRelation<Window>({
  name: 'chunk-order',
  rule: 'the order in which chunks are put is irrelevant',
  requires: 'that chunks are accepted in any order',
  isMet: ({ promises }) => promises.chunkOrder === 'any',
  familiesOf: (base, { shape }) => [
    {
      changes: windowsOf(base, shape),
      vary: (windows) => {
        const replacements = reversed(windows);
        const labels = [...new Set(windows.map(({ label }) => label))];
        return {
          ...rewrite(base.schedule, {
            call: (number, step) => [{ step: withOperation(step, replacements.get(number)), of: number }],
          }),
          // Between the puts, other chunks are missing.
          isCompared: (record) =>
            isWrite(record.operation.op) || !windows.some((one) => isWithin(record, one)),
          // Which blocks the canister fills is its own affair.
          ignoredParts: new Set(['number of used blocks']),
          anyPutFinishes: shape.finish === 'implied',
          words: {
            right: 'base',
            rightText: `with the chunks of ${labels.join(', ')} in the order of this schedule`,
            wrongText: `with the chunks of ${plural(labels.length, 'upload')} ${labels.join(', ')} in reverse order`,
            cause: 'after chunks in another order',
          },
        };
      },
    },
  ],
});

/** Another label may not be bound yet, so the label stays. */
function withOperation(step: CallStep, put: CallRecord | undefined): CallStep {
  const { operation } = step;
  if (put?.operation.op !== 'put' || operation.op !== 'put') return step;
  return { ...step, operation: { ...put.operation, session: operation.session } };
}

/** By number of a put: the put that takes its place. */
function reversed(windows: readonly Window[]): ReadonlyMap<number, CallRecord> {
  return new Map(
    windows.flatMap(({ puts }) => puts.map((put, index) => [put.call, puts.at(-1 - index) ?? put] as const)),
  );
}

function isWithin({ call }: CallRecord, { puts }: Window): boolean {
  return call > (puts[0]?.call ?? Infinity) && call < (puts.at(-1)?.call ?? -1);
}

/**
 * Maximal runs of two or more accepted puts of right bytes by the owner, each of another index. If the put that completes the file
 * finishes the upload, wrong bytes that were stored before decide by the order whether it may.
 */
function windowsOf(base: Execution, { finish }: JudgedTarget['shape']): readonly Window[] {
  const hasWrongBytes = new Set<string>();
  const owners = ownersOf(base);
  const open = new Map<string, CallRecord[]>();
  const windows: Window[] = [];
  const close = (session: string) => {
    const puts = open.get(session) ?? [];
    open.delete(session);
    const [first] = puts;
    if (first !== undefined && puts.length > 1 && 'session' in first.operation)
      windows.push({ label: first.operation.session, puts });
  };
  for (const record of recordsOf(base)) {
    const { operation } = record;
    const session = sessionOf(record);
    if (session === undefined || !isWrite(operation.op)) continue;
    const isFit = operation.op === 'put' && operation.data.kind === 'right' && isAccepted(record);
    if (finish === 'implied' && operation.op === 'put' && !isFit && isAccepted(record))
      hasWrongBytes.add(session);
    if (!isFit || !isByOwner(record, owners) || hasWrongBytes.has(session)) {
      close(session);
      continue;
    }
    const puts = open.get(session) ?? [];
    // Two uploads may have one key or name.
    const isOther = puts.some(
      (put) => 'session' in put.operation && put.operation.session !== operation.session,
    );
    if (isOther || puts.some((put) => indexOf(put) === operation.index)) close(session);
    open.set(session, [...(open.get(session) ?? []), record]);
  }
  for (const session of [...open.keys()]) close(session);
  return windows;
}

function indexOf({ operation }: CallRecord): number | undefined {
  return operation.op === 'put' ? operation.index : undefined;
}
