/** The instances of a server: created, listed, deleted. Ids count from 0 and are never used again. */
import { HttpError, operationError } from './http-error.js';
import type { InstanceBackend } from './backend.js';
import { OperationQueue, ResultStore } from './operations.js';
import type { InstanceConfig } from './requests.js';

export type CreateBackend = () => Promise<InstanceBackend>;

export interface Instance {
  readonly id: number;
  readonly backend: InstanceBackend;
  readonly queue: OperationQueue;
}

export class Instances {
  readonly results = new ResultStore();
  readonly #createBackend: CreateBackend;
  /** Undefined: deleted. */
  readonly #instances: (Instance | undefined)[] = [];

  constructor(createBackend: CreateBackend) {
    this.#createBackend = createBackend;
  }

  /** Throws HttpError (400 `{Error: {message}}`) for what one application subnet cannot be. */
  async create(config: InstanceConfig): Promise<Instance> {
    checkConfig(config);
    const id = this.#instances.push(undefined) - 1;
    const backend = await this.#createBackend();
    const instance = { id, backend, queue: new OperationQueue(id, this.results) };
    this.#instances[id] = instance;
    return instance;
  }

  /** Throws HttpError when there is none. */
  get(id: number): Instance {
    const instance = this.#instances[id];
    if (instance) return instance;
    const message = id < this.#instances.length ? 'Instance was deleted' : `Instance ${id} not found`;
    throw operationError(`UpdateError { message: ${JSON.stringify(message)} }`);
  }

  /** The server's list of states, by id. */
  list(): readonly string[] {
    return this.#instances.map((instance) => (instance ? 'Available' : 'Deleted'));
  }

  /** After what it is doing. Deleting what is not there is no error. */
  async delete(id: number): Promise<void> {
    const instance = this.#instances[id];
    if (!instance) return;
    this.#instances[id] = undefined;
    await instance.queue.settle();
    await instance.backend.dispose();
  }

  /** At once: an operation that still runs is lost with its instance. */
  async disposeAll(): Promise<void> {
    const open = this.#instances.filter((instance) => instance !== undefined);
    this.#instances.fill(undefined);
    await Promise.all(open.map(({ backend }) => backend.dispose()));
  }
}

/** One application subnet with the network's limits: anything else would run, but not as PocketIC runs it. */
function checkConfig(config: InstanceConfig): void {
  const set = config.subnet_config_set;
  const refuse = (message: string): HttpError => new HttpError(400, { Error: { message } });
  const named = (['nns', 'sns', 'ii', 'fiduciary', 'bitcoin'] as const).filter((name) => set[name]);
  const flexible = [...set.application, ...set.verified_application];
  if (named.length === 0 && flexible.length + set.system.length === 0) {
    throw refuse('SubnetConfigSet must contain at least one subnet');
  }
  const asked = [...named, ...(set.system.length > 0 ? ['system'] : [])];
  const [subnet] = flexible;
  if (asked.length > 0 || flexible.length !== 1 || subnet === undefined) {
    const what = asked.length > 0 ? `asked for ${asked.join(', ')}` : `asked for ${flexible.length}`;
    throw refuse(`this server runs one application subnet per instance (${what}): use a PocketIC server`);
  }
  if (subnet.state_config !== 'New')
    throw refuse('this server cannot load a state from disk: use a PocketIC server');
  if (subnet.instruction_config !== 'Production') {
    throw refuse('this server has no benchmarking limits: use a PocketIC server');
  }
  const features = Object.entries(config.icp_features ?? {}).filter(
    ([, value]) => value !== null && value !== undefined,
  );
  if (features.length > 0) {
    throw refuse(`this server has no ICP features (asked for ${features.map(([name]) => name).join(', ')})`);
  }
}
