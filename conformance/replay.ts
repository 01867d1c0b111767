/** Replays golden traces and tells where the answers differ, or records what a replica answers to the same steps. */
import type { Driver } from './driver.js';
import type { GoldenStep, GoldenTrace } from './golden-step.js';
import { TracePerformer } from './observe.js';

export type { DrivenCall, DrivenOutcome, DrivenStatus, Driver } from './driver.js';

export interface StepResult {
  readonly index: number;
  readonly step: GoldenStep;
  /** Both sides as JSON; undefined where the step expects nothing. */
  readonly expected: string | undefined;
  readonly observed: string | undefined;
}

export const isMatch = ({ expected, observed }: StepResult): boolean => expected === observed;

/** Replay a whole trace; every step runs, whatever the earlier ones came to. */
export async function replayTrace(trace: GoldenTrace, driver: Driver): Promise<StepResult[]> {
  return resultsOf(trace, await recordTrace(trace, driver));
}

/** The steps of a trace beside the same steps as somebody else recorded them. */
export function resultsOf(expected: GoldenTrace, observed: GoldenTrace): StepResult[] {
  return expected.steps.map((step, index) => ({
    index,
    step,
    expected: expectationText(step),
    observed: expectationText(observed.steps[index]!),
  }));
}

function expectationText(step: GoldenStep): string | undefined {
  return 'expect' in step ? JSON.stringify(step.expect) : undefined;
}

/** The same steps with what the driver's replica made of them. Every field but `expect` and `seen` stays, in its place. */
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
