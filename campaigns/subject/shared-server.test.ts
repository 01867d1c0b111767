import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Replica } from '../../replicas/replica.js';
import { writeFakeServer } from '../../replicas/pocketic/testing/fake-server.js';
import { SharedServer } from './replicas.js';

/** The URL of the server, from the error after its end. */
async function urlInError(replica: Replica): Promise<string | undefined> {
  const error: unknown = await replica.round().catch((reason: unknown) => reason);
  return /no answer from the PocketIC server at (\S+)/.exec(String(error))?.[1];
}

afterEach(() => vi.unstubAllEnvs());

describe('SharedServer', () => {
  it('serves several replicas from one process, which outlives each of them', async () => {
    vi.stubEnv('POCKET_IC_BIN', await writeFakeServer());
    const server = new SharedServer();
    const [first, second, third] = await Promise.all([
      server.createReplica(),
      server.createReplica(),
      server.createReplica(),
    ]);
    await first.dispose();
    await expect(second.round()).resolves.toBeUndefined();
    await server.stop();
    const url = await urlInError(second);
    expect(url).toMatch(/^http:/);
    expect(await urlInError(third)).toBe(url);
  });

  it('reports a missing server for each replica', async () => {
    vi.stubEnv('POCKET_IC_BIN', '/nowhere/pocket-ic');
    vi.stubEnv('PATH', '/nowhere');
    const server = new SharedServer();
    await expect(server.createReplica()).rejects.toThrow(/^no PocketIC server was found/);
    await expect(server.createReplica()).rejects.toThrow(/^no PocketIC server was found/);
    await server.stop();
  });
});
