/** The start and the end of a server, and its port file. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { serve } from './serve.js';
import { createFakeBackend } from './testing/fake-backend.js';
import { CREATE_INSTANCE, sendTo, startServer } from './testing/start-server.js';

describe('serve', () => {
  const folder = (): string => {
    const made = mkdtempSync(path.join(tmpdir(), 'upload-stress-serve-'));
    onTestFinished(() => rmSync(made, { recursive: true }));
    return made;
  };
  const createBackend = () => Promise.resolve(createFakeBackend());

  it('writes the port when it listens and deletes the file when it ends', async () => {
    const portFile = path.join(folder(), 'x.port');
    const server = await startServer(createFakeBackend(), { portFile });
    expect(readFileSync(portFile, 'utf8')).toBe(`${server.port}\n`);
    await Promise.all([server.stop(), server.stop(), server.ended]);
    expect(existsSync(portFile)).toBe(false);
    await expect(fetch(server.url)).rejects.toThrow();
  });

  it('does not start if the port file exists', async () => {
    const portFile = path.join(folder(), 'x.port');
    writeFileSync(portFile, '1\n');
    expect(await serve({ createBackend, portFile })).toBeUndefined();
    expect(readFileSync(portFile, 'utf8')).toBe('1\n');
  });

  it('rejects a port in use and a file that cannot be created, and leaves no file', async () => {
    const taken = await startServer(createFakeBackend());
    const portFile = path.join(folder(), 'x.port');
    await expect(serve({ createBackend, portFile, port: taken.port })).rejects.toThrow(/EADDRINUSE/);
    expect(existsSync(portFile)).toBe(false);
    await expect(serve({ createBackend, portFile: path.join(folder(), 'no', 'x.port') })).rejects.toThrow(
      /ENOENT/,
    );
  });

  it('ends after the ttl without a request', async () => {
    const server = await startServer(createFakeBackend(), { ttlSeconds: 0.05 });
    await server.ended;
    await expect(fetch(server.url)).rejects.toThrow();
  });

  it('ends after the hard ttl, even while a request is open', async () => {
    const never = new Promise<void>(() => undefined);
    const server = await startServer(createFakeBackend({ tick: () => never }), { hardTtlSeconds: 0.5 });
    const send = sendTo(server.url);
    await send('POST', '/instances', CREATE_INSTANCE);
    await expect(send('POST', '/instances/0/update/tick', '{}')).rejects.toThrow();
    await server.ended;
  });

  it('does not end while a request is open, even if it takes longer than the ttl', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    let isEnded = false;
    // A tick that runs for twice the ttl.
    const tick = vi.fn(async () => void vi.advanceTimersByTime(8_000));
    const server = await startServer(createFakeBackend({ tick }), { ttlSeconds: 4 });
    void server.ended.then(() => (isEnded = true));
    const send = sendTo(server.url);
    await send('POST', '/instances', CREATE_INSTANCE);
    expect((await send('POST', '/instances/0/update/tick', '{}')).status).toBe(200);
    expect(tick).toHaveBeenCalledOnce();
    expect(isEnded).toBe(false);
    await server.stop();
  });
});
