/** Conditions of the network in a run: messages that are lost, and canisters that execute no calls for a while. */
import type { Outage, Schedule } from '../../model/schedule.js';
import type { Replica } from '../../replicas/replica.js';
import { InputError } from '../input-error.js';
import { canisterNamed, type InstalledSystem } from './canisters.js';
import type { InFlight } from './in-flight.js';
import type { Recorder } from './recorder.js';

/** Whether only a replica with the ability `network` can run the schedule. */
export function needsNetwork({ steps, subnets }: Pick<Schedule, 'steps' | 'subnets'>): boolean {
  return subnets !== undefined || hasNetworkSteps({ steps });
}

/** Whether the schedule loses a message or has an outage. */
export function hasNetworkSteps({ steps }: Pick<Schedule, 'steps'>): boolean {
  return steps.some((step) => step.do === 'lose' || step.do === 'outage');
}

export interface NetworkOptions {
  readonly replica: Replica;
  readonly system: InstalledSystem;
  readonly recorder: Recorder;
  readonly inFlight: InFlight;
}

/** Methods throw `InputError` if the replica cannot set the condition. */
export class NetworkConditions {
  readonly #options: NetworkOptions;
  /** By name of the canister; the empty name is that of the canister under test. */
  #outages = new Map<string, Outage>();

  constructor(options: NetworkOptions) {
    this.#options = options;
  }

  async lose(pick: number): Promise<void> {
    this.#require('it loses a message');
    await this.#options.inFlight.lose(pick);
  }

  /** Begins an outage. One of a canister that already has one replaces it. */
  async begin(condition: Outage, name?: string): Promise<void> {
    this.#require(`it has a canister that is ${condition}`);
    const { replica, recorder, system } = this.#options;
    if (this.#outages.has(name ?? '')) await this.end(name);
    const { canister } = canisterNamed(system, name);
    this.#outages.set(name ?? '', condition);
    if (condition === 'stopped') await replica.stop(canister);
    else await replica.setCondition?.(canister, condition);
    await recorder.refreshTime();
    recorder.record({ type: 'outage', condition, ...(name === undefined ? {} : { canister: name }) });
  }

  /** Ends the outage of the canister; nothing if it has none. */
  async end(name?: string): Promise<void> {
    const condition = this.#outages.get(name ?? '');
    if (condition === undefined) return;
    this.#outages.delete(name ?? '');
    const { replica, recorder, system } = this.#options;
    const { canister } = canisterNamed(system, name);
    const started = condition === 'stopped' ? await replica.start(canister) : undefined;
    if (condition !== 'stopped') await replica.setCondition?.(canister, 'normal');
    await recorder.refreshTime();
    const failure = started?.kind === 'reject' ? `${started.errorCode} ${started.text}` : undefined;
    recorder.record({ type: 'recovered', failure, ...(name === undefined ? {} : { canister: name }) });
  }

  /** Ends every outage. */
  async endAll(): Promise<void> {
    for (const name of [...this.#outages.keys()]) await this.end(name === '' ? undefined : name);
  }

  save(): ReadonlyMap<string, Outage> {
    return new Map(this.#outages);
  }

  restore(outages: ReadonlyMap<string, Outage>): void {
    this.#outages = new Map(outages);
  }

  #require(what: string): void {
    const { abilities, name } = this.#options.replica.info;
    if (!abilities.has('network'))
      throw new InputError(
        `schedule: ${what}, which replica ${name} does not support; use the replica embedded`,
      );
  }
}
