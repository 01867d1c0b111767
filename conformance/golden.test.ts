import { describe, expect, it } from 'vitest';
import { Engine } from '../replicas/embedded/engine.js';
import { CONFORMANCE } from './conformance.js';
import { EmbeddedDriver } from './embedded-driver.js';
import { EXPECTED_FAILURES } from './expected-failures.js';
import { GOLDEN_TRACES, readGoldenTrace, type GoldenTraceName } from './golden-step.js';
import { isMatch, replayTrace } from './replay.js';
import { isEndless } from './testing/quick-trace.js';
import { unexpectedResults } from './testing/unexpected-results.js';

/** Indices of the steps that end soon. `endless-loops.test.ts` replays the others. */
function quickSteps(name: GoldenTraceName): readonly number[] {
  const { steps } = readGoldenTrace(name);
  return steps.flatMap((step, index) => (isEndless(step) ? [] : [index]));
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
    expect(await unexpectedResults(name, quickSteps(name))).toEqual([]);
  });

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
