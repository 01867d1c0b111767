//! The layer that makes the core a canister: methods, lifecycle, timer, and the canister's calls.

mod finish_calls;
mod http;
mod http_reply;
mod http_wire;
mod lifecycle;
mod methods;
mod reply;
mod text;
mod token_calls;

use crate::core::store::Store;
use crate::core::{Call, Host};
use ic_stable_structures::memory_manager::VirtualMemory;
use ic_stable_structures::DefaultMemoryImpl;
use std::cell::RefCell;

type StableMemory = VirtualMemory<DefaultMemoryImpl>;
type StableStore = Store<StableMemory>;

thread_local! {
    static STORE: RefCell<Option<StableStore>> = const { RefCell::new(None) };
}

/// The replica as the environment of the core.
struct Replica;

impl Host for Replica {
    fn now(&self) -> u64 {
        ic_cdk::api::time()
    }

    fn log(&self, line: &str) {
        ic_cdk::api::debug_print(line);
    }
}

/// Runs `work` on the canister's state, with the caller of this message.
fn with_store<R>(work: impl FnOnce(&mut StableStore, &Call<'_>) -> R) -> R {
    let call = Call { caller: ic_cdk::api::msg_caller(), host: &Replica };
    STORE.with_borrow_mut(|store| work(store.as_mut().expect("the canister is not initialised"), &call))
}

/// The Candid interface in the public metadata section `candid:service`.
#[cfg(target_arch = "wasm32")]
mod metadata {
    const TEXT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/service.did"));
    #[used]
    #[link_section = "icp:public candid:service"]
    static SERVICE: [u8; TEXT.len()] = *include_bytes!(concat!(env!("OUT_DIR"), "/service.did"));
}
