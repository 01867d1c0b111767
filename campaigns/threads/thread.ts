/** The entry of every thread: it runs jobs one after another, until the main thread ends it. */
import { once } from 'node:events';
import { parentPort } from 'node:worker_threads';
import { hasImportedModules } from '../../targets/import-module.js';
import { END_OF_THREAD } from '../../warm-thread.js';
import type { JobStart } from './job-start.js';
import { enterJob } from './worker-thread.js';

if (parentPort === null) throw new Error('a worker module runs only in a worker thread');
for (let jobs = 0; ; jobs++) {
  const [command] = (await once(parentPort, 'message')) as [JobStart | typeof END_OF_THREAD];
  if (command === END_OF_THREAD) break;
  enterJob(command);
  // The module of a room runs its job while it is imported. The number makes each job import it again; what it imports stays loaded.
  await import(`${command.module}?job=${jobs}`);
  // Modules of the user may have changed before the next job, and may leave timers.
  command.port.postMessage({ type: 'idle', isClean: !hasImportedModules() });
}
parentPort.close();
