// Included for each version of the crate, whose name is `pocket_ic` here.

use candid::{Decode, Encode, Principal};
use client_tests::{counter_wasm, motoko_wasm, outcall_argument, outcall_wasm, rest_url};
use pocket_ic::common::rest::{
    BlobCompression, CanisterHttpMethod, CanisterHttpReply, CanisterHttpResponse, ExtendedSubnetConfigSet,
    MockCanisterHttpResponse, RawEffectivePrincipal, RawMessageId, SubnetKind, SubnetSpec,
};
use pocket_ic::{nonblocking, ErrorCode, IngressStatusResult, PocketIc, PocketIcBuilder, RejectCode, Time};
use sha2::{Digest, Sha256};
use std::time::Duration;

const ANONYMOUS: Principal = Principal::anonymous();
const OWNER: Principal = Principal::from_slice(&[1, 2, 3, 4]);
const TRILLION: u128 = 1_000_000_000_000;

fn builder() -> PocketIcBuilder {
    PocketIcBuilder::new().with_server_url(rest_url().parse().unwrap())
}

fn application_subnet() -> PocketIc {
    builder().with_application_subnet().build()
}

fn nothing() -> Vec<u8> {
    Encode!().unwrap()
}

/// Installs the counter on a new canister of the anonymous principal.
fn install_counter(pic: &PocketIc) -> Principal {
    let canister = pic.create_canister();
    pic.add_cycles(canister, 100 * TRILLION);
    pic.install_canister(canister, counter_wasm(), vec![], None);
    canister
}

fn count(reply: Vec<u8>) -> u64 {
    Decode!(&reply, u64).unwrap()
}

/// The nodes of a subnet, from the state tree. The agent accepts certificates of the present only.
fn nodes_of(pic: &PocketIc, subnet: Principal) -> Vec<Principal> {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    pic.set_certified_time(Time::from_nanos_since_unix_epoch(now.as_nanos() as u64));
    let metrics = pic.get_subnet_metrics(subnet);
    assert!(metrics.is_some());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let url = format!("{}instances/{}/", pic.get_server_url(), pic.instance_id());
    runtime.block_on(async {
        let agent = ic_agent::Agent::builder().with_url(url).build().unwrap();
        agent.fetch_root_key().await.unwrap();
        let info = agent.fetch_subnet_by_id(&subnet).await.unwrap();
        info.iter_nodes().collect()
    })
}

#[test]
fn calls_updates_and_queries() {
    let pic = application_subnet();
    let canister = install_counter(&pic);
    assert_eq!(count(pic.update_call(canister, ANONYMOUS, "inc", nothing()).unwrap()), 1);
    assert_eq!(count(pic.query_call(canister, OWNER, "get", nothing()).unwrap()), 1);
    assert_eq!(pocket_ic::update_candid::<_, (u64,)>(&pic, canister, "inc", ()).unwrap(), (2,));
    assert_eq!(pocket_ic::update_candid_as::<_, (u64,)>(&pic, canister, OWNER, "inc", ()).unwrap(), (3,));
    assert_eq!(pocket_ic::query_candid::<_, (u64,)>(&pic, canister, "get", ()).unwrap(), (3,));
    assert_eq!(pocket_ic::query_candid_as::<_, (u64,)>(&pic, canister, OWNER, "get", ()).unwrap(), (3,));
    let target = RawEffectivePrincipal::CanisterId(canister.as_slice().to_vec());
    assert_eq!(pocket_ic::call_candid::<_, (u64,)>(&pic, canister, target.clone(), "inc", ()).unwrap(), (4,));
    assert_eq!(
        pocket_ic::call_candid_as::<_, (u64,)>(&pic, canister, target.clone(), OWNER, "inc", ()).unwrap(),
        (5,)
    );
    let reply = pic.update_call_with_effective_principal(canister, target.clone(), OWNER, "inc", nothing());
    assert_eq!(count(reply.unwrap()), 6);
    let reply = pic.query_call_with_effective_principal(canister, target, OWNER, "get", nothing());
    assert_eq!(count(reply.unwrap()), 6);
}

