/**
 * A canister that calls every `ic0` function that wasm32 and wasm64 share. It exists in both widths. In the text, `I` is the type of
 * addresses and sizes, `(narrow X)` converts `I` to i32, and `(widen X)` converts `I` to i64.
 */
import { compileWat } from './compile-wat.js';

/** Values with a pair of functions `NAME_size` and `NAME_copy`. The query `NAME` returns the value. */
export const COPIED = ['msg_arg_data', 'msg_caller', 'canister_self', 'subnet_self', 'data_certificate'];
/** Functions without operands that write a 128-bit amount. The query of the same name returns the amount. */
export const AMOUNTS = [
  'canister_cycle_balance128',
  'canister_liquid_cycle_balance128',
  'cost_create_canister',
];
/** Cost functions with two 64-bit operands. */
export const COSTS = ['cost_call', 'cost_http_request'];
/** Cost functions with a key name, which is the argument of the query of the same name. */
export const KEY_COSTS = ['cost_sign_with_ecdsa', 'cost_sign_with_schnorr', 'cost_vetkd_derive_key'];

function pairImports(name: string): string {
  return `
  (import "ic0" "${name}_size" (func $${name}_size (result I)))
  (import "ic0" "${name}_copy" (func $${name}_copy (param I I I)))`;
}
function pairMethod(name: string, kind = 'query'): string {
  return `
  (func (export "canister_${kind} ${name}")
    (call $${name}_copy (I.const 1000) (I.const 0) (call $${name}_size))
    (call $append (I.const 1000) (call $${name}_size)) (call $reply))`;
}

const IMPORTS = `
  ${[...COPIED, 'root_key', 'msg_method_name', 'msg_reject_msg'].map(pairImports).join('')}
  ${[...AMOUNTS, 'msg_cycles_available128', 'msg_cycles_refunded128']
    .map((name) => `(import "ic0" "${name}" (func $${name} (param I)))`)
    .join('')}
  ${[...COSTS, 'msg_cycles_accept128', 'cycles_burn128', 'mint_cycles128']
    .map((name) => `(import "ic0" "${name}" (func $${name} (param i64 i64 I)))`)
    .join('')}
  ${KEY_COSTS.map((name) => `(import "ic0" "${name}" (func $${name} (param I I i32 I) (result i32)))`).join('')}
  (import "ic0" "msg_reply" (func $reply))
  (import "ic0" "msg_reply_data_append" (func $append (param I I)))
  (import "ic0" "msg_reject" (func $reject (param I I)))
  (import "ic0" "msg_reject_code" (func $reject_code (result i32)))
  (import "ic0" "msg_deadline" (func $deadline (result i64)))
  (import "ic0" "accept_message" (func $accept_message))
  (import "ic0" "canister_status" (func $status (result i32)))
  (import "ic0" "canister_version" (func $version (result i64)))
  (import "ic0" "is_controller" (func $is_controller (param I I) (result i32)))
  (import "ic0" "in_replicated_execution" (func $replicated (result i32)))
  (import "ic0" "time" (func $time (result i64)))
  (import "ic0" "global_timer_set" (func $timer (param i64) (result i64)))
  (import "ic0" "performance_counter" (func $counter (param i32) (result i64)))
  (import "ic0" "certified_data_set" (func $certify (param I I)))
  (import "ic0" "data_certificate_present" (func $is_certified (result i32)))
  (import "ic0" "debug_print" (func $print (param I I)))
  (import "ic0" "trap" (func $trap (param I I)))
  (import "ic0" "call_new" (func $call_new (param I I I I I I I I)))
  (import "ic0" "call_on_cleanup" (func $call_on_cleanup (param I I)))
  (import "ic0" "call_data_append" (func $call_data (param I I)))
  (import "ic0" "call_with_best_effort_response" (func $best_effort (param i32)))
  (import "ic0" "call_cycles_add128" (func $call_cycles (param i64 i64)))
  (import "ic0" "call_perform" (func $call_perform (result i32)))
  (import "ic0" "stable64_size" (func $stable_size (result i64)))
  (import "ic0" "stable64_grow" (func $stable_grow (param i64) (result i64)))
  (import "ic0" "stable64_read" (func $stable_read (param i64 i64 i64)))
  (import "ic0" "stable64_write" (func $stable_write (param i64 i64 i64)))
  (import "ic0" "env_var_count" (func $variables (result I)))
  (import "ic0" "env_var_name_size" (func $variable_name_size (param I) (result I)))
  (import "ic0" "env_var_name_copy" (func $variable_name_copy (param I I I I)))
  (import "ic0" "env_var_name_exists" (func $variable_exists (param I I) (result i32)))
  (import "ic0" "env_var_value_size" (func $variable_size (param I I) (result I)))
  (import "ic0" "env_var_value_copy" (func $variable_copy (param I I I I I)))`;

