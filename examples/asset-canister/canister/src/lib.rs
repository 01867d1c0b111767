//! The asset canister: the methods of `ic-certified-assets`, and the three hooks that the crate leaves to the canister.
use ic_cdk::storage::{stable_restore, stable_save};
use ic_cdk::{init, post_upgrade, pre_upgrade};
use ic_certified_assets::types::AssetCanisterArgs;
use ic_certified_assets::StableState;

#[init]
fn init(args: Option<AssetCanisterArgs>) {
    ic_certified_assets::init(args);
}

#[pre_upgrade]
fn pre_upgrade() {
    stable_save((ic_certified_assets::pre_upgrade(),)).expect("the state can be encoded");
}

#[post_upgrade]
fn post_upgrade(args: Option<AssetCanisterArgs>) {
    let (state,): (StableState,) = stable_restore().expect("the state can be decoded");
    ic_certified_assets::post_upgrade(state, args);
}

ic_certified_assets::export_canister_methods!();

ic_cdk::export_candid!();
