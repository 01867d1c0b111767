//! Installation, upgrade, and the cleanup timer.

use super::{with_store, Replica, STORE};
use crate::core::cleanup::Pass;
use crate::core::store::Store;
use crate::core::types::InitArg;
use crate::core::Host;
use ic_cdk::{init, post_upgrade, trap};
use ic_stable_structures::memory_manager::{MemoryId, MemoryManager};
use ic_stable_structures::{DefaultMemoryImpl, Memory};
use std::cell::Cell;

/// Bucket size of the memory manager, in pages of 64 KiB. Ten memories take at least 5 MiB, and at most 16 GiB.
const BUCKET_PAGES: u16 = 8;
/// The first bytes of stable memory: the magic and version of the memory manager.
const MANAGER_MAGIC: &[u8; 4] = b"MGR\x01";
/// The delay after which a begin restarts a missing timer, in nanoseconds.
const TIMER_LATE_NS: u64 = 60_000_000_000;

thread_local! {
    static PASS: Cell<Pass> = const { Cell::new(Pass::START) };
    /// The time at which the timer is due, or 0 if it is off.
    static TIMER_DUE: Cell<u64> = const { Cell::new(0) };
}

#[init(decode_with = "decode_arg")]
fn init(arg: Option<InitArg>) {
    start(Store::create(memories(), &arg.unwrap_or_default()));
}

#[post_upgrade(decode_with = "decode_arg")]
fn post_upgrade(arg: Option<InitArg>) {
    let stable = DefaultMemoryImpl::default();
    let mut magic = [0; 4];
    if stable.size() > 0 {
        stable.read(0, &mut magic);
    }
    if &magic != MANAGER_MAGIC {
        trap("upgrade refused: stable memory was not written by the upload canister");
    }
    start(Store::reopen(memories(), &arg.unwrap_or_default()));
}

/// Decodes the argument. An empty message counts as `null`.
fn decode_arg(bytes: Vec<u8>) -> Option<InitArg> {
    if bytes.is_empty() {
        return None;
    }
    let decoded: Result<(Option<InitArg>,), _> = candid::decode_args(&bytes);
    decoded.unwrap_or_else(|e| trap(format!("the init argument does not decode: {e}"))).0
}

fn memories() -> impl Fn(u8) -> super::StableMemory {
    let manager = MemoryManager::init_with_bucket_size(DefaultMemoryImpl::default(), BUCKET_PAGES);
    move |id| manager.get(MemoryId::new(id))
}

fn start(store: Result<super::StableStore, String>) {
    let store = store.unwrap_or_else(|text| trap(format!("install refused: {text}")));
    STORE.set(Some(store));
    start_timer();
}

fn start_timer() {
    let interval = with_store(|store, _| store.header.limits.cleanup_interval_ns);
    if interval > 0 {
        set_timer(Replica.now().saturating_add(interval));
    }
}

fn set_timer(due: u64) {
    TIMER_DUE.set(due);
    ic0::global_timer_set(due);
}

/// Restarts the timer if it is overdue. A run that traps loses the timer that it set.
pub fn keep_timer() {
    let due = TIMER_DUE.get();
    if due > 0 && Replica.now() > due.saturating_add(TIMER_LATE_NS) {
        start_timer();
    }
}

/// Runs one batch of the cleanup. The next batch follows at once, the next pass after the interval.
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code))]
#[cfg_attr(target_arch = "wasm32", export_name = "canister_global_timer")]
pub extern "C" fn on_timer() {
    let next = with_store(|store, call| store.cleanup_all(call, PASS.get()));
    PASS.set(next.unwrap_or_default());
    match next {
        Some(_) => set_timer(Replica.now()),
        None => start_timer(),
    }
}