const QUERIES = `
  ${COPIED.map((name) => pairMethod(name)).join('')}
  ${AMOUNTS.map(
    (name) => `(func (export "canister_query ${name}") (call $${name} (I.const 1000))
      (call $append (I.const 1000) (I.const 16)) (call $reply))`,
  ).join('')}
  ${COSTS.map(
    (name) => `(func (export "canister_query ${name}")
      (call $${name} (i64.const 100) (i64.const 0x500000000) (I.const 1000))
      (call $append (I.const 1000) (I.const 16)) (call $reply))`,
  ).join('')}
  ${KEY_COSTS.map(
    (name) => `(func (export "canister_query ${name}") (call $take)
      (i32.store (I.const 2000) (call $${name} (I.const 1000) (call $msg_arg_data_size) (i32.const 0) (I.const 2004)))
      (i32.store (I.const 2020) (call $${name} (I.const 1000) (call $msg_arg_data_size) (i32.const 9) (I.const 2004)))
      (call $append (I.const 2000) (I.const 24)) (call $reply))`,
  ).join('')}
  (func (export "canister_query facts") (call $take)
    (i32.store (I.const 2000) (call $status))
    (i64.store (I.const 2004) (call $version))
    (i32.store (I.const 2012) (call $is_controller (I.const 1000) (call $msg_arg_data_size)))
    (i32.store (I.const 2016) (call $replicated))
    (i64.store (I.const 2020) (call $time))
    (i32.store (I.const 2028) (call $is_certified))
    (i64.store (I.const 2032) (call $deadline))
    (i64.store (I.const 2040) (call $stable_size))
    (call $append (I.const 2000) (I.const 48)) (call $reply))
  (func (export "canister_query variables") (local $size I)
    (i32.store (I.const 1000) (narrow (call $variables)))
    (call $append (I.const 1000) (I.const 4))
    (local.set $size (call $variable_name_size (I.const 0)))
    (call $variable_name_copy (I.const 0) (I.const 1100) (I.const 0) (local.get $size))
    (call $append (I.const 1100) (local.get $size))
    (i32.store (I.const 1200) (call $variable_exists (I.const 1100) (local.get $size)))
    (call $append (I.const 1200) (I.const 4))
    (call $variable_copy (I.const 1100) (local.get $size) (I.const 1300) (I.const 0)
      (call $variable_size (I.const 1100) (local.get $size)))
    (call $append (I.const 1300) (call $variable_size (I.const 1100) (local.get $size)))
    (call $reply))`;

const UPDATES = `
  ${pairMethod('root_key', 'update')}
  (func $take (call $msg_arg_data_copy (I.const 1000) (I.const 0) (call $msg_arg_data_size)))
  (func (export "canister_inspect_message")
    (call $msg_method_name_copy (I.const 1000) (I.const 0) (call $msg_method_name_size))
    (if (i32.ne (i32.load8_u (I.const 1000)) (i32.const 95)) (then (call $accept_message))))
  (func (export "canister_update _hidden") (call $reply))
  (func (export "canister_update reject") (call $take) (call $reject (I.const 1000) (call $msg_arg_data_size)))
  (func (export "canister_update print") (call $take) (call $print (I.const 1000) (call $msg_arg_data_size)) (call $reply))
  (func (export "canister_update trap") (call $take) (call $trap (I.const 1000) (call $msg_arg_data_size)))
  (func (export "canister_update certify") (call $take) (call $certify (I.const 1000) (call $msg_arg_data_size)) (call $reply))
  (func (export "canister_update timer") (call $take)
    (i64.store (I.const 2000) (call $timer (i64.load (I.const 1000))))
    (call $append (I.const 2000) (I.const 8)) (call $reply))
  (func (export "canister_update burn")
    (call $cycles_burn128 (i64.const 0) (i64.const 12345) (I.const 1000))
    (call $append (I.const 1000) (I.const 16)) (call $reply))
  (func (export "canister_update mint")
    (call $mint_cycles128 (i64.const 0) (i64.const 1) (I.const 1000)) (call $reply))
  (func (export "canister_update stable") (call $take)
    (i64.store (I.const 2000) (call $stable_grow (i64.const 2)))
    (call $stable_write (i64.const 70000) (i64.const 1000) (widen (call $msg_arg_data_size)))
    (call $stable_read (i64.const 3000) (i64.const 69999) (i64.const 10))
    (call $append (I.const 2000) (I.const 8)) (call $append (I.const 3000) (I.const 10)) (call $reply))
  (func (export "canister_update accept")
    (call $msg_cycles_available128 (I.const 1000))
    (call $msg_cycles_accept128 (i64.const 0) (i64.const 600) (I.const 1016))
    (call $append (I.const 1000) (I.const 32)) (call $reply))`;

