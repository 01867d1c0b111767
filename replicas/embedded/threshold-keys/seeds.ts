/** The constants from which every PocketIC server derives its threshold keys and the randomness of its signatures. */
import { createCipheriv } from 'node:crypto';

/** Seed of the secp256k1 and Ed25519 master keys, and of the randomness of encrypted keys. */
export const KEY_SEED = new Uint8Array(32).fill(42);

/** The first bytes of the stream of ChaCha with 20 rounds, a counter that starts at 0, and no nonce. */
export function chaCha20(key: Uint8Array, length: number): Uint8Array {
  const cipher = createCipheriv('chacha20', key, new Uint8Array(16));
  return new Uint8Array(cipher.update(new Uint8Array(length)));
}

const MULTIPLIER = 6_364_136_223_846_793_005n;
const INCREMENT = 11_634_580_027_462_260_723n;

/** Expands a number to a seed of 32 bytes with the generator PCG32, as Rust's `SeedableRng::seed_from_u64` (rand_core 0.6). */
export function seedFromNumber(value: bigint): Uint8Array {
  const seed = new DataView(new ArrayBuffer(32));
  let state = value;
  for (let offset = 0; offset < seed.byteLength; offset += 4) {
    state = BigInt.asUintN(64, state * MULTIPLIER + INCREMENT);
    const mixed = Number(BigInt.asUintN(32, ((state >> 18n) ^ state) >> 27n));
    const turn = Number(state >> 59n);
    seed.setUint32(offset, (mixed >>> turn) | (mixed << (32 - turn)), true);
  }
  return new Uint8Array(seed.buffer);
}
