/**
 * Threshold ECDSA and BIP340 Schnorr keys on secp256k1. Keys are derived as in SLIP-10 without hardening, with path elements of any length.
 *
 * Source: interface specification, "IC method ecdsa_public_key"; SLIP-10; BIP340; BIP341; recorded: trace 15.
 */
import { createHash, createHmac } from 'node:crypto';
import { concatBytes } from '../bytes.js';
import { loadSecp256k1, type Secp256k1Point } from './curves.js';
import type { DerivedPublicKey } from './key-derivation.js';
import { chaCha20, KEY_SEED, seedFromNumber } from './seeds.js';

/** The place of the next chain code in an HMAC-SHA-512. */
const CHAIN_CODE_OFFSET = 32;
const AUX_BYTES = 32;
/**
 * The auxiliary randomness of Schnorr signatures is constant, which makes them deterministic. Each byte is the first byte of a number of
 * four bytes.
 */
const AUX_RANDOMNESS = chaCha20(seedFromNumber(0n), 4 * AUX_BYTES).filter((_, index) => index % 4 === 0);

interface Derivation {
  readonly secret: bigint;
  readonly point: Secp256k1Point;
  readonly chainCode: Uint8Array;
}

/** The key of this name, and the key that the path leads to from it. */
function deriveKey(name: string, path: readonly Uint8Array[]): Derivation {
  const master = walk(bytesToScalar(createHash('sha256').update(KEY_SEED).digest()), [Buffer.from(name)]);
  return walk(master.secret, path);
}

function walk(start: bigint, path: readonly Uint8Array[]): Derivation {
  const { Point } = loadSecp256k1().secp256k1;
  let secret = start;
  let point = Point.BASE.multiply(secret);
  let chainCode: Uint8Array = new Uint8Array(32);
  for (const element of path) {
    const step = childOffset(element, point.toBytes(true), chainCode);
    secret = Point.Fn.add(secret, step.offset);
    point = Point.BASE.multiply(secret);
    chainCode = step.chainCode;
  }
  return { secret, point, chainCode };
}

function childOffset(
  element: Uint8Array,
  input: Uint8Array,
  chainCode: Uint8Array,
): { readonly offset: bigint; readonly chainCode: Uint8Array } {
  const digest = createHmac('sha512', chainCode).update(input).update(element).digest();
  const next = new Uint8Array(digest.subarray(CHAIN_CODE_OFFSET));
  const offset = BigInt(`0x${digest.toString('hex', 0, CHAIN_CODE_OFFSET)}`);
  if (offset < scalars().ORDER) return { offset, chainCode: next };
  return childOffset(element, concatBytes([Uint8Array.of(1), next], 33), chainCode);
}

const scalars = () => loadSecp256k1().secp256k1.Point.Fn;

function bytesToScalar(bytes: Uint8Array): bigint {
  return scalars().create(BigInt(`0x${Buffer.from(bytes).toString('hex')}`));
}

/** The public key is a compressed point of 33 bytes. */
export function secp256k1PublicKey(name: string, path: readonly Uint8Array[]): DerivedPublicKey {
  const { point, chainCode } = deriveKey(name, path);
  return { publicKey: point.toBytes(true), chainCode };
}

/** Returns 64 bytes. `digest` has 32 bytes. */
export function signWithEcdsa(name: string, path: readonly Uint8Array[], digest: Uint8Array): Uint8Array {
  const { secp256k1 } = loadSecp256k1();
  return secp256k1.sign(digest, scalars().toBytes(deriveKey(name, path).secret)).toBytes('compact');
}

/** Returns 64 bytes. With a Merkle root, which is empty or has 32 bytes, the key is tweaked as BIP341 requires. */
export function signWithBip340(
  name: string,
  path: readonly Uint8Array[],
  message: Uint8Array,
  merkleRoot?: Uint8Array,
): Uint8Array {
  const key = deriveKey(name, path);
  const secret = merkleRoot === undefined ? key.secret : tweak(key, merkleRoot);
  return loadSecp256k1().schnorr.sign(message, scalars().toBytes(secret), AUX_RANDOMNESS);
}

function tweak({ secret, point }: Derivation, merkleRoot: Uint8Array): bigint {
  const Fn = scalars();
  const hash = loadSecp256k1().schnorr.utils.taggedHash(
    'TapTweak',
    point.toBytes(true).subarray(1),
    merkleRoot,
  );
  const even = point.y % 2n === 0n ? secret : Fn.neg(secret);
  return Fn.add(even, bytesToScalar(hash));
}
