//! Configurations of generated modules.

use rand::{rngs::SmallRng, seq::SliceRandom, Rng};
use wasm_smith::Config;

const MEMORY32_BYTES_MAX: u64 = 1 << 32;

/// The imports that a canister may have, in the width `I` of its addresses.
const IMPORTS: &[(&str, &str)] = &[
    ("msg_arg_data_size", "(result I)"),
    ("msg_arg_data_copy", "(param I I I)"),
    ("msg_caller_size", "(result I)"),
    ("msg_caller_copy", "(param I I I)"),
    ("msg_reply", ""),
    ("msg_reply_data_append", "(param I I)"),
    ("msg_reject", "(param I I)"),
    ("accept_message", ""),
    ("time", "(result i64)"),
    ("trap", "(param I I)"),
    ("debug_print", "(param I I)"),
    ("canister_self_copy", "(param I I I)"),
    ("canister_cycle_balance128", "(param I)"),
    ("cycles_burn128", "(param i64 i64 I)"),
    ("stable64_size", "(result i64)"),
    ("stable64_grow", "(param i64) (result i64)"),
    ("stable64_read", "(param i64 i64 i64)"),
    ("stable64_write", "(param i64 i64 i64)"),
    ("call_new", "(param I I I I I I I I)"),
    ("call_data_append", "(param I I)"),
    ("call_on_cleanup", "(param I I)"),
    ("call_cycles_add128", "(param i64 i64)"),
    ("call_perform", "(result i32)"),
    ("certified_data_set", "(param I I)"),
    ("data_certificate_copy", "(param I I I)"),
    ("global_timer_set", "(param i64) (result i64)"),
    ("performance_counter", "(param i32) (result i64)"),
    ("is_controller", "(param I I) (result i32)"),
    ("in_replicated_execution", "(result i32)"),
    ("cost_call", "(param i64 i64 I)"),
    ("env_var_name_size", "(param I) (result I)"),
];

const EXPORTS: &[&str] = &[
    "canister_init",
    "canister_pre_upgrade",
    "canister_post_upgrade",
    "canister_inspect_message",
    "canister_heartbeat",
    "canister_global_timer",
    "canister_on_low_wasm_memory",
    "canister_update a",
    "canister_update b",
    "canister_query c",
    "canister_composite_query d",
];

/// A canister with the features that the network allows.
pub fn plausible(random: &mut SmallRng) -> Config {
    let wide = random.gen_bool(0.3);
    Config {
        available_imports: Some(imports(random, wide)),
        exports: Some(exports(random)),
        allow_start_export: random.gen_bool(0.2),
        custom_page_sizes_enabled: false,
        exceptions_enabled: false,
        extended_const_enabled: false,
        gc_enabled: false,
        generate_custom_sections: random.gen_bool(0.3),
        max_globals: 20,
        max_imports: 20,
        max_funcs: 20,
        min_funcs: 1,
        max_instructions: if random.gen_bool(0.1) { 5_000 } else { 300 },
        max_memories: 1,
        min_memories: u32::from(random.gen_bool(0.9)),
        max_memory32_bytes: memory_bytes(random),
        max_memory64_bytes: u128::from(memory_bytes(random)),
        max_tables: 1,
        max_table_elements: if random.gen_bool(0.02) { 2_000_000 } else { 100 },
        memory64_enabled: wide,
        memory_max_size_required: random.gen_bool(0.2),
        min_uleb_size: if random.gen_bool(0.05) { 5 } else { 1 },
        relaxed_simd_enabled: false,
        simd_enabled: random.gen_bool(0.5),
        tail_call_enabled: random.gen_bool(0.5),
        threads_enabled: false,
        ..Config::default()
    }
}

/// Any feature that the generator knows, and functions that are not valid.
pub fn unrestricted(random: &mut SmallRng) -> Config {
    Config {
        allow_invalid_funcs: random.gen_bool(0.3),
        exceptions_enabled: random.gen_bool(0.5),
        extended_const_enabled: random.gen_bool(0.5),
        gc_enabled: random.gen_bool(0.5),
        generate_custom_sections: true,
        max_memories: random.gen_range(1..3),
        max_tables: random.gen_range(1..4),
        memory64_enabled: random.gen_bool(0.5),
        relaxed_simd_enabled: random.gen_bool(0.5),
        threads_enabled: random.gen_bool(0.3),
        wide_arithmetic_enabled: random.gen_bool(0.3),
        ..Config::default()
    }
}

/// Most memories are small, because the time of a large one is that of the operating system.
fn memory_bytes(random: &mut SmallRng) -> u64 {
    match random.gen_range(0..100) {
        0 => MEMORY32_BYTES_MAX,
        1..=10 => 1 << 26,
        _ => 1 << 20,
    }
}

fn imports(random: &mut SmallRng, wide: bool) -> Vec<u8> {
    let address = if wide { "i64" } else { "i32" };
    let fields: String = IMPORTS
        .choose_multiple(random, random_count(IMPORTS.len()))
        .map(|(name, ty)| format!("(import \"ic0\" \"{name}\" (func {}))", ty.replace('I', address)))
        .collect();
    wat::parse_str(format!("(module {fields})")).expect("the imports are valid")
}

fn exports(random: &mut SmallRng) -> Vec<u8> {
    let fields: String = EXPORTS
        .choose_multiple(random, random_count(EXPORTS.len()))
        .map(|name| format!("(func (export \"{name}\"))"))
        .collect();
    wat::parse_str(format!("(module {fields})")).expect("the exports are valid")
}

/// More than half of a list, so that most modules call the system.
fn random_count(length: usize) -> usize {
    length * 2 / 3
}
