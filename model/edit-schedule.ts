/** Reads and edits schedules. */
import type { Operation, Schedule, Step } from './schedule.js';

export function withSteps(schedule: Schedule, steps: readonly Step[]): Schedule {
  return { ...schedule, steps };
}

export function withStep(schedule: Schedule, index: number, step: Step): Schedule {
  return withSteps(schedule, schedule.steps.with(index, step));
}

export function mapOperations(schedule: Schedule, map: (operation: Operation) => Operation): Step[] {
  return schedule.steps.map((step) =>
    step.do === 'call' ? { ...step, operation: map(step.operation) } : step,
  );
}

export function operationsOf({ steps }: Schedule): Operation[] {
  return steps.flatMap((step) => (step.do === 'call' ? [step.operation] : []));
}

/** The label of the session that a step is about, if it is about one. */
export function sessionOfStep(step: Step): string | undefined {
  return step.do === 'call' && 'session' in step.operation ? step.operation.session : undefined;
}

/** The labels of all sessions, in order of first use. */
export function sessionsOf({ steps }: Schedule): string[] {
  const labels = steps.map(sessionOfStep).filter((session) => session !== undefined);
  return [...new Set(labels)];
}

/** The numbers of all callers that an operation names. */
export function callersOf(operation: Operation): number[] {
  return CALLER_FIELDS.flatMap((field) => {
    const caller = (operation as Partial<Record<CallerField, number>>)[field];
    return caller === undefined ? [] : [caller];
  });
}

export function renameCallers(operation: Operation, rename: (caller: number) => number): Operation {
  const renamed: Record<string, unknown> = { ...operation };
  for (const field of CALLER_FIELDS) {
    const caller = renamed[field];
    if (typeof caller === 'number') renamed[field] = rename(caller);
  }
  return renamed as unknown as Operation;
}

/** The operation as the owner of what it names makes it. */
export function withoutIntruder(operation: Operation): Operation {
  if (!('by' in operation)) return operation;
  const { by: _intruder, ...own } = operation;
  return own;
}

/** The fields of operations that hold the number of a caller. */
const CALLER_FIELDS = ['caller', 'by', 'capsuleOf'] as const;
type CallerField = (typeof CALLER_FIELDS)[number];
