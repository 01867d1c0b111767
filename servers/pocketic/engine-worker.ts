/** The worker thread of an instance: an engine behind a message port. See `worker-backend.ts`. */
import { parentPort } from 'node:worker_threads';
import { cacheFolder } from '../../replicas/embedded/cache-folder.js';
import { EngineBackend } from './engine-backend.js';
import type { WorkerStart } from './worker-backend.js';
import { serveWorkerCalls } from '../http/worker-calls.js';

if (!parentPort) throw new Error('engine-worker.js runs in a worker thread only');

serveWorkerCalls(parentPort, (start, onPrint) => {
  const options = start as WorkerStart;
  return new EngineBackend({ ...options, cacheDir: cacheFolder(), onPrint });
});
