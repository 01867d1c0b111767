/** Runs in the thread of an instance: an engine behind a message port, see `worker-backend.ts`. */
import { parentPort } from 'node:worker_threads';
import { EngineBackend } from './engine-backend.js';
import { serveWorkerCalls } from './worker-calls.js';

if (!parentPort) throw new Error('engine-worker.js runs in a worker thread only');

const { print } = serveWorkerCalls(parentPort, new EngineBackend({ onPrint: (line) => print(line) }));
