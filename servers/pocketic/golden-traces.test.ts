/**
 * Runs the golden traces over HTTP with the driver's transport and codecs: against the embedded engine behind this server, and, if its
 * binary is found, against a real PocketIC server. The traces were recorded from it, so the second run tests the driver.
 */
import { describe, expect, it, onTestFinished } from 'vitest';
import { readGoldenTrace, GOLDEN_TRACES, type GoldenStep } from '../../conformance/golden-step.js';
import { isMatch, replayTrace } from '../../conformance/replay.js';
import { findServer } from '../../replicas/pocketic/find-server.js';
import { startServer as startPocketIc } from '../../replicas/pocketic/server-process.js';
import { EngineBackend } from './engine-backend.js';
import { RestDriver } from '../../conformance/rest-driver.js';
import { CREATE_INSTANCE, sendTo, startServer } from './testing/start-server.js';

/** Traces with endless loops are skipped, because the limit of 40e9 instructions takes minutes. The engine's own suite runs them. */
const isEndless = (step: GoldenStep): boolean => 'method' in step && step.method.startsWith('forever');

async function differences(name: (typeof GOLDEN_TRACES)[number], url: string): Promise<unknown[]> {
  const { status, text } = await sendTo(url)('POST', '/instances', CREATE_INSTANCE);
  expect(status, text).toBe(201);
  const { instance_id: id } = (JSON.parse(text) as { Created: { instance_id: number } }).Created;
  const trace = readGoldenTrace(name);
  const steps = trace.steps.filter((step) => !isEndless(step));
  const results = await replayTrace({ ...trace, steps }, new RestDriver(url, id));
  return results.filter((result) => !isMatch(result));
}

const startStandIn = () => startServer(() => Promise.resolve(new EngineBackend()));

const { found } = await findServer();

async function startFound(binary: string) {
  const server = await startPocketIc({ binary });
  onTestFinished(() => server.stop());
  return server;
}

const servers = [
  { server: 'the embedded engine', start: startStandIn },
  ...(found ? [{ server: `PocketIC ${found.version}`, start: () => startFound(found.path) }] : []),
];

describe.each(servers)('the results of $server over HTTP', ({ start }) => {
  it.each(GOLDEN_TRACES)('equal the golden trace %s of PocketIC 10.0.0', async (name) => {
    const { url } = await start();
    expect(await differences(name, url)).toEqual([]);
  });
});
