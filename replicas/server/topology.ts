/**
 * The one subnet of an instance, as PocketIC 10.0.0 makes its first application subnet: same id, seed, key and canister range, so
 * that a client that remembers ids sees what it saw there (recorded from that server).
 */
import { Principal } from '@dfinity/principal';
import type { PrincipalText } from '../replica.js';

export const SUBNET: PrincipalText = 'qxw6a-xchhl-fytzl-qfagk-kuv6t-ye6xf-box4s-fiqod-vn2ex-qkp3q-5ae';

const SUBNET_SEED = [
  119, 18, 178, 192, 156, 185, 107, 58, 163, 251, 255, 212, 3, 74, 33, 163, 157, 93, 19, 248, 14, 4, 49, 97,
  209, 215, 31, 76, 89, 52, 52, 175,
];

/** Public key of the subnet, DER (133 bytes): 37 bytes of header and a BLS12-381 key of 96. The subnet id is derived from it. */
export const SUBNET_PUBLIC_KEY = Uint8Array.from(
  Buffer.from(
    '308182301d060d2b0601040182dc7c0503010201060c2b0601040182dc7c0503020103610083fda3decf3639412c2cde6fc1821e1ef9ba8a3f' +
      '51366fedbf947439cc98dafd865ab1df9635b6322bfcb1e02f7245d80711247ead22fb74ecedac2683b5d7aa5b708874a438d6c6b5d44b5c' +
      '8074cfcb9d2885d9d0200d51d1b306c1cd3eb6df',
    'hex',
  ),
);

/** Bytes of the first and the last canister id: an index of 8 bytes, then 0x01 0x01. */
const FIRST_CANISTER = 'ffffffffffe000000101';
const LAST_CANISTER = 'ffffffffffefffff0101';

const base64 = (hex: string): string => Buffer.from(hex, 'hex').toString('base64');

/** Whether the subnet hosts canisters of this id: they need not exist. */
export function isInRange(canister: PrincipalText): boolean {
  const hex = Buffer.from(Principal.fromText(canister).toUint8Array()).toString('hex');
  return hex.length === FIRST_CANISTER.length && hex >= FIRST_CANISTER && hex <= LAST_CANISTER;
}

/** Reply of `GET …/_/topology`, field for field in the server's order. */
export function topologyToWire(): unknown {
  return {
    subnet_configs: {
      [SUBNET]: {
        subnet_kind: 'Application',
        subnet_seed: SUBNET_SEED,
        instruction_config: 'Production',
        canister_ranges: [
          { start: { canister_id: base64(FIRST_CANISTER) }, end: { canister_id: base64(LAST_CANISTER) } },
        ],
      },
    },
    default_effective_canister_id: { canister_id: base64(FIRST_CANISTER) },
  };
}
