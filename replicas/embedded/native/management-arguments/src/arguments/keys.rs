//! Arguments about threshold keys.

use crate::bounded::Bounded;
use candid::{CandidType, Principal};
use serde::Deserialize;
use serde_bytes::ByteBuf;

const PATH_ELEMENTS_MAX: usize = 255;
const RESHARE_NODES_MAX: usize = 100;

type DerivationPath = Bounded<ByteBuf, PATH_ELEMENTS_MAX>;

#[derive(CandidType, Deserialize)]
enum EcdsaCurve {
    #[serde(rename = "secp256k1")]
    Secp256k1,
}

#[derive(CandidType, Deserialize)]
struct EcdsaKeyId {
    curve: EcdsaCurve,
    name: String,
}

#[derive(CandidType, Deserialize)]
enum SchnorrAlgorithm {
    #[serde(rename = "bip340secp256k1")]
    Bip340Secp256k1,
    #[serde(rename = "ed25519")]
    Ed25519,
}

#[derive(CandidType, Deserialize)]
struct SchnorrKeyId {
    algorithm: SchnorrAlgorithm,
    name: String,
}

#[derive(CandidType, Deserialize)]
enum VetKdCurve {
    #[serde(rename = "bls12_381_g2")]
    Bls12381G2,
}

#[derive(CandidType, Deserialize)]
struct VetKdKeyId {
    curve: VetKdCurve,
    name: String,
}

#[derive(CandidType, Deserialize)]
pub struct EcdsaPublicKeyArgument {
    canister_id: Option<Principal>,
    derivation_path: DerivationPath,
    key_id: EcdsaKeyId,
}

#[derive(CandidType, Deserialize)]
pub struct SignWithEcdsaArgument {
    message_hash: [u8; 32],
    derivation_path: DerivationPath,
    key_id: EcdsaKeyId,
}

#[derive(CandidType, Deserialize)]
pub struct SchnorrPublicKeyArgument {
    canister_id: Option<Principal>,
    derivation_path: DerivationPath,
    key_id: SchnorrKeyId,
}

#[derive(CandidType, Deserialize)]
struct Bip341Aux {
    merkle_root_hash: ByteBuf,
}

#[derive(CandidType, Deserialize)]
enum SchnorrAux {
    #[serde(rename = "bip341")]
    Bip341(Bip341Aux),
}

#[derive(CandidType, Deserialize)]
pub struct SignWithSchnorrArgument {
    #[serde(with = "serde_bytes")]
    message: Vec<u8>,
    derivation_path: DerivationPath,
    key_id: SchnorrKeyId,
    aux: Option<SchnorrAux>,
}

#[derive(CandidType, Deserialize)]
pub struct VetKdPublicKeyArgument {
    canister_id: Option<Principal>,
    #[serde(with = "serde_bytes")]
    context: Vec<u8>,
    key_id: VetKdKeyId,
}

#[derive(CandidType, Deserialize)]
pub struct VetKdDeriveKeyArgument {
    #[serde(with = "serde_bytes")]
    context: Vec<u8>,
    #[serde(with = "serde_bytes")]
    input: Vec<u8>,
    key_id: VetKdKeyId,
    #[serde(with = "serde_bytes")]
    transport_public_key: [u8; 48],
}

#[derive(CandidType, Deserialize)]
enum MasterKeyId {
    Ecdsa(EcdsaKeyId),
    Schnorr(SchnorrKeyId),
    VetKd(VetKdKeyId),
}

#[derive(CandidType, Deserialize)]
pub struct ReshareChainKeyArgument {
    key_id: MasterKeyId,
    subnet_id: Principal,
    nodes: Bounded<Principal, RESHARE_NODES_MAX>,
    registry_version: u64,
}

#[derive(CandidType, Deserialize)]
pub struct SetupInitialDkgArgument {
    node_ids: Vec<Principal>,
    registry_version: u64,
}
