/** Replays golden traces on a replica and compares the answers, or records the answers as a new trace. */
import type { Driver } from './driver.js';
import type { GoldenStep, GoldenTrace } from './golden-step.js';
import { newerAnswer } from './newer-answers.js';
import { TracePerformer } from './trace-performer.js';

export interface StepResult {
  readonly index: number;
  readonly step: GoldenStep;
  /** The expected and the observed outcome as JSON. Both are `undefined` if the step has no expectation. */
  readonly expected: string | undefined;
  readonly observed: string | undefined;
  /** The outcome on a newer server as JSON, if it is another one (see `newer-answers.ts`). */
  readonly newer: string | undefined;
}

export function isMatch(result: StepResult): boolean {
  return result.expected === result.observed || isNewerAnswer(result);
}

/** Whether the answer is not the recorded one, but that of a newer server. */
export function isNewerAnswer({ newer, observed }: StepResult): boolean {
  return newer !== undefined && newer === observed;
}

/** Replays a whole trace. A difference does not stop the replay. */
export async function replayTrace(trace: GoldenTrace, driver: Driver): Promise<StepResult[]> {
  return resultsOf(trace, await recordTrace(trace, driver));
}

/** Compares two recordings of the same steps. @throws Error if `observed` lacks a step */
export function resultsOf(expected: GoldenTrace, observed: GoldenTrace): StepResult[] {
  return expected.steps.map((step, index) => {
    const other = observed.steps[index];
    if (!other) throw new Error(`the recording ends before step ${index}: record the whole trace`);
    const newer = newerAnswer(step);
    return {
      index,
      step,
      expected: expectationText(step),
      observed: expectationText(other),
      newer: newer && expectationText(newer),
    };
  });
}

function expectationText(step: GoldenStep): string | undefined {
  return 'expect' in step ? JSON.stringify(step.expect) : undefined;
}

/**
 * Performs the steps of a trace and returns the trace with the observed outcomes. All fields except `expect` and `seen` keep their
 * values and their order, so that two recordings can be compared as text.
 */
export async function recordTrace(
  trace: GoldenTrace,
  driver: Driver,
  onStep: (done: number) => void = () => undefined,
): Promise<GoldenTrace> {
  const performer = new TracePerformer(driver);
  const steps: GoldenStep[] = [];
  for (const step of trace.steps) {
    const { seen, ...observed } = await performer.perform(step);
    const information = 'seen' in step ? { seen: { ...step.seen, ...seen } } : {};
    steps.push({ ...step, ...observed, ...information } as GoldenStep);
    onStep(steps.length);
  }
  return { ...trace, steps };
}