#[test]
fn returns_rejects() {
    let pic = application_subnet();
    let canister = install_counter(&pic);
    let refused = pic.update_call(canister, ANONYMOUS, "refuse", nothing()).unwrap_err();
    assert_eq!(refused.reject_code, RejectCode::CanisterReject);
    assert_eq!(refused.error_code, ErrorCode::CanisterRejectedMessage);
    assert_eq!(refused.reject_message, "hello, world");
    assert!(refused.certified);
    let trapped = pic.update_call(canister, ANONYMOUS, "fail", nothing()).unwrap_err();
    assert_eq!(trapped.error_code, ErrorCode::CanisterCalledTrap);
    let missing = pic.query_call(canister, ANONYMOUS, "absent", nothing()).unwrap_err();
    assert_eq!(missing.error_code, ErrorCode::CanisterMethodNotFound);
    assert!(!missing.certified);
}

#[test]
fn submits_first_and_waits_later() {
    let pic = application_subnet();
    let canister = install_counter(&pic);
    let submit = || -> RawMessageId { pic.submit_call(canister, OWNER, "inc", nothing()).unwrap() };
    let first = submit();
    assert!(pic.ingress_status(first.clone()).is_none());
    assert!(matches!(pic.ingress_status_as(first.clone(), OWNER), IngressStatusResult::NotAvailable));
    pic.tick();
    assert!(pic.ingress_status(first.clone()).is_some());
    assert!(matches!(pic.ingress_status_as(first.clone(), OWNER), IngressStatusResult::Success(Ok(_))));
    assert!(matches!(pic.ingress_status_as(first.clone(), ANONYMOUS), IngressStatusResult::Forbidden(_)));
    assert_eq!(count(pic.await_call(first).unwrap()), 1);
    let target = RawEffectivePrincipal::CanisterId(canister.as_slice().to_vec());
    let second = pic
        .submit_call_with_effective_principal(canister, target, OWNER, "inc", nothing())
        .unwrap();
    pic.tick();
    assert_eq!(count(pic.await_call_no_ticks(second).unwrap()), 2);
}

#[test]
fn manages_canisters() {
    let pic = application_subnet();
    let canister = pic.create_canister_with_settings(Some(OWNER), Some(Default::default()));
    pic.add_cycles(canister, 100 * TRILLION);
    assert!(pic.canister_exists(canister));
    assert_eq!(pic.get_controllers(canister), vec![OWNER]);
    pic.install_canister(canister, counter_wasm(), vec![], Some(OWNER));
    assert_eq!(count(pic.update_call(canister, ANONYMOUS, "inc", nothing()).unwrap()), 1);
    pic.upgrade_canister(canister, counter_wasm(), vec![], Some(OWNER)).unwrap();
    assert_eq!(count(pic.query_call(canister, ANONYMOUS, "get", nothing()).unwrap()), 0);
    pic.reinstall_canister(canister, counter_wasm(), vec![], Some(OWNER)).unwrap();
    let denied = pic.upgrade_canister(canister, counter_wasm(), vec![], None).unwrap_err();
    assert_eq!(denied.error_code, ErrorCode::CanisterInvalidController);
    pic.update_canister_settings(canister, Some(OWNER), Default::default()).unwrap();
    pic.set_controllers(canister, Some(OWNER), vec![OWNER, ANONYMOUS]).unwrap();
    assert_eq!(pic.get_controllers(canister).len(), 2);
    let status = pic.canister_status(canister, None).unwrap();
    assert_eq!(status.module_hash, Some(Sha256::digest(counter_wasm()).to_vec()));
    pic.stop_canister(canister, None).unwrap();
    let stopped = pic.update_call(canister, ANONYMOUS, "inc", nothing()).unwrap_err();
    assert_eq!(stopped.error_code, ErrorCode::CanisterStopped);
    pic.start_canister(canister, None).unwrap();
    pic.uninstall_canister(canister, None).unwrap();
    pic.stop_canister(canister, None).unwrap();
    pic.delete_canister(canister, None).unwrap();
    assert!(!pic.canister_exists(canister));
    assert_eq!(pic.get_subnet(canister), None);
}

