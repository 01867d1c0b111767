import { expect, vi } from 'vitest';
import { it } from '../../suites/testing/fixtures.js';
import type { EchoJob, EchoMessage } from '../testing/echo-worker.js';
import { startThreadJob, type ThreadJobOptions } from './thread-job.js';

const module = new URL('../testing/echo-worker.ts', import.meta.url);

type Options = Partial<ThreadJobOptions<EchoJob, EchoMessage>>;

function start(job: EchoJob, options: Options = {}) {
  let answer: (message: EchoMessage) => void;
  const answered = new Promise<EchoMessage>((resolve) => (answer = resolve));
  const onMessage = (message: EchoMessage) => {
    answer(message);
  };
  const { done, stop } = startThreadJob<EchoJob, EchoMessage>({
    room: 'run',
    module,
    job,
    onMessage,
    ...options,
  });
  return { done, stop, answered };
}

/** The thread that runs the job. */
async function threadOf(job: EchoJob, options?: Options): Promise<number> {
  const { done, answered } = start(job, options);
  await done;
  const { says, thread } = await answered;
  expect(says).toBe(job.says);
  return thread;
}

it('jobs run in one thread, but not after a job that imported a module of the user', async ({ file }) => {
  const ofUser = file('target.mjs', 'export default 1;');
  const first = await threadOf({ says: 'first' });
  expect(await threadOf({ says: 'second' })).toBe(first);
  expect(await threadOf({ says: 'third', imports: ofUser })).toBe(first);
  expect(await threadOf({ says: 'fourth' })).not.toBe(first);
});

it('a job that is measured, or that has another environment, runs in another thread', async () => {
  const first = await threadOf({ says: 'first' });
  expect(await threadOf({ says: 'measured' }, { needsNewThread: true })).not.toBe(first);
  const second = await threadOf({ says: 'second' });
  vi.stubEnv('UPLOAD_STRESS_TEST', 'another environment');
  try {
    expect(await threadOf({ says: 'third' })).not.toBe(second);
  } finally {
    vi.unstubAllEnvs();
  }
});

it('the stop of a job ends its thread, and only its own', async () => {
  const before = start({ says: 'ends' });
  await before.done;
  const waiting = start({ says: 'waits', then: 'wait for the stop' });
  const { thread } = await waiting.answered;
  expect(thread).toBe((await before.answered).thread);
  // The job of this handle has ended: two calls would terminate the thread.
  before.stop();
  before.stop();
  waiting.stop();
  await waiting.done;
  expect(await threadOf({ says: 'next' })).not.toBe(thread);

  const endless = start({ says: 'loops', then: 'never end' });
  await endless.answered;
  endless.stop();
  endless.stop();
  await endless.done;
});

it('a thread that breaks or exits keeps what its job said before', async () => {
  const broken = start({ says: 'broken', then: 'throw' });
  await expect(broken.done).rejects.toThrow('the job is broken');
  expect(await broken.answered).toMatchObject({ says: 'broken' });
  expect(await threadOf({ says: 'exits', then: 'exit' })).not.toBe((await broken.answered).thread);
});
