/**
 * The System API: every function a module may import from `ic0`, with its wasm32 type.
 *
 * Source: IC interface spec, "System API"; PocketIC 10.0.0, rs/embedders/src/wasm_utils/validation.rs.
 */

export type Ic0ValueType = 'i32' | 'i64';

export interface Ic0Signature {
  readonly params: readonly Ic0ValueType[];
  readonly results: readonly Ic0ValueType[];
}

const I32 = 'i32';
const I64 = 'i64';

const signature = (params: readonly Ic0ValueType[], ...results: Ic0ValueType[]): Ic0Signature => ({
  params,
  results,
});

/** `() -> i32`: the size of something. */
const SIZE = signature([], I32);
/** `(dst, offset, size)`: copy a part of something into the heap. */
const COPY = signature([I32, I32, I32]);
/** `(src, size)`: hand a range of the heap to the system. */
const RANGE = signature([I32, I32]);
/** `(dst)`: 16 little-endian bytes into the heap. */
const WIDE = signature([I32]);
/** `(high, low, dst)`: a 128-bit amount in, a 128-bit amount out. */
const WIDE_TO_WIDE = signature([I64, I64, I32]);
/** `(src, size, algorithm, dst) -> i32`. */
const KEY_COST = signature([I32, I32, I32, I32], I32);

export const IC0_SIGNATURES = {
  accept_message: signature([]),
  call_cycles_add: signature([I64]),
  call_cycles_add128: signature([I64, I64]),
  call_data_append: RANGE,
  call_new: signature([I32, I32, I32, I32, I32, I32, I32, I32]),
  call_on_cleanup: signature([I32, I32]),
  call_perform: signature([], I32),
  call_with_best_effort_response: signature([I32]),
  canister_cycle_balance: signature([], I64),
  canister_cycle_balance128: WIDE,
  canister_liquid_cycle_balance128: WIDE,
  canister_self_copy: COPY,
  canister_self_size: SIZE,
  canister_status: signature([], I32),
  canister_version: signature([], I64),
  certified_data_set: RANGE,
  cost_call: WIDE_TO_WIDE,
  cost_create_canister: WIDE,
  cost_http_request: WIDE_TO_WIDE,
  cost_sign_with_ecdsa: KEY_COST,
  cost_sign_with_schnorr: KEY_COST,
  cost_vetkd_derive_key: KEY_COST,
  cycles_burn128: WIDE_TO_WIDE,
  data_certificate_copy: COPY,
  data_certificate_present: signature([], I32),
  data_certificate_size: SIZE,
  debug_print: RANGE,
  env_var_count: SIZE,
  env_var_name_copy: signature([I32, I32, I32, I32]),
  env_var_name_exists: signature([I32, I32], I32),
  env_var_name_size: signature([I32], I32),
  env_var_value_copy: signature([I32, I32, I32, I32, I32]),
  env_var_value_size: signature([I32, I32], I32),
  global_timer_set: signature([I64], I64),
  in_replicated_execution: signature([], I32),
  is_controller: signature([I32, I32], I32),
  mint_cycles128: WIDE_TO_WIDE,
  msg_arg_data_copy: COPY,
  msg_arg_data_size: SIZE,
  msg_caller_copy: COPY,
  msg_caller_size: SIZE,
  msg_cycles_accept: signature([I64], I64),
  msg_cycles_accept128: WIDE_TO_WIDE,
  msg_cycles_available: signature([], I64),
  msg_cycles_available128: WIDE,
  msg_cycles_refunded: signature([], I64),
  msg_cycles_refunded128: WIDE,
  msg_deadline: signature([], I64),
  msg_method_name_copy: COPY,
  msg_method_name_size: SIZE,
  msg_reject: RANGE,
  msg_reject_code: signature([], I32),
  msg_reject_msg_copy: COPY,
  msg_reject_msg_size: SIZE,
  msg_reply: signature([]),
  msg_reply_data_append: RANGE,
  performance_counter: signature([I32], I64),
  root_key_copy: COPY,
  root_key_size: SIZE,
  stable64_grow: signature([I64], I64),
  stable64_read: signature([I64, I64, I64]),
  stable64_size: signature([], I64),
  stable64_write: signature([I64, I64, I64]),
  stable_grow: signature([I32], I32),
  stable_read: COPY,
  stable_size: SIZE,
  stable_write: COPY,
  subnet_self_copy: COPY,
  subnet_self_size: SIZE,
  time: signature([], I64),
  trap: RANGE,
} as const satisfies Record<string, Ic0Signature>;

export type Ic0Function = keyof typeof IC0_SIGNATURES;

export const isIc0Function = (name: string): name is Ic0Function => Object.hasOwn(IC0_SIGNATURES, name);
