//! Decodes arguments by the names of methods.

use crate::arguments::*;
use candid::{
    decode_args_with_config, decode_one_with_config, encode_args, encode_one, CandidType, DecoderConfig, Error,
};
use ic_btc_interface::{
    GetBalanceRequest, GetBlockHeadersRequest, GetCurrentFeePercentilesRequest, GetUtxosRequest, SendTransactionRequest,
};
use serde::de::DeserializeOwned;

/// The value in its canonical encoding, or the text of the error.
pub type Decoded = Result<Vec<u8>, String>;

/// The work that decoding may spend on data that the argument does not have.
const SKIPPING_QUOTA: usize = 10_000;

/// Returns `None` if there is no such method.
pub fn decode(method: &str, bytes: &[u8]) -> Option<Decoded> {
    let decode = match method {
        "canister_status"
        | "start_canister"
        | "stop_canister"
        | "delete_canister"
        | "deposit_cycles"
        | "clear_chunk_store"
        | "stored_chunks"
        | "list_canister_snapshots" => one::<CanisterArgument>,
        "canister_info" => one::<CanisterInfoArgument>,
        "canister_metadata" => one::<CanisterMetadataArgument>,
        "update_settings" => one::<UpdateSettingsArgument>,
        "create_canister" => create_canister,
        "install_code" => one::<InstallCodeArgument>,
        "install_chunked_code" => install_chunked_code,
        "uninstall_code" => one::<UninstallCodeArgument>,
        "upload_chunk" => one::<UploadChunkArgument>,
        "provisional_create_canister_with_cycles" => one::<ProvisionalCreateArgument>,
        "provisional_top_up_canister" => one::<ProvisionalTopUpArgument>,
        "take_canister_snapshot" => one::<TakeSnapshotArgument>,
        "load_canister_snapshot" => one::<LoadSnapshotArgument>,
        "delete_canister_snapshot" | "read_canister_snapshot_metadata" => one::<SnapshotArgument>,
        "read_canister_snapshot_data" => one::<ReadSnapshotDataArgument>,
        "upload_canister_snapshot_metadata" => one::<UploadSnapshotMetadataArgument>,
        "upload_canister_snapshot_data" => one::<UploadSnapshotDataArgument>,
        "rename_canister" => one::<RenameCanisterArgument>,
        "fetch_canister_logs" => one::<FetchLogsArgument>,
        "raw_rand" => none,
        "http_request" => one::<HttpRequestArgument>,
        "subnet_info" => one::<SubnetArgument>,
        "node_metrics_history" => one::<NodeMetricsArgument>,
        "ecdsa_public_key" => one::<EcdsaPublicKeyArgument>,
        "sign_with_ecdsa" => one::<SignWithEcdsaArgument>,
        "schnorr_public_key" => one::<SchnorrPublicKeyArgument>,
        "sign_with_schnorr" => one::<SignWithSchnorrArgument>,
        "vetkd_public_key" => one::<VetKdPublicKeyArgument>,
        "vetkd_derive_key" => one::<VetKdDeriveKeyArgument>,
        "reshare_chain_key" => one::<ReshareChainKeyArgument>,
        "setup_initial_dkg" => one::<SetupInitialDkgArgument>,
        "bitcoin_get_balance" => one::<GetBalanceRequest>,
        "bitcoin_get_utxos" => one::<GetUtxosRequest>,
        "bitcoin_get_block_headers" => one::<GetBlockHeadersRequest>,
        "bitcoin_get_current_fee_percentiles" => one::<GetCurrentFeePercentilesRequest>,
        "bitcoin_send_transaction" => one::<SendTransactionRequest>,
        _ => return None,
    };
    Some(decode(bytes))
}

/// How the server decodes an argument to find the subnet that it is for: without a limit of work, and with all details in the error.
/// Every method names a canister, except the one that creates a canister.
pub fn decode_to_route(method: &str, bytes: &[u8]) -> Decoded {
    match method {
        "provisional_create_canister_with_cycles" => one_in_detail::<ProvisionalCreateArgument>(bytes),
        _ => one_in_detail::<CanisterArgument>(bytes),
    }
}

fn one_in_detail<T: CandidType + DeserializeOwned>(bytes: &[u8]) -> Decoded {
    let mut config = DecoderConfig::new();
    config.set_full_error_message(true);
    decode_one_with_config::<T>(bytes, &config)
        .map(canonical)
        .map_err(|error| format!("Error decoding candid: {error:?}").replace("/crates/", ""))
}

fn config() -> DecoderConfig {
    let mut config = DecoderConfig::new();
    config.set_skipping_quota(SKIPPING_QUOTA);
    config.set_full_error_message(false);
    config
}

fn one<T: CandidType + DeserializeOwned>(bytes: &[u8]) -> Decoded {
    read::<T>(bytes).map_err(describe).map(canonical)
}

fn none(bytes: &[u8]) -> Decoded {
    read_nothing(bytes).map_err(describe).map(|()| canonical_nothing())
}

/// The method also accepts no argument at all. Its error does not say more, except for a limit of a list.
fn create_canister(bytes: &[u8]) -> Decoded {
    match read::<CreateCanisterArgument>(bytes) {
        Ok(argument) => Ok(canonical(argument)),
        Err(error) if format!("{error:?}").contains("The number of elements exceeds maximum allowed") => {
            Err(format!("Payload deserialization error: {error:?}"))
        }
        Err(_) => match read_nothing(bytes) {
            Ok(()) => Ok(canonical(CreateCanisterArgument::default())),
            Err(_) => Err("Payload deserialization error.".to_string()),
        },
    }
}

fn install_chunked_code(bytes: &[u8]) -> Decoded {
    match read::<InstallChunkedCodeArgument>(bytes) {
        Ok(argument) => Ok(canonical(argument)),
        Err(_) => read::<InstallChunkedCodeWithBlobs>(bytes)
            .map_err(describe)
            .map(|earlier| canonical(InstallChunkedCodeArgument::from(earlier))),
    }
}

fn read<T: CandidType + DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    decode_one_with_config(bytes, &config())
}

fn read_nothing(bytes: &[u8]) -> Result<(), Error> {
    decode_args_with_config(bytes, &config())
}

fn canonical<T: CandidType>(argument: T) -> Vec<u8> {
    encode_one(argument).expect("a decoded argument can be encoded")
}

fn canonical_nothing() -> Vec<u8> {
    encode_args(()).expect("no argument can be encoded")
}

/// A text may name a source file. Only the part from the crate's name on is the same on every machine.
fn describe(error: Error) -> String {
    format!("Error decoding candid: {error:#}").replace("/crates/", "")
}
