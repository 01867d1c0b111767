import { describe, expect, it } from 'vitest';
import { Engine } from '../replicas/embedded/engine.js';
import { EngineBackend } from '../servers/pocketic/engine-backend.js';
import { startServer } from '../servers/pocketic/testing/start-server.js';
import type { Driver } from './driver.js';
import { EmbeddedDriver } from './embedded-driver.js';
import {
  formatGoldenTrace,
  GOLDEN_TRACES,
  readGoldenText,
  readGoldenTrace,
  type GoldenStep,
  type GoldenTrace,
  type GoldenTraceName,
} from './golden-step.js';
import { recordTrace } from './replay.js';
import { RestDriver } from './rest-driver.js';

/** Loops that end at the instruction limit only; `golden.test.ts` runs them. */
const isEndless = (step: GoldenStep): boolean => 'method' in step && step.method.startsWith('forever');

function quickTrace(name: GoldenTraceName): GoldenTrace {
  const trace = readGoldenTrace(name);
  return { ...trace, steps: trace.steps.filter((step) => !isEndless(step)) };
}

async function recordText(trace: GoldenTrace, driver: Driver): Promise<string> {
  return formatGoldenTrace(await recordTrace(trace, driver));
}

/** The cycle balance that the trace recorded for information, one at most. */
function balanceOf({ steps }: GoldenTrace): bigint {
  const [status] = steps.flatMap((step) => ('seen' in step ? [step.seen] : []));
  return BigInt(status!.cycles);
}

/**
 * By how much the engine's balance is higher: `docs/FIDELITY.md` says what is known of it. That of `traps` has a recursion before it
 * whose depth is the machine's.
 */
const BALANCE_HIGHER: Partial<Record<GoldenTraceName, bigint>> = {
  lifecycle: 8_721_976n,
  instructions: 2_057_000n,
};

describe('recording the golden traces again', () => {
  it.each(GOLDEN_TRACES)('%s: the text of the file is that of the data', (name) => {
    expect(formatGoldenTrace(readGoldenTrace(name))).toBe(readGoldenText(name));
  });

  it.each(GOLDEN_TRACES)('%s: the embedded engine gives the original, byte for byte', async (name) => {
    const trace = quickTrace(name);
    expect(await recordText(trace, new EmbeddedDriver(new Engine()))).toBe(formatGoldenTrace(trace));
  });

  it.each(GOLDEN_TRACES)('%s: over HTTP all but cycle balances is the original', async (name) => {
    const { url } = await startServer(() => Promise.resolve(new EngineBackend()));
    const driver = await RestDriver.create(url);
    const trace = quickTrace(name);
    const recorded = await recordTrace(trace, driver);
    await driver.dispose();
    const higher = BALANCE_HIGHER[name];
    if (higher !== undefined) expect(balanceOf(recorded) - balanceOf(trace)).toBe(higher);
    const withoutCycles = ({ steps }: GoldenTrace) =>
      steps.map((step) => ('seen' in step ? { ...step, seen: { ...step.seen, cycles: '' } } : step));
    expect(withoutCycles(recorded)).toEqual(withoutCycles(trace));
  });

  it('writes what was answered, whatever the original expects', async () => {
    const trace = quickTrace('lifecycle');
    const blank = JSON.parse(JSON.stringify(trace)) as { steps: Record<string, unknown>[] };
    for (const step of blank.steps) if ('expect' in step) step['expect'] = 'unknown';
    const text = await recordText(blank as unknown as GoldenTrace, new EmbeddedDriver(new Engine()));
    expect(text).toBe(formatGoldenTrace(trace));
  });
});
