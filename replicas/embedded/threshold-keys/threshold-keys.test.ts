/** Threshold keys: recorded public keys and signatures, and signatures that verify under the public keys. */
import { createHash } from 'node:crypto';
import { bls12_381 } from '@noble/curves/bls12-381';
import { ed25519 } from '@noble/curves/ed25519';
import { schnorr, secp256k1 } from '@noble/curves/secp256k1';
import { describe, expect, it } from 'vitest';
import { bytesToHex, hexToBytes } from '../bytes.js';
import { principalToBytes } from '../principals.js';
import { ed25519PublicKey, signWithEd25519 } from './ed25519.js';
import { canisterPath, keyIdToText } from './key-derivation.js';
import { secp256k1PublicKey, signWithBip340, signWithEcdsa } from './secp256k1.js';
import { encryptedVetKey, isTransportKey, vetKdPublicKey } from './vetkd.js';

const CANISTER = principalToBytes('auamu-4x777-77775-aaaaa-cai');
const PATH = canisterPath(CANISTER, []);
const DEEP = canisterPath(CANISTER, [new Uint8Array([1, 2, 3]), new Uint8Array(), new Uint8Array(200)]);
const MESSAGE = Buffer.from('a message');
const digestOf = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());
function hexOf({ publicKey, chainCode }: { publicKey: Uint8Array; chainCode: Uint8Array }) {
  return [bytesToHex(publicKey), bytesToHex(chainCode)];
}

describe('threshold keys on secp256k1', () => {
  it('are the recorded ones', () => {
    expect(hexOf(secp256k1PublicKey('key_1', PATH))).toEqual([
      '03a87d0713e5c76993c0b0a522adcb64b1bcb8af0fc8816aa06a7b3c66cd099929',
      '5de65b99dedf8fa907868b96f35db3d70f60db552a005d92026238c347d9f6f1',
    ]);
    expect(hexOf(secp256k1PublicKey('test_key_1', PATH))).toEqual([
      '02caf932b8d70f20b73c8719dc1e43324020c2fd01145b03c14dafd95ae5ffcb51',
      '51d0b19ed9e1a36a9eb1c42abbf2c69f4dd6e839a61998249035b4fed90e5aee',
    ]);
  });

  it('sign digests with ECDSA', () => {
    const digest = digestOf(MESSAGE);
    const signature = signWithEcdsa('key_1', DEEP, digest);
    const { publicKey } = secp256k1PublicKey('key_1', DEEP);
    expect(secp256k1.verify(signature, digest, publicKey)).toBe(true);
    expect(secp256k1.verify(signature, digestOf(digest), publicKey)).toBe(false);
  });

  it.each([undefined, new Uint8Array(), digestOf(MESSAGE)])(
    'sign messages with BIP340, tweaked by %s',
    (root) => {
      const { publicKey } = secp256k1PublicKey('key_1', DEEP);
      const internal = publicKey.subarray(1);
      const signature = signWithBip340('key_1', DEEP, MESSAGE, root);
      expect(schnorr.verify(signature, MESSAGE, root ? tweaked(internal, root) : internal)).toBe(true);
      expect(
        schnorr.verify(signature, Buffer.from('another'), root ? tweaked(internal, root) : internal),
      ).toBe(false);
    },
  );
});

/** The output key of BIP341 for an internal key. */
function tweaked(internal: Uint8Array, root: Uint8Array): Uint8Array {
  const { Point } = secp256k1;
  const hash = schnorr.utils.taggedHash('TapTweak', internal, root);
  const even = schnorr.utils.lift_x(BigInt(`0x${bytesToHex(internal)}`));
  return even
    .add(Point.BASE.multiply(BigInt(`0x${bytesToHex(hash)}`)))
    .toBytes(true)
    .subarray(1);
}

describe('threshold keys on Ed25519', () => {
  it('are the recorded ones', () => {
    expect(hexOf(ed25519PublicKey('key_1', PATH))).toEqual([
      '9253c4352aac48ba14ecb2e6f2f1f9c628fb5db222f89bc501171c1e2edf9e58',
      '4ea276bcc43a265b79682f5dfba2ecbcbdb28f023bdd88237b188128337bcd27',
    ]);
  });

  it('sign messages', () => {
    const { publicKey } = ed25519PublicKey('key_1', DEEP);
    const signature = signWithEd25519('key_1', DEEP, MESSAGE);
    expect(ed25519.verify(signature, MESSAGE, publicKey)).toBe(true);
    expect(ed25519.verify(signature, Buffer.from('another'), publicKey)).toBe(false);
  });
});

describe('vetKeys', () => {
  const context = { canister: CANISTER, context: new Uint8Array() };

  it('have the recorded public key', () => {
    expect(bytesToHex(vetKdPublicKey('key_1', context))).toBe(
      'a58e4e8f9cb72a2213a6a3f849d83f152969ca244867fc38e6582f9c2b6adf5e13d650c23847b96265d9a3bc1085c9c216afb96352a0d5ee12620ef42c712dde8df30599458c6bede8157fc6d74975fccbde21e021d4fbb32f732d0739b4f80b',
    );
  });

  it.each([new Uint8Array(), Buffer.from('a context')])(
    'decrypt with the transport key in context %s',
    (bytes) => {
      const { G1, G2, shortSignatures } = bls12_381;
      const secret = 12_345n;
      const transport = G1.Point.BASE.multiply(secret).toBytes(true);
      const scope = { canister: CANISTER, context: bytes };
      const encrypted = encryptedVetKey('key_1', scope, MESSAGE, transport);
      expect(encrypted.length).toBe(192);
      const point = (from: number, to: number) => G1.Point.fromHex(encrypted.slice(from, to));
      const key = point(144, 192).subtract(point(0, 48).multiply(secret));
      const publicKey = vetKdPublicKey('key_1', scope);
      const hash = shortSignatures.hash(
        Buffer.concat([publicKey, MESSAGE]),
        'BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_AUG_',
      );
      expect(shortSignatures.verify(key, hash, G2.Point.fromHex(publicKey))).toBe(true);
    },
  );

  it('accept points of G1 as transport keys only', () => {
    expect(isTransportKey(bls12_381.G1.Point.BASE.toBytes(true))).toBe(true);
    expect(isTransportKey(new Uint8Array(48))).toBe(false);
    expect(isTransportKey(hexToBytes('ff'.repeat(48)))).toBe(false);
  });
});

describe('the text of a key id', () => {
  it.each([
    ['ecdsa', 'ecdsa:Secp256k1:key_1'],
    ['bip340', 'schnorr:Bip340Secp256k1:key_1'],
    ['ed25519', 'schnorr:Ed25519:key_1'],
    ['vetkd', 'vetkd:Bls12_381_G2:key_1'],
  ] as const)('of %s is that of the network', (scheme, text) => {
    expect(keyIdToText({ scheme, name: 'key_1' })).toBe(text);
  });
});
