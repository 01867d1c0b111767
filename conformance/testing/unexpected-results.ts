import { Engine } from '../../replicas/embedded/engine.js';
import { EmbeddedDriver } from '../embedded-driver.js';
import { EXPECTED_FAILURES } from '../expected-failures.js';
import { readGoldenTrace, type GoldenTraceName } from '../golden-step.js';
import { isMatch, replayTrace } from '../replay.js';

/** Replays the given steps and returns those whose result is unexpected, by their index in the whole trace. */
export async function unexpectedResults(name: GoldenTraceName, indices: readonly number[]) {
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
