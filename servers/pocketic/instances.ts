/** The instances of a server: created, listed, deleted. Ids count from 0 and are never used again. */
import type { SubnetOptions } from '../../replicas/embedded/subnet-options.js';
import type { InstanceBackend } from './backend.js';
import { HttpError, operationError } from './http-error.js';
import { OperationQueue, ResultStore } from './operations.js';
import type { InstanceConfig, SubnetRequest } from './requests.js';
import type { SubnetKind } from './subnet-kinds.js';
import { subnetOptionsOf, Topology, type SubnetSpec } from './topology.js';

/** The subnets in the order of their creation. */
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
  /** Undefined: deleted. */
  readonly #instances: (Instance | undefined)[] = [];

  constructor(createBackend: CreateBackend) {
    this.#createBackend = createBackend;
  }

  /** Throws HttpError (400 `{Error: {message}}`) for what this server cannot do. */
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

/** What the subnets are to be, in the order of their creation. @throws HttpError for what this server cannot do. */
function specsOf(config: InstanceConfig): readonly SubnetSpec[] {
  const set = config.subnet_config_set;
  const asked: readonly (readonly [SubnetKind, SubnetRequest | null | undefined])[] = [
    ['NNS', set.nns],
    ['SNS', set.sns],
    ['II', set.ii],
    ['Fiduciary', set.fiduciary],
    ['Bitcoin', set.bitcoin],
    ...set.system.map((subnet) => ['System', subnet] as const),
    ...set.application.map((subnet) => ['Application', subnet] as const),
    ...set.verified_application.map((subnet) => ['VerifiedApplication', subnet] as const),
  ];
  const wanted = asked.filter((entry): entry is readonly [SubnetKind, SubnetRequest] => !!entry[1]);
  if (wanted.length === 0) throw refuse('SubnetConfigSet must contain at least one subnet');
  if (wanted.some(([, { state_config }]) => state_config !== 'New')) {
    throw refuse('this server cannot load a state from disk: use a PocketIC server');
  }
  return wanted.map(([kind, { instruction_config }]) => ({ kind, instructionConfig: instruction_config }));
}

/** Nothing that is asked for is left out in silence. */
function checkFeatures({ icp_features, icp_config }: InstanceConfig): void {
  const features = Object.entries(icp_features ?? {}).filter(
    ([, value]) => value !== null && value !== undefined,
  );
  if (features.length > 0) {
    throw refuse(`this server has no ICP features (asked for ${features.map(([name]) => name).join(', ')})`);
  }
  for (const name of ['canister_backtrace', 'function_name_length_limits'] as const) {
    if (icp_config?.[name] === 'Disabled') {
      throw refuse(`this server cannot switch off ${name} of icp_config: use a PocketIC server`);
    }
  }
}

const refuse = (message: string): HttpError => new HttpError(400, { Error: { message } });
