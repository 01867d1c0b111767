/**
 * The reply of `GET /_/topology`, which tools read before they create a canister: the subnets behind a gateway, and an id that a call of
 * the management canister can be routed by. It has the fields of PocketIC servers 10 to 16 (`common/rest.rs` of the crate `pocket-ic`).
 */
import { createHash } from 'node:crypto';
import { type HttpReply, jsonReply } from '../http/reply.js';
import type { SubnetFacts } from './backend.js';
import { principalToBytes, principalToText } from './principals.js';
import type { SubnetIdentity } from './subnet-identity.js';

export const TOPOLOGY_PATH = '/_/topology';

/** Length of a subnet's seed in the protocol. */
const SEED_BYTES = 32;

export function topologyReply(
  { canisterRanges }: SubnetFacts,
  { id }: SubnetIdentity,
  seed: Uint8Array,
): HttpReply {
  const ranges = canisterRanges.map(([start, end]) => ({ start: canisterId(start), end: canisterId(end) }));
  const subnet = {
    subnet_kind: 'Application',
    subnet_admins: null,
    cost_schedule: 'Normal',
    subnet_seed: [...(seed.length === SEED_BYTES ? seed : createHash('sha256').update(seed).digest())],
    instruction_config: 'Production',
    canister_ranges: ranges,
  };
  return jsonReply(
    JSON.stringify({
      subnet_configs: { [principalToText(id)]: subnet },
      default_effective_canister_id: ranges[0]?.start,
    }),
  );
}

function canisterId(text: string) {
  return { canister_id: Buffer.from(principalToBytes(text)).toString('base64') };
}
