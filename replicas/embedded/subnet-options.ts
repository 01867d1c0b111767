/** What a subnet is made of. */
import { CANISTER_RANGE_SIZE, FIRST_CANISTER_INDEX } from './params.js';
import type { CanisterRange } from './state/subnet.js';
import { APPLICATION_PROFILE, type SubnetProfile } from './subnet-profile.js';

/** A subnet to create. */
export interface SubnetOptions {
  /** Principal bytes that `subnet_self` answers. */
  readonly id: Uint8Array;
  /** DER; that of the first subnet is the network's root key. */
  readonly publicKey: Uint8Array;
  readonly profile: SubnetProfile;
  /** Ids of the canisters that it hosts; it gives away ids of the last range. */
  readonly ranges: readonly CanisterRange[];
}

/** An application subnet with the first ids that PocketIC gives away. */
export function defaultSubnet(
  id: Uint8Array = DEFAULT_SUBNET_ID,
  publicKey: Uint8Array = DEFAULT_ROOT_KEY,
): SubnetOptions {
  return {
    id,
    publicKey,
    profile: APPLICATION_PROFILE,
    ranges: [{ first: FIRST_CANISTER_INDEX, last: FIRST_CANISTER_INDEX + CANISTER_RANGE_SIZE - 1n }],
  };
}

/** A self-authenticating principal is 29 bytes that end in 0x02; this one has no key. */
const DEFAULT_SUBNET_ID = Uint8Array.from({ length: 29 }, (_, i) => (i === 28 ? 2 : i + 1));
/** DER prefix of a BLS12-381 key and 96 zero bytes: it verifies nothing. */
const DEFAULT_ROOT_KEY = new Uint8Array([
  ...Buffer.from('308182301d060d2b0601040182dc7c0503010201060c2b0601040182dc7c05030201036100', 'hex'),
  ...new Uint8Array(96),
]);
