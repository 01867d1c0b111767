/** Runs in the thread of a live server: the embedded engine behind a message port, see `worker-backend.ts`. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Call, CreateCanisterOptions, InstallRequest, PrincipalText } from '../../replicas/replica.js';
import { serveWorkerCalls } from '../http/worker-calls.js';
import type { CanisterFacts } from './backend.js';
import { type EmbeddedBackendOptions, createEmbeddedBackend } from './embedded-backend.js';

function createThread(options: EmbeddedBackendOptions) {
  const backend = createEmbeddedBackend(options);
  /** As they were told last: facts that are the same object have not changed, and are not sent again. */
  const told = new Map<PrincipalText, CanisterFacts>();
  return {
    subnet: async () => backend.subnet,
    createCanister: (given?: CreateCanisterOptions) => backend.replica.createCanister(given),
    install: (request: InstallRequest) => backend.replica.install(request),
    submit: backend.submit,
    round: backend.round,
    status: backend.status,
    query: (call: Call, dataCertificate: Uint8Array) => backend.query(call, () => dataCertificate),
    canisters: async () => {
      const now = await backend.canisters();
      const changed = now.filter((facts) => told.get(facts.id) !== facts);
      for (const facts of changed) told.set(facts.id, facts);
      return { ids: now.map(({ id }) => id), changed };
    },
    metrics: backend.metrics,
  };
}

/** What the thread can be asked. */
export type EngineThread = ReturnType<typeof createThread>;

if (!parentPort) throw new Error('engine-worker.js runs in a worker thread only');
serveWorkerCalls(parentPort, createThread(workerData as EmbeddedBackendOptions));
