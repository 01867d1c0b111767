/**
 * Derives seed, key, and id of a subnet from the canister ids that it hosts, as PocketIC 10.0.0 does. A client that stores ids sees
 * the same ones from both servers.
 *
 * Source: rs/pocket_ic_server/src/pocket_ic.rs (`compute_subnet_seed`), rs/state_machine_tests/src/lib.rs (the subnet's key comes from
 * `StdRng::from_seed`), rs/crypto/internal/crypto_lib/bls12_381/type/src/lib.rs (`Scalar::random`). The golden traces hold seed, key,
 * and id of the first application subnet. `topology.test.ts` holds three more published ids.
 */
import { createHash } from 'node:crypto';
import { bls12_381 } from '@noble/curves/bls12-381';
import type { CanisterRange } from '../../replicas/embedded/state/subnet.js';
import { canisterIdFromIndex } from '../../replicas/embedded/principals.js';
import { subnetKeyFromSecret, subnetKeyToDer, type SubnetKey } from '../ic/bls.js';
import { StdRng } from './std-rng.js';

const SCALAR_BYTES = 32;
const SCALAR_BITS = 255;
const signingKeyBySeed = new Map<string, SubnetKey>();
const keyBySeed = new Map<string, Uint8Array>();

/** Returns the SHA-256 (32 bytes) of the sorted ranges in Rust's `{:?}` format. */
export function subnetSeed(ranges: readonly CanisterRange[]): Uint8Array {
  const id = (index: bigint): string => `CanisterId(${canisterIdFromIndex(index)})`;
  const texts = [...ranges]
    .sort((a, b) => (a.first < b.first ? -1 : 1))
    .map(({ first, last }) => `CanisterIdRange { start: ${id(first)}, end: ${id(last)} }`);
  return new Uint8Array(
    createHash('sha256')
      .update(`[${texts.join(', ')}]`)
      .digest(),
  );
}

/** Returns the key in DER, 133 bytes. The first call for a seed takes milliseconds. */
export function publicKeyFromSeed(seed: Uint8Array): Uint8Array {
  const name = Buffer.from(seed).toString('hex');
  const known = keyBySeed.get(name);
  if (known) return known;
  const point = bls12_381.G2.Point.BASE.multiply(randomScalar(new StdRng(seed)));
  const key = subnetKeyToDer(point.toBytes(true));
  keyBySeed.set(name, key);
  return key;
}

/** Returns the key that signs the states of the subnet. The first call for a seed takes milliseconds. */
export function subnetKey(seed: Uint8Array): SubnetKey {
  const name = Buffer.from(seed).toString('hex');
  const known = signingKeyBySeed.get(name);
  if (known) return known;
  const secret = randomScalar(new StdRng(seed))
    .toString(16)
    .padStart(2 * SCALAR_BYTES, '0');
  const key = subnetKeyFromSecret(new Uint8Array(Buffer.from(secret, 'hex')));
  signingKeyBySeed.set(name, key);
  return key;
}

/** Takes 255 random bits, repeatedly, until they are below the order of the group. */
function randomScalar(rng: StdRng): bigint {
  for (;;) {
    const bits = BigInt(`0x${Buffer.from(rng.bytes(SCALAR_BYTES)).toString('hex')}`);
    const scalar = BigInt.asUintN(SCALAR_BITS, bits);
    if (scalar < bls12_381.fields.Fr.ORDER) return scalar;
  }
}