/**
 * `call_self` calls the method whose name is the argument. It replies with the refunded cycles (16 bytes), the callback's `env`
 * (8 bytes), and the reply of the call.
 */
const CALLS = `
  (func $call_self (param $env I) (param $on_reply I)
    (call $take)
    (call $canister_self_copy (I.const 2000) (I.const 0) (call $canister_self_size))
    (call $call_new (I.const 2000) (call $canister_self_size) (I.const 1000) (call $msg_arg_data_size)
      (local.get $on_reply) (local.get $env) (I.const 1) (I.const 7))
    (call $call_data (I.const 1000) (I.const 2))
    (call $call_cycles (i64.const 0) (i64.const 1000)))
  (func (export "canister_update call_self")
    (call $call_self (I.const -3) (I.const 0)) (drop (call $call_perform)))
  (func (export "canister_update call_self_soon")
    (call $call_self (I.const -3) (I.const 0)) (call $best_effort (i32.const 100)) (drop (call $call_perform)))
  (func (export "canister_update call_and_fail")
    (call $call_self (I.const 5) (I.const 2)) (call $call_on_cleanup (I.const 3) (I.const -9)) (drop (call $call_perform)))
  (func $on_reply (param $env I)
    (call $msg_cycles_refunded128 (I.const 4000))
    (i64.store (I.const 4016) (widen (local.get $env)))
    (call $append (I.const 4000) (I.const 24))
    (call $msg_arg_data_copy (I.const 1000) (I.const 0) (call $msg_arg_data_size))
    (call $append (I.const 1000) (call $msg_arg_data_size)) (call $reply))
  (func $on_reject (param $env I)
    (i32.store (I.const 4000) (call $reject_code))
    (i64.store (I.const 4004) (i64.extend_i32_u (i64.ne (call $deadline) (i64.const 0))))
    (call $append (I.const 4000) (I.const 12))
    (call $msg_reject_msg_copy (I.const 1000) (I.const 0) (call $msg_reject_msg_size))
    (call $append (I.const 1000) (call $msg_reject_msg_size)) (call $reply))
  (func $fail (param $env I) unreachable)
  (func $on_cleanup (param $env I) (i64.store (I.const 5000) (widen (local.get $env))))
  (func (export "canister_query cleaned") (call $append (I.const 5000) (I.const 8)) (call $reply))
  (table T 4 funcref)
  (elem (T.const 0) $on_reply $on_reject $fail $on_cleanup)`;

const WIDTHS = {
  wasm32: { I: 'i32', T: 'i32', memory: '', narrow: '', widen: 'i64.extend_i32_s' },
  wasm64: { I: 'i64', T: 'i64', memory: 'i64', narrow: 'i32.wrap_i64', widen: '' },
} as const;
export type Width = keyof typeof WIDTHS;

/** Replaces `(word X)` by `(instruction X)`. Without an instruction, a block takes its place, because X needs no conversion. */
function convert(text: string, word: string, instruction: string): string {
  return text.replaceAll(`(${word} `, instruction === '' ? '(block (result REST) ' : `(${instruction} `);
}

export function compileTwoWidthCanister(width: Width): Promise<Uint8Array> {
  const { I, T, memory, narrow, widen } = WIDTHS[width];
  const text = `(module ${IMPORTS} (memory ${memory} 1) ${QUERIES} ${UPDATES} ${CALLS})`
    .replaceAll(/\bI\b/g, I)
    .replaceAll(/\(table T/g, `(table ${T === 'i32' ? '' : T}`)
    .replaceAll(/\bT\.const/g, `${T}.const`);
  const narrowed = convert(text, 'narrow', narrow).replaceAll('(result REST)', '(result i32)');
  return compileWat(convert(narrowed, 'widen', widen).replaceAll('(result REST)', '(result i64)'));
}
