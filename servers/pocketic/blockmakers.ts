/** Checks the blockmakers of a tick. */
import { debugPrincipal, operationError } from './errors.js';
import type { BlockMakers } from '../../replicas/embedded/state/block-history.js';
import type { PrincipalText } from '../../replicas/replica.js';
import { bytesToPrincipal } from '../../replicas/embedded/principals.js';
import { subnetNodes } from './subnet-nodes.js';
import type { SubnetBlockmaker } from './tick.js';
import type { Topology } from './topology.js';

/**
 * Returns the makers of the blocks by subnet.
 * @throws {HttpError} the server's error for the first subnet or node that is not valid
 */
export function checkBlockmakers(
  blockmakers: readonly SubnetBlockmaker[],
  topology: Topology,
): ReadonlyMap<PrincipalText, BlockMakers> {
  for (const { subnet, blockmaker, failed } of blockmakers) {
    if (failed.includes(blockmaker)) throw operationError(`BlockmakerContainedInFailed(${blockmaker})`);
    const facts = topology.withId(subnet);
    if (!facts) throw operationError(`SubnetNotFound(${debugPrincipal(subnet)})`);
    const nodes = subnetNodes(facts).map(({ id }) => bytesToPrincipal(id));
    const stranger = [...failed, blockmaker].find((node) => !nodes.includes(node));
    if (stranger !== undefined) throw operationError(`BlockmakerNotFound(${stranger})`);
  }
  return new Map(
    blockmakers.map(({ subnet, blockmaker, failed }) => [subnet, { maker: blockmaker, failed }]),
  );
}
