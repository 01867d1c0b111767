/** Checks the blockmakers of a tick. The engine keeps no metrics of nodes, so valid ones change nothing. */
import { debugPrincipal, operationError } from './errors.js';
import { bytesToPrincipal } from '../../replicas/embedded/principals.js';
import { subnetNodes } from './subnet-nodes.js';
import type { SubnetBlockmaker } from './tick.js';
import type { Topology } from './topology.js';

/** @throws {HttpError} the server's error for the first subnet or node that is not valid */
export function checkBlockmakers(blockmakers: readonly SubnetBlockmaker[], topology: Topology): void {
  for (const { subnet, blockmaker, failed } of blockmakers) {
    if (failed.includes(blockmaker)) throw operationError(`BlockmakerContainedInFailed(${blockmaker})`);
    const facts = topology.withId(subnet);
    if (!facts) throw operationError(`SubnetNotFound(${debugPrincipal(subnet)})`);
    const nodes = subnetNodes(facts).map(({ id }) => bytesToPrincipal(id));
    const stranger = [...failed, blockmaker].find((node) => !nodes.includes(node));
    if (stranger !== undefined) throw operationError(`BlockmakerNotFound(${stranger})`);
  }
}
