/**
 * The random bytes of a state: a ChaCha20 stream whose key comes from the number of the state, as on a PocketIC server.
 *
 * Source: recorded: trace 01, exchange 27, which holds the bytes of the 13th state.
 */
import { createCipheriv, createHash } from 'node:crypto';
import type { Subnet } from '../state/subnet.js';

const SEED_BYTES = 32;
const ROUND_SEED_BYTES = 8;
/** Separates the randomness of execution from other uses of the seed: a kind, and the number of the thread. */
const PURPOSE = Uint8Array.of(4, 0, 0, 0, 4);
const NO_NONCE = new Uint8Array(16);

/** Draws the next random bytes of the state. */
export function drawBytes({ record, identity }: Subnet, count: number): Uint8Array {
  const seed = Buffer.alloc(SEED_BYTES);
  seed.writeBigUInt64LE(BigInt(record.height));
  if (identity.randomSeed !== 0) {
    createHash('sha256').update(`${identity.randomSeed}`).digest().copy(seed, ROUND_SEED_BYTES);
  }
  const key = createHash('sha256').update(seed).update(PURPOSE).digest();
  const drawn = record.randomBytesDrawn;
  record.randomBytesDrawn += count;
  const stream = createCipheriv('chacha20', key, NO_NONCE).update(new Uint8Array(drawn + count));
  return Uint8Array.from(stream.subarray(drawn));
}

const WORD_BYTES = 8;

/** Draws a number below `count`. */
export function drawBelow(subnet: Subnet, count: number): number {
  const range = BigInt(count);
  for (;;) {
    const word = Buffer.from(drawBytes(subnet, WORD_BYTES)).readBigUInt64LE();
    const product = word * range;
    if (BigInt.asUintN(64, product) <= zoneOf(range)) return Number(product >> 64n);
  }
}

/** The largest low word of a product for which all results are equally likely. */
export function zoneOf(range: bigint): bigint {
  return BigInt.asUintN(64, (range << BigInt(64 - range.toString(2).length)) - 1n);
}
