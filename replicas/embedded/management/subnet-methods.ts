/**
 * The methods about the subnet itself.
 *
 * Source: interface specification, "IC method node_metrics_history" and "IC method subnet_info"; recorded: trace 12, exchanges 515 to 532.
 */
import { Principal } from '@icp-sdk/core/principal';
import type { PrincipalText } from '../../replica.js';
import { ERROR, userError, type UserError } from '../errors.js';
import { blocksSince } from '../state/block-history.js';
import type { Subnet } from '../state/subnet.js';
import { failed, succeeded, type SubnetMethods } from './method.js';

/** What a PocketIC server calls the version of its replica. */
const REPLICA_VERSION = '0.9.0';

export const SUBNET_INFO_METHODS: SubnetMethods = {
  subnet_info: ({ subnet, argument }) =>
    anotherSubnet(subnet, argument.subnet_id.toText()) ??
    succeeded({
      replica_version: REPLICA_VERSION,
      registry_version: BigInt(subnet.network.registryVersion),
    }),

  node_metrics_history: ({ subnet, argument }) =>
    anotherSubnet(subnet, argument.subnet_id.toText()) ??
    succeeded(
      blocksSince(subnet.record.blocks, argument.start_at_timestamp_nanos).map(({ timeNs, nodes }) => ({
        timestamp_nanos: timeNs,
        node_metrics: nodes.map(({ node, proposed, failed: missed }) => ({
          node_id: Principal.fromText(node),
          num_blocks_proposed_total: BigInt(proposed),
          num_block_failures_total: BigInt(missed),
        })),
      })),
    ),

  fetch_canister_logs: () =>
    failed(
      userError(
        ERROR.canisterRejectedMessage,
        'fetch_canister_logs API is only accessible to end users in non-replicated mode',
      ),
    ),
};

function anotherSubnet(subnet: Subnet, id: PrincipalText) {
  if (id === subnet.principal) return undefined;
  const error: UserError = userError(
    ERROR.canisterRejectedMessage,
    `Provided target subnet ID ${id} does not match current subnet ID ${subnet.principal}.`,
  );
  return failed(error);
}
