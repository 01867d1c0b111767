import { expect, it } from 'vitest';
import { readGoldenTrace } from './golden-step.js';
import { isEndless } from './testing/quick-trace.js';
import { unexpectedResults } from './testing/unexpected-results.js';

/** A busy machine takes minutes for 45 billion instructions. */
const TIMEOUT_MS = 3_600_000;

it(
  'the embedded engine ends endless loops at the instruction limit, as PocketIC 10.0.0 does',
  async () => {
    const { steps } = readGoldenTrace('traps');
    const endless = steps.flatMap((step, index) => (isEndless(step) ? [index] : []));
    expect(endless).toHaveLength(2);
    const setup = [0, 1];
    expect(await unexpectedResults('traps', [...setup, ...endless])).toEqual([]);
  },
  TIMEOUT_MS,
);
