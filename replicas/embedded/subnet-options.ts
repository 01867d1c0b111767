/** The options for creating a subnet. */
import { CANISTER_RANGE_SIZE, FIRST_CANISTER_INDEX } from './params.js';
import type { CanisterRange } from './state/subnet.js';
import { APPLICATION_PROFILE, type SubnetProfile } from './subnet-profile.js';

export interface SubnetOptions {
  /** Principal of the subnet as bytes, which `ic0.subnet_self_copy` returns. */
  readonly id: Uint8Array;
  /** Public key in DER. The key of the first subnet is the root key of the network. */
  readonly publicKey: Uint8Array;
  readonly profile: SubnetProfile;
  /** Ids of the canisters that the subnet hosts. At least one range; new canisters get ids of the last range. */
  readonly ranges: readonly CanisterRange[];
  /** Whether the subnet holds threshold keys. Default: false. */
  readonly holdsThresholdKeys?: boolean;
}

/** An application subnet with the canister ids of PocketIC's first application subnet. */
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

/** A further application subnet, with the canister ids below those of the subnet before it. @param number from 1, less than 256 */
export function furtherSubnet(number: number): SubnetOptions {
  const first = FIRST_CANISTER_INDEX - BigInt(number) * CANISTER_RANGE_SIZE;
  return {
    id: DEFAULT_SUBNET_ID.with(0, number).with(1, DEFAULT_SUBNET_ID.length),
    publicKey: DEFAULT_ROOT_KEY.with(-1, number),
    profile: APPLICATION_PROFILE,
    ranges: [{ first, last: first + CANISTER_RANGE_SIZE - 1n }],
  };
}

/** A self-authenticating principal (29 bytes, the last one 0x02) that belongs to no key. */
const DEFAULT_SUBNET_ID = Uint8Array.from({ length: 29 }, (_, i) => (i === 28 ? 2 : i + 1));
/** The DER prefix of a BLS12-381 key and 96 zero bytes. No signature verifies under this key. */
const DEFAULT_ROOT_KEY = new Uint8Array([
  ...Buffer.from('308182301d060d2b0601040182dc7c0503010201060c2b0601040182dc7c05030201036100', 'hex'),
  ...new Uint8Array(96),
]);
