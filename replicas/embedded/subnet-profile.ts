/**
 * What differs between the subnets of a network: limits and prices.
 *
 * Source: PocketIC 10.0.0, rs/config/src/subnet_config.rs (`SchedulerConfig`, `CyclesAccountManagerConfig`), and
 * rs/pocket_ic_server/src/pocket_ic.rs for the limits of benchmarking.
 */
import { BYTES, INSTRUCTIONS } from './params.js';

export type SubnetType = 'application' | 'verified_application' | 'system';

export interface SubnetLimits {
  /** Instructions of an update, task or callback. */
  readonly messageMax: number;
  /** Instructions of a query that is called as an update. */
  readonly replicatedQueryMax: number;
  /** Instructions of a user's query and of a whole composite call graph. */
  readonly queryMax: number;
  /** Instructions of one installation. */
  readonly installMax: number;
  readonly sliceMax: number;
  readonly installSliceMax: number;
  /** A round starts no more messages once it has used this many instructions. */
  readonly roundMessagesMax: number;
  readonly ingressBytesMax: number;
}

export interface SubnetProfile {
  readonly type: SubnetType;
  /** Nodes: fees grow with them, from 13 on. */
  readonly nodes: number;
  readonly limits: SubnetLimits;
}

const APPLICATION_LIMITS: SubnetLimits = {
  messageMax: INSTRUCTIONS.messageMax,
  replicatedQueryMax: INSTRUCTIONS.queryMax,
  queryMax: INSTRUCTIONS.queryMax,
  installMax: INSTRUCTIONS.installMax,
  sliceMax: INSTRUCTIONS.sliceMax,
  installSliceMax: INSTRUCTIONS.sliceMax,
  roundMessagesMax: INSTRUCTIONS.roundMessagesMax,
  ingressBytesMax: BYTES.ingressMax,
};

const SYSTEM_LIMITS: SubnetLimits = {
  messageMax: 50e9,
  replicatedQueryMax: 50e9,
  queryMax: INSTRUCTIONS.queryMax,
  installMax: 1_000e9,
  sliceMax: INSTRUCTIONS.sliceMax,
  installSliceMax: 5e9,
  roundMessagesMax: INSTRUCTIONS.roundMessagesMax,
  ingressBytesMax: 3.5 * 1_024 * 1_024,
};

/** One limit for messages, slices, rounds and query graphs; installation keeps its own. */
const BENCHMARKING_MAX = 99_999_999_999_999;
const BENCHMARKING_LIMITS = {
  messageMax: BENCHMARKING_MAX,
  replicatedQueryMax: BENCHMARKING_MAX,
  queryMax: BENCHMARKING_MAX,
  sliceMax: BENCHMARKING_MAX,
  // The round's limit less the longest message's: the first message is the last of its round.
  roundMessagesMax: 0,
};

export interface ProfileOptions {
  readonly type: SubnetType;
  readonly nodes: number;
  readonly isBenchmarking?: boolean;
}

export function createSubnetProfile({ type, nodes, isBenchmarking = false }: ProfileOptions): SubnetProfile {
  const limits = type === 'system' ? SYSTEM_LIMITS : APPLICATION_LIMITS;
  return { type, nodes, limits: isBenchmarking ? { ...limits, ...BENCHMARKING_LIMITS } : limits };
}

/** An application subnet of the usual size. */
export const APPLICATION_PROFILE = createSubnetProfile({ type: 'application', nodes: 13 });

/** Fees are those of a subnet of 13 nodes. */
const REFERENCE_NODES = 13n;

/** What a subnet takes for what costs `amount` on 13 nodes; system subnets take nothing. */
export function scaledFee({ type, nodes }: SubnetProfile, amount: bigint): bigint {
  return type === 'system' ? 0n : nodes === 13 ? amount : (amount * BigInt(nodes)) / REFERENCE_NODES;
}
