/**
 * The order in which the canisters of a subnet execute in a round, and their distribution over the execution threads.
 *
 * Each canister has a priority, which grows with its share of the compute capacity and falls when it executes all that it has. The order
 * matters only when a round has no instructions left for some canisters.
 *
 * Source: public documentation of the scheduler and of deterministic time slicing; recorded: trace 05, "heavy message 0" to 2.
 */
import { comparePrincipals } from './principals.js';
import type { Canister } from './state/canister.js';
import type { Subnet } from './state/subnet.js';

const THREADS = 4;
/** Percent of compute capacity that canisters share. One thread is reserved for paused messages. */
const CAPACITY = (THREADS - 1) * 100;
const FULL_EXECUTION = 100;

export interface RoundSchedule {
  /** Canisters without a paused message, the first one first. */
  readonly fresh: readonly Canister[];
  /** Canisters with a paused message, the first one first. */
  readonly paused: readonly Canister[];
  /** Number of threads that execute paused messages only. */
  readonly pausedThreads: number;
}

export function scheduleRound({ canisters }: Subnet): RoundSchedule {
  const all = [...canisters.values()];
  const sorted = all.length < 2 ? all : all.sort(byPriority);
  const paused = sorted.filter((canister) => canister.paused);
  const multiplier = THREADS * Math.max(1, all.length);
  const free = (CAPACITY - totalAllocation(all)) * THREADS;
  const demand = paused.reduce((sum, canister) => sum + allocationOf(canister) * multiplier + free, 0);
  return {
    fresh: sorted.filter((canister) => !canister.paused),
    paused,
    pausedThreads: Math.min(paused.length, Math.ceil(demand / (FULL_EXECUTION * multiplier))),
  };
}

function byPriority(a: Canister, b: Canister): number {
  return b.record.priority - a.record.priority || comparePrincipals(a.id, b.id);
}

const allocationOf = ({ record }: Canister): number => Number(record.settings.computeAllocation);

function totalAllocation(canisters: readonly Canister[]): number {
  return canisters.reduce((sum, canister) => sum + allocationOf(canister), 0);
}

/** Distributes those canisters of the schedule that have work over the threads. */
export function threadsOf(
  { fresh, paused, pausedThreads }: RoundSchedule,
  hasWork: (canister: Canister) => boolean,
): readonly (readonly Canister[])[] {
  const threads = Array.from({ length: THREADS }, (): Canister[] => []);
  const long = paused.filter((canister) => canister.paused && hasWork(canister));
  const reserved = Math.min(pausedThreads, long.length);
  let at = 0;
  const add = (canister: Canister, from: number): void => {
    threads[at]?.push(canister);
    at = at + 1 < THREADS ? at + 1 : from;
  };
  for (const canister of long.slice(0, reserved)) add(canister, 0);
  for (const canister of fresh) if (hasWork(canister)) add(canister, reserved);
  for (const canister of long.slice(reserved)) add(canister, 0);
  return threads;
}

/** Updates the priorities at the end of a round. `executed` are the canisters that executed all that they had, or came first. */
export function updatePriorities({ canisters }: Subnet, executed: ReadonlySet<Canister>): void {
  const all = [...canisters.values()];
  const multiplier = THREADS * Math.max(1, all.length);
  const full = FULL_EXECUTION * multiplier;
  const charged = [...executed].filter(({ id }) => canisters.has(id));
  for (const { record } of charged) record.priorityCredit += full;
  const free = Math.trunc(
    Math.max(0, charged.length * full - totalAllocation(all) * multiplier) / Math.max(1, all.length),
  );
  for (const canister of all) {
    const { record } = canister;
    record.priority += allocationOf(canister) * multiplier + free;
    if (canister.paused) continue;
    record.priority -= record.priorityCredit;
    record.priorityCredit = 0;
  }
}
