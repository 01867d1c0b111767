import { describe, expect, it } from 'vitest';
import { countScenario, SCENARIOS, type CounterRun, type ScenarioCounters } from './counters.js';
import { onEngine } from './testing/on-engine.js';

async function openRun(): Promise<CounterRun> {
  const engine = onEngine();
  return { ...engine, pristine: await engine.replica.snapshot() };
}

describe('the counters of the gate', () => {
  it('are the same on every run, in any order, on a reset engine and on a new one', async () => {
    const run = await openRun();
    const count = async (scenarios: typeof SCENARIOS, on: CounterRun) => {
      const counted = new Map<string, ScenarioCounters>();
      for (const scenario of scenarios) counted.set(scenario.name, await countScenario(scenario, on));
      return counted;
    };
    const first = await count(SCENARIOS, run);
    const names = [...first.keys()].sort();
    const sorted = (counted: ReadonlyMap<string, ScenarioCounters>) =>
      names.map((name) => [name, counted.get(name)]);
    expect(sorted(await count([...SCENARIOS].reverse(), run))).toEqual(sorted(first));
    expect(sorted(await count(SCENARIOS, await openRun()))).toEqual(sorted(first));
  });

  it('have a name each, and count something', async () => {
    expect(new Set(SCENARIOS.map(({ name }) => name)).size).toBe(SCENARIOS.length);
    const run = await openRun();
    const many = await countScenario(
      SCENARIOS.find(({ name }) => name === 'finish in many messages')!,
      run,
    );
    expect(many.messages).toBeGreaterThan(many.calls);
    expect(many.instructions).toBeGreaterThan(1_000_000);
  });
});
