import { expect, it } from 'vitest';
import { Engine } from '../replicas/embedded/engine.js';
import { defaultSubnet } from '../replicas/embedded/subnet-options.js';
import { EmbeddedDriver } from './embedded-driver.js';
import { readGoldenTrace } from './golden-step.js';
import { replayTrace } from './replay.js';
import { isEndless } from './testing/quick-trace.js';
import { unexpectedResults } from './testing/unexpected-results.js';

/** A busy machine takes minutes for 5 billion instructions. */
const TIMEOUT_MS = 3_600_000;
const SETUP = [0, 1];
const { steps } = readGoldenTrace('traps');
const endless = (kind: 'update' | 'query') => steps.findIndex((step) => isEndless(step) && step.do === kind);

it(
  'the embedded engine ends the endless query at the instruction limit, as PocketIC 10.0.0 does',
  async () => {
    expect(await unexpectedResults('traps', [...SETUP, endless('query')])).toEqual([]);
  },
  TIMEOUT_MS,
);

it('the embedded engine ends the endless update as PocketIC 10.0.0 does, at a thousandth of its limit', async () => {
  const subnet = defaultSubnet();
  const { messageMax, sliceMax } = subnet.profile.limits;
  const scaled = { messageMax: messageMax / 1_000, sliceMax: sliceMax / 1_000 };
  const profile = { ...subnet.profile, limits: { ...subnet.profile.limits, ...scaled } };
  const engine = new Engine({ subnets: [{ ...subnet, profile }] });
  const replayed = [...SETUP, endless('update')].map((index) => steps[index]!);
  const results = await replayTrace(
    { ...readGoldenTrace('traps'), steps: replayed },
    new EmbeddedDriver(engine),
  );
  const { observed, expected } = results.at(-1)!;
  expect(expected).toContain(`the limit of ${messageMax} instructions`);
  expect(observed).toBe(expected!.replace(`${messageMax} instructions`, `${scaled.messageMax} instructions`));
});
