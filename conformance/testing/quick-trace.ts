/** Golden traces without the steps that run to the instruction limit, which takes minutes. */
import { readGoldenTrace, type GoldenStep, type GoldenTrace, type GoldenTraceName } from '../golden-step.js';

/** Whether the step calls an endless loop, which ends only at the limit of 40e9 instructions. */
export const isEndless = (step: GoldenStep): boolean => 'method' in step && step.method.startsWith('forever');

export function quickTrace(name: GoldenTraceName): GoldenTrace {
  const trace = readGoldenTrace(name);
  return { ...trace, steps: trace.steps.filter((step) => !isEndless(step)) };
}
