import { describe, expect, it } from 'vitest';
import { Engine } from '../replicas/embedded/engine.js';
import { CONFORMANCE } from './conformance.js';
import { EmbeddedDriver } from './embedded-driver.js';
import { EXPECTED_FAILURES } from './expected-failures.js';
import { GOLDEN_TRACES, readGoldenTrace, type GoldenTrace, type GoldenTraceName } from './golden-step.js';
import { isMatch, replayTrace } from './replay.js';
import { isEndless } from './testing/quick-trace.js';

/** Endless loops take minutes, so they have a test and a timeout of their own. */
const ENDLESS_TIMEOUT_MS = 900_000;

function split(trace: GoldenTrace): { quick: readonly number[]; endless: readonly number[] } {
  const indices = trace.steps.map((_, index) => index);
  return {
    quick: indices.filter((index) => !isEndless(trace.steps[index]!)),
    endless: indices.filter((index) => isEndless(trace.steps[index]!)),
  };
}

/** Replays the given steps and returns those whose result is unexpected, by their index in the whole trace. */
async function unexpectedResults(name: GoldenTraceName, indices: readonly number[]) {
  const trace = readGoldenTrace(name);
  const steps = indices.map((index) => trace.steps[index]!);
  const results = await replayTrace({ ...trace, steps }, new EmbeddedDriver(new Engine()));
  return results.flatMap((result, position): object[] => {
    const index = indices[position]!;
    const known = EXPECTED_FAILURES.find((failure) => failure.trace === name && failure.index === index);
    if (isMatch(result) === (known === undefined)) return [];
    if (known)
      return [{ index, problem: 'listed as an expected failure, but matches', reason: known.reason }];
    return [{ index, step: result.step, expected: result.expected, observed: result.observed }];
  });
}

describe('replaying the golden traces of PocketIC 10.0.0 on the embedded engine', () => {
  it('counts all recorded steps and those that the engine reproduces', () => {
    const count = GOLDEN_TRACES.reduce((sum, name) => sum + readGoldenTrace(name).steps.length, 0);
    expect(count).toBe(401);
    expect(CONFORMANCE).toEqual({
      steps: count,
      met: count - EXPECTED_FAILURES.length,
      expectedFailures: EXPECTED_FAILURES.length,
    });
  });

  it.each(GOLDEN_TRACES)('reproduces the trace %s', async (name) => {
    expect(await unexpectedResults(name, split(readGoldenTrace(name)).quick)).toEqual([]);
  });

  it(
    'ends endless loops at the instruction limit',
    async () => {
      const trace = readGoldenTrace('traps');
      const setup = [0, 1];
      expect(await unexpectedResults('traps', [...setup, ...split(trace).endless])).toEqual([]);
    },
    ENDLESS_TIMEOUT_MS,
  );

  it('reports a step whose answer differs', async () => {
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
