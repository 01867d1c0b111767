/** Starts servers that end with the test, and creates clients for them. */
import { HttpAgent, type Identity } from '@icp-sdk/core/agent';
import { Ed25519KeyIdentity } from '@icp-sdk/core/identity';
import { onTestFinished } from 'vitest';
import { type LiveServer, type LiveServerOptions, startLiveServer } from '../live-server.js';
import { type FakeBackend, createFakeBackend } from './fake-backend.js';

export async function startFakeServer(
  options: LiveServerOptions = {},
  backend: FakeBackend = createFakeBackend(),
): Promise<{ readonly backend: FakeBackend; readonly server: LiveServer }> {
  const server = await startLiveServer(backend, options);
  onTestFinished(() => server.close());
  return { backend, server };
}

/** Creates an agent like users do, but without retries. */
export function createAgent(
  server: LiveServer,
  identity: Identity = Ed25519KeyIdentity.generate(),
): Promise<HttpAgent> {
  return HttpAgent.create({ host: server.url, identity, shouldFetchRootKey: true, retryTimes: 0 });
}

export function post(url: string, body: Uint8Array, contentType = 'application/cbor'): Promise<Response> {
  return fetch(url, { method: 'POST', body: new Uint8Array(body), headers: { 'content-type': contentType } });
}
