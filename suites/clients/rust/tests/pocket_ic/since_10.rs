// Methods of the crate that version 10 does not have.

use pocket_ic::common::rest::{CanisterCyclesCostSchedule, RawSenderInfo};
use pocket_ic::{CreateCanisterParams, CreateCanisterPlacement, SubnetBlockmakers, TickConfigs};

fn gateway_config() -> pocket_ic::common::rest::InstanceHttpGatewayConfig {
    pocket_ic::common::rest::InstanceHttpGatewayConfig {
        ip_addr: None,
        port: None,
        domains: None,
        domain_custom_provider_local_file: None,
        https_config: None,
    }
}

fn reason(build: impl FnOnce() + std::panic::UnwindSafe) -> String {
    let panic = std::panic::catch_unwind(build).unwrap_err();
    panic
        .downcast_ref::<String>()
        .cloned()
        .unwrap_or_else(|| panic.downcast_ref::<&str>().unwrap().to_string())
}

#[test]
fn starts_the_server_that_the_environment_names() {
    let pic = PocketIcBuilder::new().with_application_subnet().build();
    assert_ne!(pic.get_server_url().as_str().trim_end_matches('/'), rest_url().trim_end_matches('/'));
    let canister = install_counter(&pic);
    assert_eq!(count(pic.update_call(canister, ANONYMOUS, "inc", nothing()).unwrap()), 1);
}

#[test]
fn creates_canisters_with_parameters() {
    let pic = builder().with_nns_subnet().with_application_subnet().build();
    let nns = pic.topology().get_nns().unwrap();
    let params = CreateCanisterParams {
        cycles: Some(7 * TRILLION),
        settings: None,
        placement: Some(CreateCanisterPlacement::SubnetId(nns)),
    };
    let canister = pic.create_canister_with_params(Some(OWNER), params).unwrap();
    assert_eq!(pic.get_subnet(canister), Some(nns));
    assert_eq!(pic.cycle_balance(canister), 7 * TRILLION);
    assert_eq!(pic.get_controllers(canister), vec![OWNER]);
}

#[test]
fn starts_at_a_time() {
    let later = Time::from_nanos_since_unix_epoch(1_900_000_000_000_000_000);
    let pic = builder().with_application_subnet().with_initial_time(later).build();
    assert!(pic.get_time() >= later);
}

#[test]
fn chooses_the_blockmakers_of_a_round() {
    let pic = application_subnet();
    let subnet = pic.topology().get_app_subnets()[0];
    let nodes = nodes_of(&pic, subnet);
    let before = pic.get_time();
    pic.tick_with_configs(TickConfigs {
        blockmakers: Some(vec![SubnetBlockmakers {
            subnet,
            blockmaker: nodes[0],
            failed_blockmakers: vec![nodes[1]],
        }]),
    });
    assert!(pic.get_time() > before);
}

#[test]
fn has_the_id_of_the_nns_of_the_mainnet() {
    let pic = builder().with_nns_subnet().with_mainnet_nns_subnet_id().build();
    let nns = pic.topology().get_nns().unwrap();
    assert_eq!(nns.to_text(), "tdb26-jop6k-aogll-7ltgs-eruif-6kk7m-qpktf-gdiqx-mxtrf-vb5e6-eqe");
}

#[test]
fn builds_a_free_subnet() {
    let free = SubnetSpec::default().with_cost_schedule(CanisterCyclesCostSchedule::Free);
    let set = ExtendedSubnetConfigSet { application: vec![free], ..Default::default() };
    let pic = PocketIcBuilder::new_with_config(set).with_server_url(rest_url().parse().unwrap()).build();
    let canister = install_counter(&pic);
    let before = pic.cycle_balance(canister);
    pic.update_call(canister, ANONYMOUS, "inc", nothing()).unwrap();
    assert_eq!(pic.cycle_balance(canister), before);
}

#[test]
fn deletes_a_subnet() {
    let pic = builder().with_nns_subnet().with_application_subnet().with_application_subnet().build();
    let subnets = pic.topology().get_app_subnets();
    pic.delete_subnet(subnets[0]);
    assert_eq!(pic.topology().get_app_subnets(), subnets[1..]);
}

/// Each feature that the server lacks is refused with a text that names it.
#[test]
fn refuses_what_the_server_lacks() {
    let refused = |feature: &str, text: String| {
        assert!(text.contains(&format!("this server does not support {feature}")), "{text}");
    };
    let info = || RawSenderInfo { info: vec![1], signer: OWNER.as_slice().to_vec() };
    refused(
        "the subnet test_threshold_keys",
        reason(|| drop(builder().with_test_threshold_keys_subnet().build())),
    );
    refused(
        "sender_info",
        reason(|| {
            let pic = application_subnet();
            let canister = install_counter(&pic);
            pic.update_call_with_sender_info(canister, OWNER, "inc", nothing(), info()).unwrap();
        }),
    );
    refused(
        "snapshots in folders",
        reason(|| {
            let pic = application_subnet();
            let canister = install_counter(&pic);
            let snapshot = pic.take_canister_snapshot(canister, None, None).unwrap();
            pic.canister_snapshot_download(canister, ANONYMOUS, snapshot.id, "/tmp/none".into());
        }),
    );
    refused(
        "snapshots in folders",
        reason(|| {
            let pic = application_subnet();
            let canister = install_counter(&pic);
            pic.canister_snapshot_upload(canister, ANONYMOUS, None, "/tmp/none".into());
        }),
    );
}
