/**
 * The nodes of a subnet: their ids and signing keys, derived from the subnet's seed as PocketIC 10.0.0 does. A node with these keys signs
 * the responses to queries (recorded: trace 11, exchange 21).
 */
import { StdRng } from './std-rng.js';
import type { SubnetFacts } from './topology.js';
import { nodeFromSecret, type SubnetNode } from '../ic/subnet-identity.js';

const SECRET_BYTES = 32;
/** Bytes that are drawn for the other keys and the addresses of a node: three keys, two addresses, and one key more. */
const OTHER_BYTES = 3 * SECRET_BYTES + 2 * 16 + SECRET_BYTES;
/** The generator draws a byte as the lowest one of a word. */
const WORD_BYTES = 4;

const nodesBySeed = new Map<string, readonly SubnetNode[]>();

/** Returns the nodes in the order of their creation. The first one answers requests. The first call for a seed takes milliseconds. */
export function subnetNodes({ seed, nodes }: Pick<SubnetFacts, 'seed' | 'nodes'>): readonly SubnetNode[] {
  const name = Buffer.from(seed).toString('hex');
  const known = nodesBySeed.get(name);
  if (known) return known;
  const created = createNodes(seed, nodes);
  nodesBySeed.set(name, created);
  return created;
}

function createNodes(seed: Uint8Array, count: number): readonly SubnetNode[] {
  const random = new StdRng(seed);
  const draw = (bytes: number): Uint8Array =>
    random.bytes(WORD_BYTES * bytes).filter((_, index) => index % WORD_BYTES === 0);
  return Array.from({ length: count }, () => {
    const node = nodeFromSecret(draw(SECRET_BYTES));
    draw(OTHER_BYTES);
    return node;
  });
}
