/** The instances of a server. Ids count from 0 and are never reused. */
import type { SubnetOptions } from '../../replicas/embedded/subnet-options.js';
import type { InstanceBackend } from './backend.js';
import type { HttpError } from '../http/reply.js';
import { jsonError, operationError } from './errors.js';
import { OperationQueue, ResultStore } from './operations.js';
import type { InstanceConfig, SubnetRequest } from './requests.js';
import type { SubnetKind } from './subnet-kinds.js';
import { subnetOptionsOf, Topology, type SubnetSpec } from './topology.js';

/** Creates the backend of an instance. `subnets` are in the order of their creation. */
export type CreateBackend = (subnets: readonly SubnetOptions[]) => Promise<InstanceBackend>;

export interface Instance {
  readonly id: number;
  readonly backend: InstanceBackend;
  readonly topology: Topology;
  readonly queue: OperationQueue;
}

export class Instances {
  readonly results = new ResultStore();
  readonly #createBackend: CreateBackend;
  /** By id. `undefined` for a deleted instance. */
  readonly #instances: (Instance | undefined)[] = [];

  constructor(createBackend: CreateBackend) {
    this.#createBackend = createBackend;
  }

  /** @throws {HttpError} 400 `{Error: {message}}` if the configuration needs a feature that this server lacks */
  async create(config: InstanceConfig): Promise<Instance> {
    const specs = specsOf(config);
    checkFeatures(config);
    const topology = new Topology(specs);
    const id = this.#instances.push(undefined) - 1;
    const backend = await this.#createBackend(topology.subnets.map(subnetOptionsOf));
    const instance = { id, backend, topology, queue: new OperationQueue(id, this.results) };
    this.#instances[id] = instance;
    return instance;
  }

  /** @throws {HttpError} if no instance has this id */
  get(id: number): Instance {
    const instance = this.#instances[id];
    if (instance) return instance;
    const message = id < this.#instances.length ? 'Instance was deleted' : `Instance ${id} not found`;
    throw operationError(`UpdateError { message: ${JSON.stringify(message)} }`);
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
    await instance.queue.settle();
    await instance.backend.dispose();
  }

  /** Deletes all instances immediately. An operation that runs is lost. */
  async disposeAll(): Promise<void> {
    const open = this.#instances.filter((instance) => instance !== undefined);
    this.#instances.fill(undefined);
    await Promise.all(open.map(({ backend }) => backend.dispose()));
  }
}

/**
 * Returns the subnets in the order of their creation.
 * @throws {HttpError} if a subnet needs a feature that this server lacks
 */
function specsOf(config: InstanceConfig): readonly SubnetSpec[] {
  const set = config.subnet_config_set;
  const requested: readonly (readonly [SubnetKind, SubnetRequest | null | undefined])[] = [
    ['NNS', set.nns],
    ['SNS', set.sns],
    ['II', set.ii],
    ['Fiduciary', set.fiduciary],
    ['Bitcoin', set.bitcoin],
    ...set.system.map((subnet) => ['System', subnet] as const),
    ...set.application.map((subnet) => ['Application', subnet] as const),
    ...set.verified_application.map((subnet) => ['VerifiedApplication', subnet] as const),
  ];
  const present = requested.filter((entry): entry is readonly [SubnetKind, SubnetRequest] => !!entry[1]);
  if (present.length === 0) throw refuse('SubnetConfigSet must contain at least one subnet');
  if (present.some(([, { state_config }]) => state_config !== 'New')) {
    throw refuse('this server cannot load a state from disk; use a PocketIC server');
  }
  return present.map(([kind, { instruction_config }]) => ({ kind, instructionConfig: instruction_config }));
}

/** Rejects unsupported features, so that no part of the request is ignored silently. */
function checkFeatures({ icp_features, icp_config }: InstanceConfig): void {
  const features = Object.entries(icp_features ?? {}).filter(
    ([, value]) => value !== null && value !== undefined,
  );
  if (features.length > 0) {
    throw refuse(
      `this server does not support ICP features (requested: ${features.map(([name]) => name).join(', ')})`,
    );
  }
  for (const name of ['canister_backtrace', 'function_name_length_limits'] as const) {
    if (icp_config?.[name] === 'Disabled') {
      throw refuse(`this server cannot disable ${name} of icp_config; use a PocketIC server`);
    }
  }
}

function refuse(message: string): HttpError {
  return jsonError(400, { Error: { message } });
}