#[test]
fn installs_in_chunks() {
    let pic = application_subnet();
    let canister = pic.create_canister();
    pic.add_cycles(canister, 100 * TRILLION);
    let wasm = counter_wasm();
    let chunk = pic.upload_chunk(canister, None, wasm.clone()).unwrap();
    assert_eq!(pic.stored_chunks(canister, None).unwrap(), vec![chunk.clone()]);
    let hash = Sha256::digest(&wasm).to_vec();
    pic.install_chunked_canister(canister, None, InstallMode::Install, canister, vec![chunk], hash, vec![])
        .unwrap();
    assert_eq!(count(pic.update_call(canister, ANONYMOUS, "inc", nothing()).unwrap()), 1);
    pic.clear_chunk_store(canister, None).unwrap();
    assert!(pic.stored_chunks(canister, None).unwrap().is_empty());
}

#[test]
fn upgrades_with_orthogonal_persistence() {
    let pic = application_subnet();
    let canister = pic.create_canister();
    pic.add_cycles(canister, 100 * TRILLION);
    pic.install_canister(canister, motoko_wasm(), nothing(), None);
    pic.upgrade_eop_canister(canister, motoko_wasm(), nothing(), None).unwrap();
    let refused = pic.upgrade_canister(canister, motoko_wasm(), nothing(), None).unwrap_err();
    assert_eq!(refused.error_code, ErrorCode::CanisterContractViolation);
}

#[test]
fn takes_and_loads_snapshots() {
    let pic = application_subnet();
    let canister = install_counter(&pic);
    pic.update_call(canister, ANONYMOUS, "inc", nothing()).unwrap();
    pic.stop_canister(canister, None).unwrap();
    let snapshot = pic.take_canister_snapshot(canister, None, None).unwrap();
    pic.start_canister(canister, None).unwrap();
    pic.update_call(canister, ANONYMOUS, "inc", nothing()).unwrap();
    assert_eq!(pic.list_canister_snapshots(canister, None).unwrap().len(), 1);
    pic.stop_canister(canister, None).unwrap();
    pic.load_canister_snapshot(canister, None, snapshot.id.clone()).unwrap();
    pic.start_canister(canister, None).unwrap();
    assert_eq!(count(pic.query_call(canister, ANONYMOUS, "get", nothing()).unwrap()), 1);
    let replaced = pic.take_canister_snapshot(canister, None, Some(snapshot.id)).unwrap();
    pic.delete_canister_snapshot(canister, None, replaced.id).unwrap();
    assert!(pic.list_canister_snapshots(canister, None).unwrap().is_empty());
}

#[test]
fn reads_and_sets_time() {
    let pic = application_subnet();
    let canister = install_counter(&pic);
    let start = pic.get_time();
    pic.advance_time(Duration::from_secs(60));
    assert_eq!(pic.get_time(), start + Duration::from_secs(60));
    let later = Time::from_nanos_since_unix_epoch(1_900_000_000_000_000_001);
    pic.set_time(later);
    pic.tick();
    assert_eq!(count(pic.query_call(canister, ANONYMOUS, "now", nothing()).unwrap()), 1_900_000_000_000_000_001);
    pic.set_certified_time(later + Duration::from_secs(1));
    assert_eq!(pic.get_time(), later + Duration::from_secs(1));
}

