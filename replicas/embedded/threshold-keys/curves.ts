/** The elliptic curves. They are loaded when the first key is used, because loading them takes as long as loading the whole engine. */
import { createRequire } from 'node:module';
import type * as HashToCurve from '@noble/curves/abstract/hash-to-curve';
import type * as Bls from '@noble/curves/bls12-381';
import type * as Ed25519 from '@noble/curves/ed25519';
import type * as Secp256k1 from '@noble/curves/secp256k1';
import type * as Sha2 from '@noble/hashes/sha2';

const load = createRequire(import.meta.url);

export const loadSecp256k1 = () => load('@noble/curves/secp256k1') as typeof Secp256k1;
export const loadEd25519 = () => load('@noble/curves/ed25519') as typeof Ed25519;
export const loadBls12381 = () => load('@noble/curves/bls12-381') as typeof Bls;
export const loadHashToCurve = () => load('@noble/curves/abstract/hash-to-curve') as typeof HashToCurve;
export const loadSha2 = () => load('@noble/hashes/sha2') as typeof Sha2;

export type Secp256k1Point = InstanceType<typeof Secp256k1.secp256k1.Point>;
export type Ed25519Point = InstanceType<typeof Ed25519.ed25519.Point>;
export type G2Point = InstanceType<typeof Bls.bls12_381.G2.Point>;
