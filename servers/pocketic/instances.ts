/** The instances of a server. Ids count from 0 and are never reused. */
import type { InstanceBackend } from './backend.js';
import { operationError } from './errors.js';
import type { InstanceConfig } from './instance-config.js';
import { planInstance } from './instance-plan.js';
import { OperationQueue, ResultStore } from './operations.js';
import { Progress } from './progress.js';
import { Topology, type SubnetFacts } from './topology.js';

/** What the backend of an instance needs. */
export interface BackendOptions {
  /** In the order of their creation. */
  readonly subnets: readonly SubnetFacts[];
  /** Nanoseconds since 1970. Default: the server's. */
  readonly startNs?: bigint;
  /** Default: true. */
  readonly hasBacktraces?: boolean;
  /** Whether expiries and signatures of requests to the HTTP interface are checked. Default: true. */
  readonly validatesIngress?: boolean;
  /** Wall-clock limit of a message in milliseconds. Default: `MESSAGE_MS_DEFAULT`. */
  readonly messageMs?: number | undefined;
  /** Whether `canister_status` has the fields of later servers. Default: false. */
  readonly hasLaterStatus?: boolean;
}

export type CreateBackend = (options: BackendOptions) => Promise<InstanceBackend>;

export interface Instance {
  readonly id: number;
  readonly backend: InstanceBackend;
  readonly topology: Topology;
  readonly queue: OperationQueue;
  readonly progress: Progress;
}

export class Instances {
  readonly results = new ResultStore();
  readonly #createBackend: CreateBackend;
  /** By id. `undefined` for a deleted instance. */
  readonly #instances: (Instance | undefined)[] = [];

  constructor(createBackend: CreateBackend) {
    this.#createBackend = createBackend;
  }

  /** @throws {HttpError} 400 `{Error: {message}}` if the configuration is invalid or not supported */
  async create(config: InstanceConfig): Promise<Instance> {
    const { subnets, startNs, progress, hasLaterFields, hasMainnetNnsId, ...options } = planInstance(config);
    const topology = new Topology(subnets, { hasLaterFields, hasMainnetNnsId });
    const id = this.#instances.push(undefined) - 1;
    const backend = await this.#createBackend({
      subnets: topology.subnets,
      ...options,
      hasLaterStatus: hasLaterFields,
      ...(startNs !== undefined && { startNs }),
    });
    const queue = new OperationQueue(id, this.results);
    const instance = { id, backend, topology, queue, progress: new Progress(backend, queue) };
    this.#instances[id] = instance;
    if (progress !== undefined) await instance.progress.start(progress.delayMs);
    return instance;
  }

  /** @throws {HttpError} if no instance has this id */
  get(id: number): Instance {
    const instance = this.find(id);
    if (typeof instance !== 'string') return instance;
    throw operationError(instance);
  }

  /** Returns the instance, or the text of the server's error. */
  find(id: number): Instance | string {
    const instance = this.#instances[id];
    if (instance) return instance;
    const message = id < this.#instances.length ? 'Instance was deleted' : 'Instance not found';
    return `UpdateError { message: ${JSON.stringify(message)} }`;
  }

  /** Returns the state of every instance, by id, in the server's words. */
  list(): readonly string[] {
    return this.#instances.map((instance) => (instance ? 'Available' : 'Deleted'));
  }

  /** Waits for the running operation, then deletes the instance. An unknown id is not an error. */
  async delete(id: number): Promise<void> {
    const instance = this.#instances[id];
    if (!instance) return;
    this.#instances[id] = undefined;
    await instance.progress.stop();
    await instance.queue.settle();
    await instance.backend.dispose();
  }

  /** Deletes all instances immediately. An operation that runs is lost. */
  async disposeAll(): Promise<void> {
    const open = this.#instances.filter((instance) => instance !== undefined);
    this.#instances.fill(undefined);
    await Promise.all(
      open.map(async ({ backend, progress }) => {
        await Promise.all([progress.stop(), backend.dispose()]);
      }),
    );
  }
}
