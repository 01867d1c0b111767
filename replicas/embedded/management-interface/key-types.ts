/** Candid types of threshold keys. */
import { IDL } from '@icp-sdk/core/candid';
import { Blob } from './canister-types.js';

const { Null, Opt, Principal, Record, Text, Variant, Vec } = IDL;

const EcdsaKeyId = Record({ curve: Variant({ secp256k1: Null }), name: Text });
const SchnorrKeyId = Record({ algorithm: Variant({ bip340secp256k1: Null, ed25519: Null }), name: Text });
const VetKdKeyId = Record({ curve: Variant({ bls12_381_g2: Null }), name: Text });

export const EcdsaPublicKeyRequest = Record({
  canister_id: Opt(Principal),
  derivation_path: Vec(Blob),
  key_id: EcdsaKeyId,
});
export const SignWithEcdsaRequest = Record({
  message_hash: Blob,
  derivation_path: Vec(Blob),
  key_id: EcdsaKeyId,
});
export const SchnorrPublicKeyRequest = Record({
  canister_id: Opt(Principal),
  derivation_path: Vec(Blob),
  key_id: SchnorrKeyId,
});
export const SignWithSchnorrRequest = Record({
  message: Blob,
  derivation_path: Vec(Blob),
  key_id: SchnorrKeyId,
  aux: Opt(Variant({ bip341: Record({ merkle_root_hash: Blob }) })),
});
export const VetKdPublicKeyRequest = Record({
  canister_id: Opt(Principal),
  context: Blob,
  key_id: VetKdKeyId,
});
export const VetKdDeriveKeyRequest = Record({
  input: Blob,
  context: Blob,
  transport_public_key: Blob,
  key_id: VetKdKeyId,
});

export const PublicKey = Record({ public_key: Blob, chain_code: Blob });
export const Signature = Record({ signature: Blob });
export const VetKdPublicKey = Record({ public_key: Blob });
export const EncryptedKey = Record({ encrypted_key: Blob });
