import { describe, expect, it } from 'vitest';
import { Engine } from '../replicas/embedded/engine.js';
import { EmbeddedDriver } from './embedded-driver.js';
import {
  formatGoldenTrace,
  GOLDEN_TRACES,
  readGoldenText,
  readGoldenTrace,
  type GoldenTrace,
} from './golden-step.js';
import { withNewerAnswers } from './newer-answers.js';
import { recordTrace } from './replay.js';
import { quickTrace } from './testing/quick-trace.js';

async function recordText(trace: GoldenTrace): Promise<string> {
  return formatGoldenTrace(await recordTrace(trace, new EmbeddedDriver(new Engine())));
}

describe('recording the golden traces on the embedded engine', () => {
  it.each(GOLDEN_TRACES)('formats the trace %s as its file has it', (name) => {
    expect(formatGoldenTrace(readGoldenTrace(name))).toBe(readGoldenText(name));
  });

  it.each(GOLDEN_TRACES)(
    'reproduces the trace %s with the answers of a newer server byte for byte',
    async (name) => {
      const trace = quickTrace(name);
      expect(await recordText(trace)).toBe(formatGoldenTrace(withNewerAnswers(trace)));
    },
  );

  it('records the observed answers and ignores the expected ones', async () => {
    const trace = quickTrace('lifecycle');
    const blank = JSON.parse(JSON.stringify(trace)) as { steps: Record<string, unknown>[] };
    for (const step of blank.steps) if ('expect' in step) step['expect'] = 'unknown';
    expect(await recordText(blank as unknown as GoldenTrace)).toBe(formatGoldenTrace(trace));
  });
});