#[test]
fn reads_cycles_memory_and_logs() {
    let pic = application_subnet();
    let canister = install_counter(&pic);
    let before = pic.cycle_balance(canister);
    assert_eq!(pic.add_cycles(canister, 10u128.pow(30)), before + 10u128.pow(30));
    assert_eq!(&pic.get_stable_memory(canister)[..0], &[] as &[u8]);
    pic.set_stable_memory(canister, vec![9, 8, 7], BlobCompression::NoCompression);
    let memory = pic.get_stable_memory(canister);
    assert_eq!((&memory[..3], memory.len()), (&[9u8, 8, 7][..], 65_536));
    let gzipped_abc: [u8; 23] = [
        31, 139, 8, 0, 0, 0, 0, 0, 0, 3, 75, 76, 74, 6, 0, 194, 65, 36, 53, 3, 0, 0, 0,
    ];
    pic.set_stable_memory(canister, gzipped_abc.to_vec(), BlobCompression::Gzip);
    assert_eq!(&pic.get_stable_memory(canister)[..3], b"abc");
    pic.update_call(canister, ANONYMOUS, "say", nothing()).unwrap();
    let logs = pic.fetch_canister_logs(canister, ANONYMOUS).unwrap();
    assert_eq!(logs.len(), 1);
    assert_eq!(logs[0].content.to_vec(), b"hello, world");
    assert_eq!(pic.upload_blob(vec![1], BlobCompression::NoCompression).0, Sha256::digest([1]).to_vec());
}

#[test]
fn creates_every_kind_of_subnet() {
    let pic = builder()
        .with_nns_subnet()
        .with_sns_subnet()
        .with_ii_subnet()
        .with_fiduciary_subnet()
        .with_bitcoin_subnet()
        .with_system_subnet()
        .with_application_subnet()
        .with_verified_application_subnet()
        .with_benchmarking_application_subnet()
        .with_benchmarking_system_subnet()
        .build();
    let topology = pic.topology();
    assert_eq!(topology.get_app_subnets().len(), 2);
    assert_eq!(topology.get_system_subnets().len(), 2);
    assert_eq!(topology.get_verified_app_subnets().len(), 1);
    for subnet in [
        topology.get_nns(),
        topology.get_sns(),
        topology.get_ii(),
        topology.get_fiduciary(),
        topology.get_bitcoin(),
    ] {
        let subnet = subnet.unwrap();
        let canister = pic.create_canister_on_subnet(None, None, subnet);
        assert_eq!(pic.get_subnet(canister), Some(subnet));
    }
    let ledger = Principal::from_text("ryjl3-tyaaa-aaaaa-aaaba-cai").unwrap();
    assert_eq!(pic.create_canister_with_id(None, None, ledger).unwrap(), ledger);
    assert!(pic.create_canister_with_id(None, None, ledger).is_err());
    assert!(pic.root_key().unwrap().len() > 96);
    assert_eq!(application_subnet().root_key(), None);
}

#[test]
fn creates_instances_from_a_configuration() {
    let config = ExtendedSubnetConfigSet {
        application: vec![SubnetSpec::default(), SubnetSpec::default()],
        ..Default::default()
    };
    let pic = PocketIcBuilder::new_with_config(config)
        .with_server_url(rest_url().parse().unwrap())
        .with_max_request_time_ms(None)
        .build();
    assert_eq!(pic.topology().get_app_subnets().len(), 2);
    let same = PocketIc::new_from_existing_instance(pic.get_server_url(), pic.instance_id(), None);
    assert_eq!(same.get_time(), pic.get_time());
    let kinds: Vec<SubnetKind> = pic.topology().subnet_configs.values().map(|each| each.subnet_kind).collect();
    assert_eq!(kinds, vec![SubnetKind::Application, SubnetKind::Application]);
}

#[test]
fn answers_http_outcalls() {
    let pic = application_subnet();
    let canister = pic.create_canister();
    pic.add_cycles(canister, 1000 * TRILLION);
    pic.install_canister(canister, outcall_wasm(), vec![], None);
    let call = pic.submit_call(canister, ANONYMOUS, "forward", outcall_argument()).unwrap();
    let outcall = loop {
        pic.tick();
        if let Some(outcall) = pic.get_canister_http().pop() {
            break outcall;
        }
    };
    assert_eq!(outcall.url, "https://example.com/a");
    assert!(matches!(outcall.http_method, CanisterHttpMethod::POST));
    assert_eq!(outcall.body, b"question");
    pic.mock_canister_http_response(MockCanisterHttpResponse {
        subnet_id: outcall.subnet_id,
        request_id: outcall.request_id,
        response: CanisterHttpResponse::CanisterHttpReply(CanisterHttpReply {
            status: 200,
            headers: vec![],
            body: b"answer".to_vec(),
        }),
        additional_responses: vec![],
    });
    let reply = pic.await_call(call).unwrap();
    assert!(reply.windows(6).any(|window| window == b"answer"));
    assert!(pic.get_canister_http().is_empty());
}

