#![no_std]
#![no_main]

#[link(wasm_import_module = "ic0")]
extern "C" {
    fn msg_reply();
    fn time() -> u64;
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}

#[inline(never)]
fn choose(value: u64) -> u64 {
    if value > 1 {
        value * 3
    } else {
        value + 7
    }
}

#[export_name = "canister_update m"]
pub extern "C" fn update() {
    unsafe {
        let chosen = choose(time());
        if chosen == 5 {
            core::arch::wasm32::unreachable();
        }
        msg_reply();
    }
}

// Built with: rustc --target wasm32-unknown-unknown -g -C opt-level=0 -C panic=abort -C overflow-checks=no --crate-type cdylib
// --remap-path-prefix $PWD=/fixture lines.rs. Lines above this one must stay as they are in the module.
