/** The body of `POST /instances` for the options of `PocketIc.create`, as `@dfinity/pic` sends it. */
import type { CreateInstanceOptions, IcpConfig, IcpFeatures } from '@dfinity/pic';
import { TopologyValidationError } from './errors.js';

/** What the configurations of all kinds of subnets have in common. */
interface SubnetOptions {
  readonly enableDeterministicTimeSlicing?: boolean;
  readonly enableBenchmarkingInstructionLimits?: boolean;
  readonly costSchedule?: string;
  readonly state: { readonly type: string; readonly path?: string };
}

const NEW_SUBNET: SubnetOptions = { state: { type: 'new' } };

/** @throws {TopologyValidationError} if there is no subnet */
export function createInstanceBody(options: CreateInstanceOptions): object {
  const subnets = {
    nns: subnetBody(options.nns),
    sns: subnetBody(options.sns),
    ii: subnetBody(options.ii),
    fiduciary: subnetBody(options.fiduciary),
    bitcoin: subnetBody(options.bitcoin),
    system: (options.system ?? []).map(subnetBody),
    application: options.application ? options.application.map(subnetBody) : [subnetBody(NEW_SUBNET)],
    verified_application: (options.verifiedApplication ?? []).map(subnetBody),
  };
  if (Object.values(subnets).every((subnet) => subnet === undefined || isEmpty(subnet)))
    throw new TopologyValidationError();
  return {
    subnet_config_set: subnets,
    ...(options.icpConfig && { icp_config: icpConfigBody(options.icpConfig) }),
    ...(options.icpFeatures && { icp_features: icpFeaturesBody(options.icpFeatures) }),
    ...(options.disableIngressValidation !== undefined && {
      disable_ingress_validation: options.disableIngressValidation,
    }),
  };
}

function isEmpty(subnets: unknown): boolean {
  return Array.isArray(subnets) && subnets.length === 0;
}

function subnetBody<T extends SubnetOptions | undefined>(
  subnet: T,
): T extends undefined ? undefined : object {
  return (subnet && definedSubnetBody(subnet)) as T extends undefined ? undefined : object;
}

function definedSubnetBody(subnet: SubnetOptions): object {
  const { state, enableDeterministicTimeSlicing, enableBenchmarkingInstructionLimits, costSchedule } = subnet;
  return {
    dts_flag: enableDeterministicTimeSlicing === false ? 'Disabled' : 'Enabled',
    instruction_config: enableBenchmarkingInstructionLimits === true ? 'Benchmarking' : 'Production',
    cost_schedule: costSchedule ?? 'Normal',
    state_config: state.type === 'new' ? 'New' : { FromPath: state.path },
  };
}

function icpConfigBody(config: IcpConfig): object {
  return {
    beta_features: config.betaFeatures,
    canister_backtrace: config.canisterBacktrace,
    function_name_length_limits: config.functionNameLengthLimits,
    canister_execution_rate_limiting: config.canisterExecutionRateLimiting,
  };
}

function icpFeaturesBody(features: IcpFeatures): object {
  return {
    registry: features.registry,
    cycles_minting: features.cyclesMinting,
    icp_token: features.icpToken,
    cycles_token: features.cyclesToken,
    nns_governance: features.nnsGovernance,
    sns: features.sns,
    ii: features.ii,
  };
}