#[test]
fn lives_behind_a_gateway() {
    let mut pic = builder().with_nns_subnet().with_application_subnet().build();
    let canister = install_counter(&pic);
    assert!(!pic.auto_progress_enabled());
    assert_eq!(pic.url(), None);
    let url = pic.make_live(None);
    assert_eq!(pic.url(), Some(url.clone()));
    assert!(pic.auto_progress_enabled());
    let first = pocket_ic::get_default_effective_canister_id(url.to_string()).unwrap();
    assert_eq!(pic.get_subnet(first).is_some() || first != canister, true);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let reply = runtime.block_on(async {
        let agent = ic_agent::Agent::builder().with_url(url.clone()).build().unwrap();
        agent.fetch_root_key().await.unwrap();
        agent.update(&canister, "inc").with_arg(nothing()).await.unwrap()
    });
    assert_eq!(count(reply), 1);
    pic.stop_live();
    assert_eq!(pic.url(), None);
    assert!(!pic.auto_progress_enabled());
    pic.auto_progress();
    pic.stop_progress();
}

#[test]
fn starts_with_time_progress_and_a_gateway() {
    let later = Time::from_nanos_since_unix_epoch(1_900_000_000_000_000_000);
    #[allow(deprecated)]
    let pic = builder()
        .with_application_subnet()
        .with_initial_timestamp(later.as_nanos_since_unix_epoch())
        .build();
    assert!(pic.get_time() >= later);
    let pic = builder()
        .with_nns_subnet()
        .with_auto_progress()
        .with_http_gateway(gateway_config())
        .build();
    assert!(pic.auto_progress_enabled());
    assert!(pic.url().is_some());
}

#[test]
fn reads_subnet_metrics() {
    let pic = application_subnet();
    let subnet = pic.topology().get_app_subnets()[0];
    let before = pic.get_subnet_metrics(subnet).unwrap();
    install_counter(&pic);
    let after = pic.get_subnet_metrics(subnet).unwrap();
    assert_eq!(after.num_canisters, before.num_canisters + 1);
    assert!(pic.get_subnet_metrics(Principal::management_canister()).is_none());
}

#[test]
fn refuses_wrong_canister_signatures() {
    let pic = application_subnet();
    assert!(pic.verify_canister_signature(vec![1], vec![2], vec![3], vec![4]).is_err());
}

#[test]
fn refuses_features_with_a_reason() {
    use pocket_ic::common::rest::{IcpFeatures, IcpFeaturesConfig};
    let features = IcpFeatures {
        registry: Some(IcpFeaturesConfig::DefaultConfig),
        ..Default::default()
    };
    let refused = std::panic::catch_unwind(|| {
        builder().with_application_subnet().with_icp_features(features).build();
    });
    let panic = refused.unwrap_err();
    let text = panic.downcast_ref::<String>().unwrap();
    assert!(text.contains("does not support ICP features (requested: registry)"), "{text}");
}

#[tokio::test]
async fn works_without_blocking() {
    let pic: nonblocking::PocketIc = builder().with_application_subnet().build_async().await;
    let canister = pic.create_canister().await;
    pic.add_cycles(canister, 100 * TRILLION).await;
    pic.install_canister(canister, counter_wasm(), vec![], None).await;
    let reply = pic.update_call(canister, ANONYMOUS, "inc", nothing()).await.unwrap();
    assert_eq!(count(reply), 1);
    pic.drop().await;
}
