/** Texts for schedules. */
import { describeStep } from '../../model/describe-step.js';
import type { ShownParts } from '../../model/operations.js';
import type { Comparison } from '../evidence/comparison.js';
import type { Schedule } from '../../model/schedule.js';

/** What a run of the schedule has shown. */
interface Ran {
  /** Steps, by index, that begin while calls of other steps are in flight. */
  readonly inFlight?: readonly { readonly step: number; readonly calls: readonly number[] }[] | undefined;
  readonly comparison?: Pick<Comparison, 'inserted'> | undefined;
}

/**
 * One line per step, numbered from 1. Steps that begin while calls are in flight are marked.
 * @param keys if false, keys are left out, because the interface has none
 */
export function describeSchedule(
  { steps, files }: Schedule,
  { keys, inFlight = [] }: Pick<ShownParts, 'keys'> & Pick<Ran, 'inFlight'> = {},
): string[] {
  const width = String(steps.length).length;
  const callsAt = new Map(inFlight.map(({ step, calls }) => [step, calls]));
  return steps.map(
    (step, i) =>
      `${String(i + 1).padStart(width)}  ${describeStep(step, { files, keys })}${inFlightText(callsAt.get(i))}`,
  );
}

function inFlightText(calls: readonly number[] = []): string {
  if (calls.length === 0) return '';
  const numbers = calls.map((step) => step + 1).join(', ');
  return calls.length === 1
    ? `, while step ${numbers} is in flight`
    : `, while steps ${numbers} are in flight`;
}

/** The lines of a counterexample: its steps, with those that only the variant of a relation has in their places. */
export function describeCounterexample({
  schedule,
  keys,
  context,
}: {
  readonly schedule: Schedule;
  readonly keys?: boolean | undefined;
  readonly context?: Ran | undefined;
}): string[] {
  const lines = describeSchedule(schedule, { keys, inFlight: context?.inFlight });
  const added = (context?.comparison?.inserted ?? []).map(({ before, step }) => ({
    before,
    line: `${'+'.padStart(String(lines.length).length)}  ${step}, only in the variant`,
  }));
  return [...lines, undefined].flatMap((line, place) => [
    ...added.filter(({ before }) => before === place).map((one) => one.line),
    ...(line === undefined ? [] : [line]),
  ]);
}

export function operationCount({ steps }: Pick<Schedule, 'steps'>): number {
  return steps.filter((step) => step.do === 'call').length;
}

/** Number of changes of lane between consecutive calls. */
export function contextSwitches({ steps }: Pick<Schedule, 'steps'>): number {
  const lanes = steps.flatMap((step) => (step.do === 'call' ? [step.lane] : []));
  return lanes.filter((lane, i) => i > 0 && lane !== lanes[i - 1]).length;
}
