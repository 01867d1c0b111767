/** Runs an instance in a worker thread, so that the server can answer requests while the engine is busy. */
import { entryUrl } from '../../package-root.js';
import type { InstanceBackend } from './backend.js';
import type { BackendOptions } from './instances.js';
import { WorkerCalls } from '../http/worker-calls.js';

type BackendMethod = Exclude<keyof InstanceBackend, 'dispose'>;

/** The start of the thread. Default: one application subnet. */
export type WorkerStart = Partial<BackendOptions>;

export interface WorkerBackendOptions extends WorkerStart {
  /** The module that the thread runs. Default: the built one. */
  readonly entry?: URL;
  readonly onPrint?: (line: string) => void;
}

const DEFAULT_ENTRY = entryUrl('servers/pocketic/engine-worker');

export function createWorkerBackend({
  entry = DEFAULT_ENTRY,
  onPrint,
  ...start
}: WorkerBackendOptions = {}): Promise<InstanceBackend> {
  return Promise.resolve(proxy(new WorkerCalls({ entry, start, ...(onPrint && { onPrint }) })));
}

/** Sends every method of the interface to the thread, which implements the same interface. */
function proxy(calls: WorkerCalls): InstanceBackend {
  const send = <M extends BackendMethod>(method: M): InstanceBackend[M] =>
    // The compiler cannot relate the result of `call` to the method's return type.
    ((...args: unknown[]) => calls.call(method, args)) as InstanceBackend[M];
  return {
    createSubnet: send('createSubnet'),
    deleteSubnet: send('deleteSubnet'),
    submit: send('submit'),
    ingressStatus: send('ingressStatus'),
    awaitOutcome: send('awaitOutcome'),
    query: send('query'),
    startApi: send('startApi'),
    finishApi: send('finishApi'),
    tick: send('tick'),
    time: send('time'),
    setTime: send('setTime'),
    cycles: send('cycles'),
    addCycles: send('addCycles'),
    controllers: send('controllers'),
    stableMemory: send('stableMemory'),
    setStableMemory: send('setStableMemory'),
    httpOutcalls: send('httpOutcalls'),
    answerHttpOutcall: send('answerHttpOutcall'),
    dispose: () => calls.dispose(),
  };
}
