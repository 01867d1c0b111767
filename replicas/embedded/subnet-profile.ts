/**
 * The limits and prices that differ between the subnets of a network.
 *
 * Source: PocketIC 10.0.0, rs/config/src/subnet_config.rs (`SchedulerConfig`, `CyclesAccountManagerConfig`), and
 * rs/pocket_ic_server/src/pocket_ic.rs for the benchmarking limits.
 */
import { BYTES, INSTRUCTIONS } from './params.js';

export type SubnetType = 'application' | 'verified_application' | 'system';

export interface SubnetLimits {
  /** Instructions of an update, task, or callback. */
  readonly messageMax: number;
  /** Instructions of a query executed in replicated mode. */
  readonly replicatedQueryMax: number;
  /** Instructions of a non-replicated query, and of a whole composite query call graph. */
  readonly queryMax: number;
  /** Instructions of one installation. */
  readonly installMax: number;
  /** Instructions of a slice of a message. */
  readonly sliceMax: number;
  /** Instructions of a slice of an installation. */
  readonly installSliceMax: number;
  /** A round starts no further message once it has used more instructions than this. */
  readonly roundMessagesMax: number;
  readonly ingressBytesMax: number;
}

export interface SubnetProfile {
  readonly type: SubnetType;
  /** Number of nodes. Fees are proportional to it. */
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

/** Limits of a subnet for benchmarks: practically none, except that installation keeps its limit. */
const BENCHMARKING_MAX = 99_999_999_999_999;
const BENCHMARKING_LIMITS = {
  messageMax: BENCHMARKING_MAX,
  replicatedQueryMax: BENCHMARKING_MAX,
  queryMax: BENCHMARKING_MAX,
  sliceMax: BENCHMARKING_MAX,
  // The round limit minus the message limit: a round executes one message.
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

/** An application subnet with 13 nodes, the usual size. */
export const APPLICATION_PROFILE = createSubnetProfile({ type: 'application', nodes: 13 });

/** Number of nodes of the subnet that the prices in `params.ts` are for. */
export const REFERENCE_NODES = 13;

/** The fee on this subnet for a service that costs `amount` on 13 nodes. System subnets are free. */
export function scaledFee({ type, nodes }: SubnetProfile, amount: bigint): bigint {
  if (type === 'system') return 0n;
  // The usual size needs no division, which would cost time in every message.
  return nodes === REFERENCE_NODES ? amount : (amount * BigInt(nodes)) / BigInt(REFERENCE_NODES);
}
