/**
 * Seed, key and id of a subnet, as PocketIC 10.0.0 derives them from the canister ids that the subnet hosts: a client that remembers
 * ids sees here what it saw there.
 *
 * Source: rs/pocket_ic_server/src/pocket_ic.rs (`compute_subnet_seed`), rs/state_machine_tests/src/lib.rs (the subnet's key is drawn
 * from `StdRng::from_seed`), rs/crypto/internal/crypto_lib/bls12_381/type/src/lib.rs (`Scalar::random`). Seed, key and id of the
 * first application subnet are recorded in the golden traces; `topology.test.ts` has three ids more that others have published.
 */
import { createHash } from 'node:crypto';
import { bls12_381 } from '@noble/curves/bls12-381';
import type { CanisterRange } from '../../replicas/embedded/state/subnet.js';
import { canisterIdFromIndex } from '../../replicas/embedded/principals.js';
import { StdRng } from './std-rng.js';

const SCALAR_BYTES = 32;
/** DER around the 96 bytes of a BLS12-381 key in G2. */
const DER_PREFIX = Buffer.from(
  '308182301d060d2b0601040182dc7c0503010201060c2b0601040182dc7c05030201036100',
  'hex',
);

const keyBySeed = new Map<string, Uint8Array>();

/** SHA-256 of the ranges, sorted, as Rust's `{:?}` writes them. 32 bytes. */
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

/** DER, 133 bytes. Takes milliseconds the first time. */
export function publicKeyFromSeed(seed: Uint8Array): Uint8Array {
  const name = Buffer.from(seed).toString('hex');
  const known = keyBySeed.get(name);
  if (known) return known;
  const point = bls12_381.G2.ProjectivePoint.BASE.multiply(randomScalar(new StdRng(seed)));
  const key = Uint8Array.from([...DER_PREFIX, ...point.toBytes(true)]);
  keyBySeed.set(name, key);
  return key;
}

/** 255 random bits, drawn again until they are below the order of the group. */
function randomScalar(rng: StdRng): bigint {
  for (;;) {
    const bytes = rng.bytes(SCALAR_BYTES);
    bytes[0]! &= 0x7f;
    const scalar = BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
    if (scalar < bls12_381.fields.Fr.ORDER) return scalar;
  }
}

/** The self-authenticating principal of a key: SHA-224 and the byte 2. 29 bytes. */
export function subnetIdOf(publicKeyDer: Uint8Array): Uint8Array {
  return Uint8Array.from([...createHash('sha224').update(publicKeyDer).digest(), 2]);
}
