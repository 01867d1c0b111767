/**
 * The configuration of an instance, with the fields of servers 10 to 16 (`packages/pocket-ic/src/common/rest.rs`). Every field is
 * implemented, or refused with a reason (`instance-plan.ts`). Unknown fields are ignored, as on a PocketIC server.
 */
import { list, record, variant, versionedRecord } from './json/compound-shapes.js';
import {
  base64,
  boolean,
  optional,
  path,
  string,
  u16,
  u64,
  withDefault,
  type ValueOf,
} from './json/shapes.js';
import { RawPrincipalId } from './requests.js';
import { readBody, type Body } from './read-body.js';

const COST_SCHEDULES = variant({ Normal: undefined, Free: undefined });
/** The value of a request without a cost schedule, from a client of a server before 13. No request yields it otherwise. */
export const NO_COST_SCHEDULE = { kind: 'Normal', value: undefined } as const;

const SubnetSpec = versionedRecord(
  'SubnetSpec',
  {
    state_config: variant({ New: undefined, FromPath: path, FromBlobStore: base64 }),
    instruction_config: variant({ Production: undefined, Benchmarking: undefined }),
  },
  {
    subnet_admins: optional(list(RawPrincipalId)),
    cost_schedule: withDefault(COST_SCHEDULES, NO_COST_SCHEDULE),
  },
);

const Subnets = list(SubnetSpec);
const NamedSubnet = optional(SubnetSpec);

const SubnetConfigSet = versionedRecord(
  'ExtendedSubnetConfigSet',
  {
    nns: NamedSubnet,
    sns: NamedSubnet,
    ii: NamedSubnet,
    fiduciary: NamedSubnet,
    bitcoin: NamedSubnet,
    system: Subnets,
    application: Subnets,
    verified_application: Subnets,
  },
  { test_threshold_keys: NamedSubnet, cloud_engine: withDefault(Subnets, []) },
);

const Flag = optional(variant({ Disabled: undefined, Enabled: undefined }));

const IcpConfig = record('IcpConfig', {
  beta_features: Flag,
  canister_backtrace: Flag,
  function_name_length_limits: Flag,
  canister_execution_rate_limiting: Flag,
});

const Feature = optional(variant({ DefaultConfig: undefined }));

const IcpFeatures = versionedRecord(
  'IcpFeatures',
  {
    registry: Feature,
    cycles_minting: Feature,
    icp_token: Feature,
    cycles_token: Feature,
    nns_governance: Feature,
    sns: Feature,
    ii: Feature,
    nns_ui: Feature,
    bitcoin: Feature,
    canister_migration: Feature,
  },
  { dogecoin: Feature },
);

const HttpsConfig = record('HttpsConfig', { cert_path: string, key_path: string });

const GATEWAY_FIELDS = {
  domains: optional(list(string)),
  https_config: optional(HttpsConfig),
};
const LATER_GATEWAY_FIELDS = { domain_custom_provider_local_file: optional(string) };

const InstanceHttpGatewayConfig = versionedRecord(
  'InstanceHttpGatewayConfig',
  { ip_addr: optional(string), port: optional(u16), ...GATEWAY_FIELDS },
  LATER_GATEWAY_FIELDS,
);

export const AutoProgressConfig = record('AutoProgressConfig', { artificial_delay_ms: optional(u64) });

const InitialTime = variant({
  Timestamp: record('RawTime', { nanos_since_epoch: u64 }),
  AutoProgress: AutoProgressConfig,
});

const InstanceConfig = versionedRecord(
  'InstanceConfig',
  {
    subnet_config_set: SubnetConfigSet,
    http_gateway_config: optional(InstanceHttpGatewayConfig),
    state_dir: optional(path),
    icp_config: optional(IcpConfig),
    log_level: optional(string),
    bitcoind_addr: optional(list(string)),
    icp_features: optional(IcpFeatures),
    incomplete_state: Flag,
    initial_time: optional(InitialTime),
  },
  {
    dogecoind_addr: optional(list(string)),
    mainnet_nns_subnet_id: optional(boolean),
    disable_ingress_validation: optional(boolean),
  },
);

export type InstanceConfig = ValueOf<typeof InstanceConfig>;
export type SubnetRequest = ValueOf<typeof SubnetSpec>;
export type InstanceGatewayConfig = ValueOf<typeof InstanceHttpGatewayConfig>;

export function readInstanceConfig(body: Body): InstanceConfig {
  return readBody(InstanceConfig, body);
}

const HttpGatewayConfig = versionedRecord(
  'HttpGatewayConfig',
  {
    ip_addr: optional(string),
    port: optional(u16),
    forward_to: variant({ Replica: string, PocketIcInstance: u64 }),
    ...GATEWAY_FIELDS,
  },
  LATER_GATEWAY_FIELDS,
);

export type HttpGatewayConfig = ValueOf<typeof HttpGatewayConfig>;

export function readHttpGatewayConfig(body: Body): HttpGatewayConfig {
  return readBody(HttpGatewayConfig, body);
}
