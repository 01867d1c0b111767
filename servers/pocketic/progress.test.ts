import { describe, expect, it, vi } from 'vitest';
import { createInstance, message } from './testing/instance.js';
import { CREATE_INSTANCE, sendTo, startServer } from './testing/start-server.js';
import { createFakeBackend } from './testing/fake-backend.js';

const PROGRESS = '/instances/0/auto_progress';
const STOP = '/instances/0/stop_progress';

describe('automatic progress of an instance', () => {
  it('sets the time of the machine and runs rounds until it is stopped', async () => {
    let ticks = 0;
    const send = await createInstance({
      tick: async () => {
        ticks++;
      },
    });
    expect((await send('GET', PROGRESS)).text).toBe('false');
    expect(await send('POST', PROGRESS, '{}')).toMatchObject({ status: 200, text: 'null' });
    expect((await send('GET', PROGRESS)).text).toBe('true');
    await vi.waitFor(() => expect(ticks).toBeGreaterThan(2), 60_000);
    const { text } = await send('GET', '/instances/0/read/get_time');
    expect(BigInt(/\d+/.exec(text)![0])).toBeGreaterThan(1_700_000_000_000_000_000n);
    expect((await send('POST', STOP, '{}')).status).toBe(200);
    const stopped = ticks;
    expect((await send('GET', PROGRESS)).text).toBe('false');
    expect((await send('POST', '/instances/0/update/tick', '{}')).status).toBe(200);
    expect(ticks).toBe(stopped + 1);
  });

  it('is refused if it is enabled already, and stopped any number of times', async () => {
    const send = await createInstance();
    await send('POST', PROGRESS, '{"artificial_delay_ms":60000}');
    expect(await send('POST', PROGRESS, '{}')).toMatchObject({
      status: 400,
      text: message('Auto progress mode has already been enabled.'),
    });
    expect((await send('POST', STOP, '{}')).status).toBe(200);
    expect((await send('POST', STOP, '{}')).status).toBe(200);
    expect((await send('POST', PROGRESS, '{}')).status).toBe(200);
  });

  it('starts with an instance that asks for it, and ends with the instance', async () => {
    let ticks = 0;
    const backend = createFakeBackend({
      tick: async () => {
        ticks++;
      },
    });
    const { url } = await startServer(backend);
    const send = sendTo(url);
    const config = {
      ...(JSON.parse(CREATE_INSTANCE) as object),
      initial_time: { AutoProgress: { artificial_delay_ms: null } },
    };
    expect((await send('POST', '/instances', JSON.stringify(config))).status).toBe(201);
    await vi.waitFor(() => expect(ticks).toBeGreaterThan(1), 60_000);
    expect((await send('DELETE', '/instances/0')).status).toBe(200);
    expect((await send('GET', PROGRESS)).status).toBe(400);
  });
});
