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
  /** A round starts no further message once it has used as many instructions. */
  readonly roundMessagesMax: number;
  /** A round starts no further heavy call to the management canister once those of the round have used as many instructions. */
  readonly roundManagementMax: number;
  /** Instructions of installations that a canister may execute in each round; more delay the next installation. */
  readonly installRateMax: number;
  readonly ingressBytesMax: number;
}

export interface SubnetProfile {
  readonly type: SubnetType;
  /** Number of nodes. Fees are proportional to it. */
  readonly nodes: number;
  /** `free`: canisters of the subnet pay for nothing. System subnets are always free. */
  readonly costSchedule: CostSchedule;
  readonly limits: SubnetLimits;
}

export type CostSchedule = 'normal' | 'free';

const APPLICATION_LIMITS: SubnetLimits = {
  messageMax: INSTRUCTIONS.messageMax,
  replicatedQueryMax: INSTRUCTIONS.queryMax,
  queryMax: INSTRUCTIONS.queryMax,
  installMax: INSTRUCTIONS.installMax,
  sliceMax: INSTRUCTIONS.sliceMax,
  installSliceMax: INSTRUCTIONS.sliceMax,
  roundMessagesMax: INSTRUCTIONS.roundMessagesMax,
  roundManagementMax: INSTRUCTIONS.roundManagementMax,
  installRateMax: INSTRUCTIONS.sliceMax,
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
  roundManagementMax: 52e9 / 16,
  installRateMax: Infinity,
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
  roundMessagesMax: 1,
  roundManagementMax: BENCHMARKING_MAX / 16,
};

export interface ProfileOptions {
  readonly type: SubnetType;
  readonly nodes: number;
  readonly isBenchmarking?: boolean;
  /** Default: `normal`. */
  readonly costSchedule?: CostSchedule;
}

export function createSubnetProfile({
  type,
  nodes,
  isBenchmarking = false,
  costSchedule = 'normal',
}: ProfileOptions): SubnetProfile {
  const limits = type === 'system' ? SYSTEM_LIMITS : APPLICATION_LIMITS;
  return {
    type,
    nodes,
    costSchedule,
    limits: isBenchmarking ? { ...limits, ...BENCHMARKING_LIMITS } : limits,
  };
}

/** An application subnet with 13 nodes, the usual size. */
export const APPLICATION_PROFILE = createSubnetProfile({ type: 'application', nodes: 13 });
