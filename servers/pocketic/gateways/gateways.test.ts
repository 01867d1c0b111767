import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { compileHttpCanister, httpReply } from '../../ic/testing/http-canister.js';
import { NEW, setUp } from '../testing/pic-network.js';
import { CREATE_INSTANCE, sendTo, startServer } from '../testing/start-server.js';
import { EngineBackend } from '../engine-backend.js';

const POST_JSON = { method: 'POST', headers: { 'content-type': 'application/json' } };
const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

async function setUpGateway(config: object = {}) {
  const { pic, url, send } = await setUp({ nns: NEW, application: [NEW] });
  const canisterId = await pic.createCanister();
  const rules = {
    query: [
      { on: '/change', reply: httpReply({ upgrade: true }) },
      { on: '', reply: httpReply({ status: 203, body: 'seen' }) },
    ],
    update: [{ on: '', reply: httpReply({ body: 'changed' }) }],
  };
  await pic.installCode({ canisterId, wasm: await compileHttpCanister(rules) });
  const body = JSON.stringify({ forward_to: { PocketIcInstance: 0 }, ...config });
  const created = await send('POST', '/http_gateway', body);
  const { Created } = JSON.parse(created.text) as { Created: { instance_id: number; port: number } };
  return { url, send, created, gateway: Created, canister: canisterId.toText(), pic };
}

/** Sends a request with any host header, which `fetch` does not allow. */
function get(port: number, host: string, request = httpRequest): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const options = { port, host: '127.0.0.1', headers: { host }, rejectUnauthorized: false };
    request(options, (response) => {
      let text = '';
      response.on('data', (part) => (text += String(part)));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    })
      .on('error', reject)
      .end();
  });
}

describe('an HTTP gateway of an instance', () => {
  it('forwards requests to the canister that the host or the query names', async () => {
    const { gateway, canister } = await setUpGateway({ domains: ['localhost', 'example.org'] });
    const hosts = [`${canister}.localhost:${gateway.port}`, `${canister}.raw.example.org`];
    for (const host of hosts) expect(await get(gateway.port, host)).toEqual({ status: 203, text: 'seen' });
    const byQuery = await fetch(`http://127.0.0.1:${gateway.port}/?canisterId=${canister}`);
    expect(await byQuery.text()).toBe('seen');
    const unnamed = await get(gateway.port, `${canister}.example.com`);
    expect(unnamed.status).toBe(400);
    expect(unnamed.text).toContain('canister_id_not_resolved');
    const absent = await fetch(`http://127.0.0.1:${gateway.port}/?canisterId=aaaaa-aa`);
    expect(absent.status).toBe(400);
  });

  it('sends an update call if the canister asks for it, while the instance makes progress', async () => {
    const { gateway, canister, url } = await setUpGateway();
    await fetch(`${url}/instances/0/auto_progress`, { ...POST_JSON, body: '{}' });
    const changed = await fetch(`http://127.0.0.1:${gateway.port}/change?canisterId=${canister}`);
    expect(await changed.text()).toBe('changed');
  });

  it('serves the HTTP interface and the topology of the instance to web pages', async () => {
    const { gateway, send } = await setUpGateway();
    const base = `http://127.0.0.1:${gateway.port}`;
    const status = await fetch(`${base}/api/v2/status`);
    expect(status.headers.get('content-type')).toBe('application/cbor');
    expect(status.headers.get('access-control-allow-origin')).toBe('*');
    const topology = await send('GET', '/instances/0/read/topology');
    expect(await (await fetch(`${base}/_/topology`)).text()).toBe(topology.text);
    const preflight = await fetch(`${base}/api/v2/status`, { method: 'OPTIONS' });
    expect(preflight.headers.get('access-control-allow-methods')).toContain('POST');
    expect((await fetch(`${base}/api/v9/status`)).status).toBe(404);
  });

  it('is listed until it is stopped or its instance is deleted', async () => {
    const { gateway, send } = await setUpGateway();
    const { port } = gateway;
    const listed = {
      instance_id: 0,
      port,
      forward_to: { PocketIcInstance: 0 },
      domains: null,
      https_config: null,
    };
    expect(JSON.parse((await send('GET', '/http_gateway')).text)).toEqual([listed]);
    const taken = await send(
      'POST',
      '/http_gateway',
      JSON.stringify({ forward_to: { PocketIcInstance: 0 }, port }),
    );
    expect(taken).toMatchObject({
      status: 502,
      text: `{"Error":{"message":"Failed to bind to address 127.0.0.1:${port}: Address already in use (os error 98)"}}`,
    });
    expect(await send('POST', '/http_gateway/0/stop')).toMatchObject({ status: 200, text: 'null' });
    expect((await send('GET', '/http_gateway')).text).toBe('[]');
    await expect(fetch(`http://127.0.0.1:${port}/api/v2/status`)).rejects.toThrow();

    const second = await send(
      'POST',
      '/http_gateway',
      JSON.stringify({ forward_to: { PocketIcInstance: 0 } }),
    );
    expect(JSON.parse(second.text)).toMatchObject({ Created: { instance_id: 1 } });
    await send('DELETE', '/instances/0');
    expect((await send('GET', '/http_gateway')).text).toBe('[]');
  });

  it('can be created with its instance, which is refused if the gateway cannot listen', async () => {
    const { url } = await startServer((options) => Promise.resolve(new EngineBackend(options)));
    const send = sendTo(url);
    const config = JSON.parse(CREATE_INSTANCE) as object;
    const create = (gateway: object) =>
      send('POST', '/instances', JSON.stringify({ ...config, http_gateway_config: gateway }));
    const created = await create({});
    const { Created } = JSON.parse(created.text) as {
      Created: { http_gateway_info: { instance_id: number; port: number } };
    };
    const { port } = Created.http_gateway_info;
    expect((await fetch(`http://127.0.0.1:${port}/api/v2/status`)).status).toBe(200);
    const refused = await create({ port });
    expect(refused.status).toBe(400);
    expect(refused.text).toContain('Failed to bind to address');
    expect((await send('GET', '/instances')).text).toBe('["Available","Deleted"]');
  });

  it.each([
    [{ forward_to: { Replica: 'http://127.0.0.1:1' } }, 'cannot forward to another replica'],
    [
      { forward_to: { PocketIcInstance: 0 }, domain_custom_provider_local_file: '/x' },
      'does not support domain_custom_provider_local_file',
    ],
    [
      { forward_to: { PocketIcInstance: 0 }, https_config: { cert_path: '/absent', key_path: '/absent' } },
      'TLS config could not be created: No such file or directory',
    ],
  ])('is refused with a reason for %j', async (config, reason) => {
    const { send } = await setUpGateway();
    const answer = await send('POST', '/http_gateway', JSON.stringify(config));
    expect(answer.status).toBe(502);
    expect(answer.text).toContain(reason);
  });

  it.skipIf(!hasOpenssl)('speaks HTTPS with the given key and certificate', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gateway-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const [key_path, cert_path] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    const files = ['-keyout', key_path, '-out', cert_path];
    execFileSync('openssl', ['req', '-x509', ...curve, ...files, '-subj', '/CN=localhost'], {
      stdio: 'ignore',
    });
    const { gateway, canister } = await setUpGateway({ https_config: { key_path, cert_path } });
    expect(await get(gateway.port, `${canister}.localhost`, httpsRequest)).toEqual({
      status: 203,
      text: 'seen',
    });
  });
});
