/**
 * Checks the configuration of an instance, and turns it into what the instance needs. The order of the checks and the texts are the
 * server's (recorded: trace 13, exchanges 12 to 61). What this server lacks is refused with a reason, so that no field is ignored.
 */
import type { HttpError } from '../http/reply.js';
import { jsonError } from './errors.js';
import { NO_COST_SCHEDULE, type InstanceConfig, type SubnetRequest } from './instance-config.js';
import type { SubnetKind } from './subnet-kinds.js';
import type { SubnetSpec } from './topology.js';

export interface InstancePlan {
  /** In the order of their creation. */
  readonly subnets: readonly SubnetSpec[];
  /** The initial time in nanoseconds since 1970. `undefined`: the server's default. */
  readonly startNs: bigint | undefined;
  /** Set if the instance shall make progress automatically. */
  readonly progress: { readonly delayMs: number } | undefined;
  readonly hasBacktraces: boolean;
  /** Whether the NNS subnet has the id that it has on the mainnet. */
  readonly hasMainnetNnsId: boolean;
  /** Whether expiries and signatures of requests to the HTTP interface are checked. */
  readonly validatesIngress: boolean;
  /**
   * Whether replies have the fields that servers 11 to 16 added. Clients of these servers require the fields, and state a cost schedule
   * for every subnet. Replies to other clients are those of server 10.
   */
  readonly hasLaterFields: boolean;
}

/** The server's default initial time, which is also the earliest one: 6 May 2021, 19:17:10 UTC. */
const GENESIS_NS = 1_620_328_630_000_000_000n;

/** The names of log levels, in full and abbreviated. */
const LOG_LEVEL = /^(?:critical|error|warn|info|debug|trace|crit|erro|debg|trce)$/i;

/** @throws {HttpError} 400 `{Error: {message}}` for an invalid configuration, and for one that this server does not support */
export function planInstance(config: InstanceConfig): InstancePlan {
  checkFeatures(config);
  const subnets = subnetsOf(config);
  if (config.log_level !== undefined && !LOG_LEVEL.test(config.log_level))
    throw refuse('Failed to parse log level: ()');
  checkStorage(config);
  const { initial_time: initial, icp_config } = config;
  if (icp_config?.function_name_length_limits?.kind === 'Disabled')
    throw refuse(
      'this server cannot disable function_name_length_limits of icp_config; use a PocketIC server',
    );
  return {
    subnets,
    startNs: initial?.kind === 'Timestamp' ? startOf(initial.value.nanos_since_epoch) : undefined,
    progress:
      initial?.kind === 'AutoProgress'
        ? { delayMs: Number(initial.value.artificial_delay_ms ?? 0n) }
        : undefined,
    hasBacktraces: icp_config?.canister_backtrace?.kind !== 'Disabled',
    hasMainnetNnsId: config.mainnet_nns_subnet_id === true,
    validatesIngress: config.disable_ingress_validation !== true,
    hasLaterFields: requestedSubnets(config).some(([, subnet]) => subnet.cost_schedule !== NO_COST_SCHEDULE),
  };
}

function startOf(startNs: bigint): bigint {
  if (startNs >= GENESIS_NS) return startNs;
  throw refuse(
    `The initial timestamp (unix timestamp in nanoseconds) must be no earlier than ${GENESIS_NS} (provided ${startNs}).`,
  );
}

function requestedSubnets(config: InstanceConfig): readonly (readonly [SubnetKind, SubnetRequest])[] {
  const set = config.subnet_config_set;
  const requested: readonly (readonly [SubnetKind, SubnetRequest | undefined])[] = [
    ['NNS', set.nns],
    ['SNS', set.sns],
    ['II', set.ii],
    ['Fiduciary', set.fiduciary],
    ['Bitcoin', set.bitcoin],
    ...set.system.map((subnet) => ['System', subnet] as const),
    ...set.application.map((subnet) => ['Application', subnet] as const),
    ...set.verified_application.map((subnet) => ['VerifiedApplication', subnet] as const),
  ];
  return requested.flatMap(([kind, subnet]) => (subnet ? [[kind, subnet] as const] : []));
}

