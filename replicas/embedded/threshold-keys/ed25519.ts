/**
 * Threshold Ed25519 keys.
 *
 * Source: interface specification, "IC method schnorr_public_key"; RFC 8032; recorded: trace 15.
 */
import { createHash, hkdfSync } from 'node:crypto';
import { loadEd25519, type Ed25519Point } from './curves.js';
import type { DerivedPublicKey } from './key-derivation.js';
import { KEY_SEED } from './seeds.js';

const OFFSET_BYTES = 64;
const CHAIN_CODE_BYTES = 32;

interface Derivation {
  readonly secret: bigint;
  readonly point: Ed25519Point;
  readonly chainCode: Uint8Array;
}

function sha512(...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha512');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

function deriveKey(name: string, path: readonly Uint8Array[]): Derivation {
  const seed = sha512(KEY_SEED).subarray(0, 32);
  const master = walk(loadEd25519().ed25519.utils.getExtendedPublicKey(seed).scalar, [Buffer.from(name)]);
  return walk(master.secret, path);
}

function walk(start: bigint, path: readonly Uint8Array[]): Derivation {
  const { Point } = loadEd25519().ed25519;
  const { Fn } = Point;
  let secret = Fn.create(start);
  let point = Point.BASE.multiply(secret);
  let chainCode: Uint8Array = new Uint8Array(CHAIN_CODE_BYTES);
  for (const element of path) {
    const material = Buffer.concat([point.toBytes(), element]);
    const okm = new Uint8Array(
      hkdfSync('sha512', material, chainCode, 'Ed25519', OFFSET_BYTES + CHAIN_CODE_BYTES),
    );
    secret = Fn.add(
      secret,
      Fn.create(BigInt(`0x${Buffer.from(okm.subarray(0, OFFSET_BYTES)).toString('hex')}`)),
    );
    point = Point.BASE.multiply(secret);
    chainCode = okm.slice(OFFSET_BYTES);
  }
  return { secret, point, chainCode };
}

/** The public key has 32 bytes. */
export function ed25519PublicKey(name: string, path: readonly Uint8Array[]): DerivedPublicKey {
  const { point, chainCode } = deriveKey(name, path);
  return { publicKey: point.toBytes(), chainCode };
}

/** Returns 64 bytes. A derived key has no seed, so the prefix of its nonces is a hash of the key and the chain code. */
export function signWithEd25519(name: string, path: readonly Uint8Array[], message: Uint8Array): Uint8Array {
  const { Point } = loadEd25519().ed25519;
  const { secret, point, chainCode } = deriveKey(name, path);
  const prefix = sha512(littleEndian(secret), chainCode).subarray(0, 32);
  const nonce = wideScalar(sha512(prefix, message));
  const commitment = Point.BASE.multiply(nonce).toBytes();
  const challenge = wideScalar(sha512(commitment, point.toBytes(), message));
  return Uint8Array.from([
    ...commitment,
    ...littleEndian(Point.Fn.add(nonce, Point.Fn.mul(challenge, secret))),
  ]);
}

/** The scalar of 64 bytes in little-endian order. */
function wideScalar(bytes: Uint8Array): bigint {
  return loadEd25519().ed25519.Point.Fn.create(BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`));
}

function littleEndian(scalar: bigint): Uint8Array {
  return new Uint8Array(Buffer.from(scalar.toString(16).padStart(64, '0'), 'hex').reverse());
}
