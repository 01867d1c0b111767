/** The worker thread of a live server: the embedded engine behind a message port. See `worker-backend.ts`. */
import { parentPort } from 'node:worker_threads';
import type {
  Call,
  CreateCanisterOptions,
  InstallRequest,
  MessageId,
  PrincipalText,
} from '../../replicas/replica.js';
import { serveWorkerCalls } from '../http/worker-calls.js';
import type { CanisterFacts } from './backend.js';
import { cacheFolder } from '../../replicas/embedded/cache-folder.js';
import { type EmbeddedBackendOptions, createEmbeddedBackend } from './embedded-backend.js';

function createThread(options: EmbeddedBackendOptions) {
  const backend = createEmbeddedBackend({ ...options, cacheDir: cacheFolder() });
  /** The facts that were sent last. An unchanged object is not sent again. */
  const sent = new Map<PrincipalText, CanisterFacts>();
  return {
    subnet: async () => backend.subnet,
    createCanister: (given?: CreateCanisterOptions) => backend.replica.createCanister(given),
    install: (request: InstallRequest) => backend.replica.install(request),
    submit: (call: Call) => backend.submit(call),
    round: (timeNs: bigint) => backend.round(timeNs),
    status: (id: MessageId) => backend.status(id),
    query: (call: Call, dataCertificate: Uint8Array) => backend.query(call, () => dataCertificate),
    canisters: async () => {
      const now = await backend.canisters();
      const changed = now.filter((facts) => sent.get(facts.id) !== facts);
      for (const facts of changed) sent.set(facts.id, facts);
      return { ids: now.map(({ id }) => id), changed };
    },
    metrics: () => backend.metrics(),
  };
}

/** The methods that other threads can call. */
export type EngineThread = ReturnType<typeof createThread>;

if (!parentPort) throw new Error('engine-worker.js runs in a worker thread only');
serveWorkerCalls(parentPort, (start) => createThread(start as EmbeddedBackendOptions));
