/** Decodes the request of a tick: the nodes that make the block of its round, or fail to. */
import type { PrincipalText } from '../../replicas/replica.js';
import { list, record } from './json/compound-shapes.js';
import { base64, optional, type Shape, type ValueOf } from './json/shapes.js';
import { readBody, type Body } from './read-body.js';
import { principal } from './requests.js';

const RawNodeId = record('RawNodeId', { node_id: base64 });

const Blockmaker = record('RawSubnetBlockmaker', {
  subnet: record('RawSubnetId', { subnet_id: base64 }),
  blockmaker: RawNodeId,
  failed_blockmakers: list(RawNodeId),
});

const Blockmakers = list(Blockmaker);
const BlockmakerConfigs = record('BlockmakerConfigs', { blockmakers_per_subnet: Blockmakers });

/** Clients of servers from 12 send the list without a record around it. */
const AnyBlockmakers: Shape<ValueOf<typeof Blockmakers>> = {
  read: (reader) =>
    reader.peekTokens() === '[{'
      ? Blockmakers.read(reader)
      : BlockmakerConfigs.read(reader).blockmakers_per_subnet,
};

const TickConfigs = record('TickConfigs', { blockmakers: optional(AnyBlockmakers) });

/** The makers of the blocks of one subnet. */
export interface SubnetBlockmaker {
  readonly subnet: PrincipalText;
  readonly blockmaker: PrincipalText;
  readonly failed: readonly PrincipalText[];
}

export interface TickRequest {
  readonly blockmakers: readonly SubnetBlockmaker[];
}

export function readTick(body: Body): TickRequest {
  const { blockmakers } = readBody(TickConfigs, body);
  return { blockmakers: (blockmakers ?? []).map(toBlockmaker) };
}

function toBlockmaker(raw: ValueOf<typeof Blockmaker>): SubnetBlockmaker {
  return {
    subnet: principal(raw.subnet.subnet_id, 'subnet id'),
    blockmaker: principal(raw.blockmaker.node_id, 'node id'),
    failed: raw.failed_blockmakers.map(({ node_id }) => principal(node_id, 'node id')),
  };
}
