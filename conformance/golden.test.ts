import { describe, expect, it } from 'vitest';
import { Engine } from '../replicas/embedded/engine.js';
import { CONFORMANCE } from './conformance.js';
import { EmbeddedDriver } from './embedded-driver.js';
import { EXPECTED_FAILURES } from './expected-failures.js';
import { GOLDEN_TRACES, readGoldenTrace, type GoldenTraceName } from './golden-step.js';
import { isMatch, isNewerAnswer, replayTrace } from './replay.js';
import { isEndless, quickTrace } from './testing/quick-trace.js';
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

  it('answers four steps as a newer server does, which names the function for stable memory that traps', async () => {
    const trace = quickTrace('traps');
    const results = await replayTrace(trace, new EmbeddedDriver(new Engine()));
    const newer = results.filter(isNewerAnswer);
    expect(newer.map(({ step }) => ('method' in step ? step.method : step.do))).toEqual([
      'stable_oob',
      'stable_write_oob',
      'stable32_oob',
      'fetch_canister_logs',
    ]);
    for (const { observed, expected } of newer) {
      expect(
        observed?.replaceAll(/\\nCanister Backtrace:\\nstable\w+\\nunknown function at index \d+\\n/g, ''),
      ).toBe(expected);
    }
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
