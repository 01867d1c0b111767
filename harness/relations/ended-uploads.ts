import type { Operation, Step } from '../../model/schedule.js';
import { viaOf } from '../../model/operations.js';
import type { JudgedTarget } from '../judgement/applicable-rules.js';
import { DRAIN, callSteps, rewrite, type WrittenStep } from './edit.js';
import { isAccepted, type Execution } from './execution.js';
import { recordsOf, serialRelation, type Variant } from './relation.js';

type Begin = Extract<Operation, { op: 'begin' }>;

/** Uploads that come before the schedule and end without a file. */
interface EarlierUploads {
  readonly end: 'aborted' | 'expired';
  readonly count: number;
  /** A begin that the canister accepts. */
  readonly begin: Begin;
  readonly label: string;
  /** What follows all of them. */
  readonly after: readonly WrittenStep[];
}

/** More than a caller's limit of open uploads, in most schedules. */
const UPLOADS_MAX = 12;
const UPLOADS_DEFAULT = 6;
/** The canister's clock need not be exact to the second. */
const MARGIN_SECONDS = 1;

/** The schedule after more uploads of one caller than may be open at once, each aborted or expired. */
export const endedUploads = serialRelation<EarlierUploads>({
  name: 'ended-uploads',
  rule: 'uploads that were aborted or have expired have no effect on later uploads',
  requires: 'that an abort ends an upload, or an expiry',
  isMet: ({ promises, operations }) =>
    (promises.abort === 'ends' && operations.has('abort')) ||
    typeof promises.expiry === 'number' ||
    promises.expiry === 'init',
  needs: ['time'],
  familiesOf: (base, target) => {
    const accepted = recordsOf(base).find(
      (record) =>
        record.operation.op === 'begin' && isAccepted(record) && viaOf(record.operation) === undefined,
    );
    const begin = accepted?.operation;
    if (begin?.op !== 'begin') return [];
    return [aborted(base, begin, target), expired(base, begin, target)].map((changes) => ({
      changes,
      vary: ([uploads]) => withEarlier(base, uploads),
    }));
  },
});

function aborted({ schedule }: Execution, begin: Begin, target: JudgedTarget): readonly EarlierUploads[] {
  if (target.promises.abort !== 'ends' || !target.operations.has('abort')) return [];
  const { activeSessionsMax = UPLOADS_DEFAULT - 1 } = schedule.limits;
  const count = Math.min(activeSessionsMax + 1, UPLOADS_MAX);
  return [{ end: 'aborted', count, begin, label: unusedLabel(schedule), after: [] }];
}

function expired(
  { schedule }: Execution,
  begin: Begin,
  { promises }: JudgedTarget,
): readonly EarlierUploads[] {
  const { activeSessionsMax = UPLOADS_DEFAULT, sessionTtlSeconds } = schedule.limits;
  const lifetime = sessionTtlSeconds ?? (typeof promises.expiry === 'number' ? promises.expiry : undefined);
  // Tokens would expire too.
  const isOverHttp = callSteps(schedule).some(({ operation }) => viaOf(operation) !== undefined);
  if (lifetime === undefined || isOverHttp) return [];
  const count = Math.min(activeSessionsMax, UPLOADS_MAX);
  const pause: Step = { do: 'advance', seconds: lifetime + MARGIN_SECONDS };
  return [{ end: 'expired', count, begin, label: unusedLabel(schedule), after: [{ step: pause }, DRAIN] }];
}

function withEarlier(base: Execution, uploads: EarlierUploads | undefined): Variant {
  const { end = 'aborted', count = 0, after = [] } = uploads ?? {};
  const steps =
    uploads === undefined ? [] : Array.from({ length: count }, (_, index) => stepsOf(uploads, index));
  return {
    ...rewrite(base.schedule, { before: [...steps.flat(), ...after] }),
    isCompared: ({ operation: { op } }) => op !== 'stats' && op !== 'usage',
    words: {
      right: 'base',
      rightText: `without earlier uploads`,
      wrongText: `after ${count} ${end} uploads of the same caller`,
      cause: `after ${end} uploads`,
    },
  };
}

function stepsOf({ begin, label, end }: EarlierUploads, index: number): readonly WrittenStep[] {
  const session = `${label}${index + 1}`;
  const operations: readonly Operation[] = [
    { ...begin, session, key: `key-${session}` },
    { op: 'put', session, index: 0, data: { kind: 'right' } },
    ...(end === 'aborted' ? [{ op: 'abort', session } as const] : []),
  ];
  return operations.flatMap((operation) => [{ step: { do: 'call', lane: 0, operation } }, DRAIN]);
}

/** A prefix of labels that the schedule does not use. */
function unusedLabel(schedule: Execution['schedule']): string {
  const used = callSteps(schedule).flatMap(({ operation }) =>
    'session' in operation ? operation.session : [],
  );
  let prefix = 'Z';
  while (used.some((label) => label.startsWith(prefix))) prefix += 'Z';
  return prefix;
}
