import { describe, expect, it } from 'vitest';
import { Engine } from '../replicas/embedded/engine.js';
import { CONFORMANCE } from './conformance.js';
import { EmbeddedDriver } from './embedded-driver.js';
import { EXPECTED_FAILURES } from './expected-failures.js';
import { GOLDEN_TRACES, readGoldenTrace, type GoldenStep, type GoldenTrace } from './golden-step.js';
import { isMatch, replayTrace } from './replay.js';

/** Endless loops run to the instruction limit, 40e9 instructions: they get a test and a time limit of their own. */
const isEndless = (step: GoldenStep): boolean => 'method' in step && step.method.startsWith('forever');
const ENDLESS_TIMEOUT_MS = 900_000;

function split(trace: GoldenTrace): { quick: readonly number[]; endless: readonly number[] } {
  const indices = trace.steps.map((_, index) => index);
  return {
    quick: indices.filter((index) => !isEndless(trace.steps[index]!)),
    endless: indices.filter((index) => isEndless(trace.steps[index]!)),
  };
}

/** Replays the chosen steps and returns what is not as expected, by index in the whole trace. */
async function surprises(name: (typeof GOLDEN_TRACES)[number], indices: readonly number[]) {
  const trace = readGoldenTrace(name);
  const steps = indices.map((index) => trace.steps[index]!);
  const results = await replayTrace({ ...trace, steps }, new EmbeddedDriver(new Engine()));
  return results.flatMap((result, position): object[] => {
    const index = indices[position]!;
    const known = EXPECTED_FAILURES.find((failure) => failure.trace === name && failure.index === index);
    if (isMatch(result) === (known === undefined)) return [];
    if (known)
      return [{ index, surprise: 'matches although listed as an expected failure', reason: known.reason }];
    return [{ index, step: result.step, expected: result.expected, observed: result.observed }];
  });
}

describe('the embedded engine replays what PocketIC 10.0.0 answered', () => {
  it('knows all recorded steps, and counts those that are met', () => {
    const count = GOLDEN_TRACES.reduce((sum, name) => sum + readGoldenTrace(name).steps.length, 0);
    expect(count).toBe(401);
    expect(CONFORMANCE).toEqual({
      steps: count,
      met: count - EXPECTED_FAILURES.length,
      expectedFailures: EXPECTED_FAILURES.length,
    });
  });

  it.each(GOLDEN_TRACES)('%s', async (name) => {
    expect(await surprises(name, split(readGoldenTrace(name)).quick)).toEqual([]);
  });

  it(
    'an endless loop ends at the instruction limit',
    async () => {
      const trace = readGoldenTrace('traps');
      const setup = [0, 1];
      expect(await surprises('traps', [...setup, ...split(trace).endless])).toEqual([]);
    },
    ENDLESS_TIMEOUT_MS,
  );

  it('a difference is seen', async () => {
    const trace = readGoldenTrace('calls');
    const last = trace.steps.findLast((step) => step.do === 'stable_memory')!;
    const steps = trace.steps.map((step) =>
      step === last ? { ...last, expect: { ...last.expect, prefix_hex: '00' } } : step,
    );
    const results = await replayTrace({ ...trace, steps }, new EmbeddedDriver(new Engine()));
    expect(results.filter((result) => !isMatch(result)).map(({ index }) => index)).toEqual([
      trace.steps.indexOf(last),
    ]);
  });
});
