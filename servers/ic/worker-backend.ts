/** Runs the embedded engine in a worker thread, so that the server can answer other requests while a long message runs. */
import { entryUrl } from '../../package-root.js';
import type {
  Call,
  CreateCanisterOptions,
  InstallRequest,
  Outcome,
  PrincipalText,
} from '../../replicas/replica.js';
import { WorkerCalls } from '../http/worker-calls.js';
import type { CanisterFacts, IcBackend } from './backend.js';
import type { EmbeddedBackendOptions } from './embedded-backend.js';
import type { EngineThread } from './engine-worker.js';
import { HttpError } from '../http/reply.js';

export interface WorkerBackendOptions extends EmbeddedBackendOptions {
  /** The module that the thread runs. Default: the built one. */
  readonly entry?: URL;
}

export interface WorkerBackend extends IcBackend {
  createCanister(options?: CreateCanisterOptions): Promise<PrincipalText>;
  /** Runs to completion. The next block certifies the changes. */
  install(request: InstallRequest): Promise<Outcome>;
  /** Ends the thread, even while a message runs. Idempotent. */
  dispose(): Promise<void>;
}

const DEFAULT_ENTRY = entryUrl('servers/ic/engine-worker');

export async function createWorkerBackend({
  entry = DEFAULT_ENTRY,
  ...engine
}: WorkerBackendOptions): Promise<WorkerBackend> {
  const calls = new WorkerCalls({
    entry,
    start: engine,
    makeError: (cause) => new HttpError(503, `Replica is unhealthy: the engine has ended: ${cause}.`),
  });
  // The compiler cannot relate the result of `call` to the method's return type.
  const send = <M extends keyof EngineThread>(
    method: M,
    args: Parameters<EngineThread[M]>,
    moved: readonly ArrayBuffer[] = [],
  ) => calls.call(method, args, moved) as ReturnType<EngineThread[M]>;

  /** Copies the argument and transfers the copy. The argument may be a view of a larger body, which a clone would copy completely. */
  const withOwnArg = (call: Call): { readonly own: Call; readonly moved: readonly ArrayBuffer[] } => {
    const arg = Uint8Array.from(call.arg);
    return { own: { ...call, arg }, moved: [arg.buffer] };
  };

  const known = new Map<PrincipalText, CanisterFacts>();
  return {
    subnet: await send('subnet', []),
    createCanister: (options) => send('createCanister', [options]),
    install: (request) => send('install', [request]),
    submit: (call) => {
      const { own, moved } = withOwnArg(call);
      return send('submit', [own], moved);
    },
    round: (timeNs) => send('round', [timeNs]),
    status: (id) => send('status', [id]),
    query: (call, dataCertificate) => {
      const { own, moved } = withOwnArg(call);
      return send('query', [own, dataCertificate()], moved);
    },
    canisters: async () => {
      const { ids, changed } = await send('canisters', []);
      for (const facts of changed) known.set(facts.id, facts);
      return ids.map((id) => known.get(id)!);
    },
    metrics: () => send('metrics', []),
    dispose: () => calls.dispose(),
  };
}