function subnetsOf(config: InstanceConfig): readonly SubnetSpec[] {
  const set = config.subnet_config_set;
  const present = requestedSubnets(config);
  checkCosts(present, set.cloud_engine);
  if (set.test_threshold_keys !== undefined) throw unsupported('the subnet test_threshold_keys');
  if (set.cloud_engine.length > 0) throw unsupported('subnets of the kind cloud_engine');
  if (present.length === 0) throw invalid('ExtendedSubnetConfigSet must contain at least one subnet');
  return present.map(([kind, subnet]) => specOf(kind, subnet));
}

/** The rules and texts of servers from 13 on (`common/rest.rs` of the crate `pocket-ic`). */
function checkCosts(
  present: readonly (readonly [SubnetKind, SubnetRequest])[],
  engines: readonly SubnetRequest[],
): void {
  const ofOtherKinds = present.filter(([kind]) => kind !== 'Application').map(([, subnet]) => subnet);
  const kinds = 'subnet of kind `Application` or `CloudEngine`';
  if (ofOtherKinds.some(hasAdmins)) throw invalid(`Subnet admins can only be specified for ${kinds}`);
  if (ofOtherKinds.some(isFree))
    throw invalid(`Non-default cost schedule can only be specified for ${kinds}`);
  const all = [...present.map(([, subnet]) => subnet), ...engines];
  if (all.some((subnet) => hasAdmins(subnet) && !isFree(subnet)))
    throw invalid('Subnet admins can only be specified for subnet with cost schedule of kind `Free`');
  if (!engines.every(isFree))
    throw invalid('Every subnet of kind `CloudEngine` must have cost schedule of kind `Free`');
}

const hasAdmins = ({ subnet_admins }: SubnetRequest): boolean => subnet_admins !== undefined;
const isFree = ({ cost_schedule }: SubnetRequest): boolean => cost_schedule.kind === 'Free';

function invalid(problem: string): HttpError {
  return refuse(`Subnet config failed to validate: ${JSON.stringify(problem)}`);
}

function specOf(kind: SubnetKind, subnet: SubnetRequest): SubnetSpec {
  const { state_config, instruction_config, subnet_admins } = subnet;
  if (state_config.kind === 'FromBlobStore')
    throw refuse('SubnetStateConfig::FromBlobStore is not yet implemented');
  if (state_config.kind === 'FromPath')
    throw refuse('this server cannot load a state from disk; use a PocketIC server');
  if (subnet_admins !== undefined) throw unsupported('subnet_admins');
  return {
    kind,
    instructionConfig: instruction_config.kind,
    costSchedule: isFree(subnet) ? 'free' : 'normal',
  };
}

/** ICP features are system canisters whose modules this package does not contain. */
function checkFeatures({ icp_features }: InstanceConfig): void {
  const features = Object.entries(icp_features ?? {}).filter(([, value]) => value !== undefined);
  if (features.length > 0)
    throw unsupported(`ICP features (requested: ${features.map(([name]) => name).join(', ')})`);
}

function checkStorage(config: InstanceConfig): void {
  const { state_dir, bitcoind_addr, dogecoind_addr } = config;
  if (state_dir !== undefined)
    throw refuse('this server cannot keep the state of an instance in state_dir; use a PocketIC server');
  if (bitcoind_addr !== undefined) throw unsupported('bitcoind_addr');
  if (dogecoind_addr !== undefined) throw unsupported('dogecoind_addr');
}

function unsupported(feature: string): HttpError {
  return refuse(`this server does not support ${feature}`);
}

function refuse(message: string): HttpError {
  return jsonError(400, { Error: { message } });
}
