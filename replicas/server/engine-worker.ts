/** Runs in the thread of an instance: an engine behind a message port, see `worker-backend.ts`. */
import { parentPort } from 'node:worker_threads';
import { EngineBackend } from './engine-backend.js';
import type { WorkerAnswer, WorkerRequest } from './worker-backend.js';

const port = parentPort;
if (!port) throw new Error('engine-worker.js runs in a worker thread only');

const answer = (message: WorkerAnswer): void => port.postMessage(message);
const backend = new EngineBackend({ onPrint: (print) => answer({ print }) });

port.on('message', ({ number, method, args }: WorkerRequest) => {
  const run = backend[method] as (...args: readonly unknown[]) => Promise<unknown>;
  run.apply(backend, args as unknown[]).then(
    (value) => answer({ number, value }),
    (error: unknown) => answer({ number, error: error instanceof Error ? error.message : String(error) }),
  );
});
