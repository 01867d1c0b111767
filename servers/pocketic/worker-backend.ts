/** An instance in a thread of its own, so that the server can say meanwhile that it is busy. */
import { entryUrl } from '../../package-root.js';
import type { SubnetOptions } from '../../replicas/embedded/subnet-options.js';
import type { InstanceBackend } from './backend.js';
import { WorkerCalls } from './worker-calls.js';

type BackendMethod = Exclude<keyof InstanceBackend, 'dispose'>;

/** What the thread is given when it starts. */
export interface WorkerStart {
  readonly subnets: readonly SubnetOptions[] | undefined;
}

export interface WorkerBackendOptions {
  /** The module that runs in the thread. Default: `engine-worker.js` beside this one. */
  readonly entry?: URL;
  readonly onPrint?: (line: string) => void;
  /** Default: one application subnet. */
  readonly subnets?: readonly SubnetOptions[];
}

const DEFAULT_ENTRY = entryUrl('servers/pocketic/engine-worker');

export function createWorkerBackend({
  entry = DEFAULT_ENTRY,
  onPrint,
  subnets,
}: WorkerBackendOptions = {}): Promise<InstanceBackend> {
  const workerData: WorkerStart = { subnets };
  return Promise.resolve(proxy(new WorkerCalls({ entry, workerData, ...(onPrint && { onPrint }) })));
}

/** Every method of the interface, sent to the thread. The types are the interface's: the thread runs the same one. */
function proxy(calls: WorkerCalls): InstanceBackend {
  const send = <M extends BackendMethod>(method: M): InstanceBackend[M] =>
    // The compiler cannot see that the answer to a method is of that method's type.
    ((...args: unknown[]) => calls.call(method, args)) as InstanceBackend[M];
  return {
    createSubnet: send('createSubnet'),
    submit: send('submit'),
    ingressStatus: send('ingressStatus'),
    query: send('query'),
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
    dispose: () => calls.terminate(),
  };
}
