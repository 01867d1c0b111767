/**
 * The configuration of an instance with one application subnet, for servers 10 to 16.
 *
 * Source: `ExtendedSubnetConfigSet` in `common/rest.rs` of the crate `pocket-ic`, which client and server share. Up to version 12 the
 * structure has the fields of server 10. Version 13 adds `cloud_engine` without a default, so its server declines a body without it.
 * From version 14 on, the field may be missing. Servers ignore unknown fields (recorded: trace 13, exchange 50).
 */

const FIRST_WITH_CLOUD_ENGINE = 13;

const SUBNET = { dts_flag: 'Enabled', instruction_config: 'Production', state_config: 'New' } as const;

/** `version` is the one that `--version` prints, for example `16.1.0`; any other text stands for a server of unknown version. */
export function oneApplicationSubnet(version: string): object {
  const major = Number(/^(\d+)\./.exec(version)?.[1]);
  const set = { system: [], application: [SUBNET], verified_application: [] };
  // The body for older servers is the recorded one.
  if (major < FIRST_WITH_CLOUD_ENGINE) return { subnet_config_set: set };
  return { subnet_config_set: { ...set, cloud_engine: [] } };
}
