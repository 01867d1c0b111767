//! Deploys and calls a canister on the server of `serve --live` with the crate `ic-agent`, as `dfx` and `icp` do.

use candid::{CandidType, Decode, Encode, Principal};
use client_tests::{counter_wasm, live_url};
use ic_agent::agent::{CallResponse, EffectiveId};
use ic_agent::{Agent, AgentError};
use management_types::{
    CanisterIdRecord, CanisterInstallMode, CanisterStatusResult, ChunkHash, InstallChunkedCodeArgs,
    InstallCodeArgs, ProvisionalCreateCanisterWithCyclesArgs, UploadChunkArgs,
};
use sha2::{Digest, Sha256};

async fn connect() -> Agent {
    let agent = Agent::builder().with_url(live_url()).build().unwrap();
    agent.fetch_root_key().await.unwrap();
    agent
}

async fn manage(agent: &Agent, method: &str, argument: impl CandidType, canister: Principal) -> Vec<u8> {
    agent
        .update(&Principal::management_canister(), method)
        .with_arg(Encode!(&argument).unwrap())
        .with_effective_canister_id(canister)
        .await
        .unwrap_or_else(|error| panic!("{method}: {error}"))
}

async fn create(agent: &Agent, target: impl Into<EffectiveId>) -> Principal {
    let arguments = ProvisionalCreateCanisterWithCyclesArgs {
        amount: Some(10_000_000_000_000u64.into()),
        ..Default::default()
    };
    let signed = agent
        .update(&Principal::management_canister(), "provisional_create_canister_with_cycles")
        .with_arg(Encode!(&arguments).unwrap())
        .sign()
        .unwrap();
    match agent.update_signed(target, signed.signed_update).await.unwrap() {
        CallResponse::Response(reply) => Decode!(&reply, CanisterIdRecord).unwrap().canister_id,
        CallResponse::Poll(_) => panic!("the server did not answer in time"),
    }
}

fn default_canister_id() -> Principal {
    pocket_ic_16::get_default_effective_canister_id(live_url()).unwrap()
}

fn install(canister_id: Principal) -> InstallCodeArgs {
    InstallCodeArgs {
        mode: CanisterInstallMode::Install,
        canister_id,
        wasm_module: counter_wasm(),
        arg: vec![],
        sender_canister_version: None,
    }
}

async fn count(agent: &Agent, canister: &Principal, method: &str) -> u64 {
    let argument = Encode!().unwrap();
    let reply = match method {
        "inc" => agent.update(canister, method).with_arg(argument).await.unwrap(),
        _ => agent.query(canister, method).with_arg(argument).await.unwrap(),
    };
    Decode!(&reply, u64).unwrap()
}

#[test]
fn both_versions_of_pocket_ic_read_the_topology() {
    assert_eq!(pocket_ic_10::get_default_effective_canister_id(live_url()).unwrap(), default_canister_id());
}

#[test]
fn deploys_and_calls_a_canister() {
    let target = default_canister_id();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let agent = connect().await;
        assert_eq!(agent.status().await.unwrap().replica_health_status.as_deref(), Some("healthy"));
        let canister = create(&agent, target).await;
        manage(&agent, "install_code", install(canister), canister).await;
        assert_eq!(count(&agent, &canister, "inc").await, 1);
        assert_eq!(count(&agent, &canister, "get").await, 1);
        let refused = agent.update(&canister, "refuse").with_arg(Encode!().unwrap()).await.unwrap_err();
        assert!(matches!(refused, AgentError::CertifiedReject { .. }), "{refused}");
        let hash = Sha256::digest(counter_wasm()).to_vec();
        assert_eq!(agent.read_state_canister_module_hash(canister).await.unwrap(), hash);
        assert_eq!(
            agent.read_state_canister_controllers(canister).await.unwrap(),
            vec![Principal::anonymous()]
        );
        let reply = manage(&agent, "canister_status", CanisterIdRecord { canister_id: canister }, canister).await;
        assert_eq!(Decode!(&reply, CanisterStatusResult).unwrap().module_hash, Some(hash));
        let subnet = agent.get_subnet_by_canister(&canister).await.unwrap();
        assert!(subnet.contains_canister(&canister));
        assert!(agent.read_state_subnet_metrics(subnet.id()).await.unwrap().num_canisters > 0);
    });
}

#[test]
fn deploys_in_chunks_on_a_subnet() {
    let target = default_canister_id();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let agent = connect().await;
        let subnet = agent.get_subnet_by_canister(&target).await.unwrap().id();
        let canister = create(&agent, EffectiveId::Subnet(subnet)).await;
        let wasm = counter_wasm();
        let mut hashes: Vec<ChunkHash> = vec![];
        for chunk in wasm.chunks(wasm.len() / 2 + 1) {
            let arguments = UploadChunkArgs { canister_id: canister, chunk: chunk.to_vec() };
            let reply = manage(&agent, "upload_chunk", arguments, canister).await;
            hashes.push(Decode!(&reply, ChunkHash).unwrap());
        }
        let arguments = InstallChunkedCodeArgs {
            mode: CanisterInstallMode::Install,
            target_canister: canister,
            store_canister: None,
            chunk_hashes_list: hashes,
            wasm_module_hash: Sha256::digest(&wasm).to_vec(),
            arg: vec![],
            sender_canister_version: None,
        };
        manage(&agent, "install_chunked_code", arguments, canister).await;
        assert_eq!(count(&agent, &canister, "inc").await, 1);
    });
}
