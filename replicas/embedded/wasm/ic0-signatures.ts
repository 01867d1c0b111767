/**
 * The System API: each function that a module may import from `ic0`, with its type.
 *
 * Source: IC interface spec, "System API"; PocketIC 10.0.0, rs/embedders/src/wasm_utils/validation.rs.
 */

export type Ic0ValueType = 'i32' | 'i64';

/**
 * `I` is the address type of the main memory: i32 in wasm32 and i64 in wasm64. `env` has the same type, but is not an address:
 * the system stores the value and passes it to a callback unchanged.
 */
type Ic0TypeName = Ic0ValueType | 'I' | 'env';

interface Ic0Declaration {
  readonly params: readonly Ic0TypeName[];
  readonly results: readonly Ic0TypeName[];
}

export interface Ic0Signature {
  readonly params: readonly Ic0ValueType[];
  readonly results: readonly Ic0ValueType[];
}

const I = 'I';
const I32 = 'i32';
const I64 = 'i64';
const ENV = 'env';

function signature(params: readonly Ic0TypeName[], ...results: Ic0TypeName[]): Ic0Declaration {
  return {
    params,
    results,
  };
}

/** `() -> size`. */
const SIZE = signature([], I);
/** `(dst, offset, size)`: copies part of a value to the heap. */
const COPY = signature([I, I, I]);
/** `(src, size)`: passes a range of the heap to the system. */
const RANGE = signature([I, I]);
/** `(dst)`: writes a 128-bit amount to the heap, as 16 little-endian bytes. */
const AMOUNT = signature([I]);
/** `(high, low, dst)`: takes a 128-bit amount and writes a 128-bit amount to the heap. */
const AMOUNT_TO_AMOUNT = signature([I64, I64, I]);
/** `(src, size, algorithm, dst) -> i32`. */
const KEY_COST = signature([I, I, I32, I], I32);

const DECLARATIONS = {
  accept_message: signature([]),
  call_cycles_add: signature([I64]),
  call_cycles_add128: signature([I64, I64]),
  call_data_append: RANGE,
  call_new: signature([I, I, I, I, I, ENV, I, ENV]),
  call_on_cleanup: signature([I, ENV]),
  call_perform: signature([], I32),
  call_with_best_effort_response: signature([I32]),
  canister_cycle_balance: signature([], I64),
  canister_cycle_balance128: AMOUNT,
  canister_liquid_cycle_balance128: AMOUNT,
  canister_self_copy: COPY,
  canister_self_size: SIZE,
  canister_status: signature([], I32),
  canister_version: signature([], I64),
  certified_data_set: RANGE,
  cost_call: AMOUNT_TO_AMOUNT,
  cost_create_canister: AMOUNT,
  cost_http_request: AMOUNT_TO_AMOUNT,
  cost_sign_with_ecdsa: KEY_COST,
  cost_sign_with_schnorr: KEY_COST,
  cost_vetkd_derive_key: KEY_COST,
  cycles_burn128: AMOUNT_TO_AMOUNT,
  data_certificate_copy: COPY,
  data_certificate_present: signature([], I32),
  data_certificate_size: SIZE,
  debug_print: RANGE,
  env_var_count: SIZE,
  env_var_name_copy: signature([I, I, I, I]),
  env_var_name_exists: signature([I, I], I32),
  env_var_name_size: signature([I], I),
  env_var_value_copy: signature([I, I, I, I, I]),
  env_var_value_size: signature([I, I], I),
  global_timer_set: signature([I64], I64),
  in_replicated_execution: signature([], I32),
  is_controller: signature([I, I], I32),
  mint_cycles128: AMOUNT_TO_AMOUNT,
  msg_arg_data_copy: COPY,
  msg_arg_data_size: SIZE,
  msg_caller_copy: COPY,
  msg_caller_size: SIZE,
  msg_cycles_accept: signature([I64], I64),
  msg_cycles_accept128: AMOUNT_TO_AMOUNT,
  msg_cycles_available: signature([], I64),
  msg_cycles_available128: AMOUNT,
  msg_cycles_refunded: signature([], I64),
  msg_cycles_refunded128: AMOUNT,
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
  stable_read: signature([I32, I32, I32]),
  stable_size: signature([], I32),
  stable_write: signature([I32, I32, I32]),
  subnet_self_copy: COPY,
  subnet_self_size: SIZE,
  time: signature([], I64),
  trap: RANGE,
} as const satisfies Record<string, Ic0Declaration>;

export type Ic0Function = keyof typeof DECLARATIONS;
export const IC0_FUNCTIONS = Object.keys(DECLARATIONS) as readonly Ic0Function[];

/** Functions that wasm64 modules cannot import. Each has a 64-bit or 128-bit successor. */
const WASM32_ONLY: ReadonlySet<string> = new Set<Ic0Function>([
  'call_cycles_add',
  'canister_cycle_balance',
  'msg_cycles_accept',
  'msg_cycles_available',
  'msg_cycles_refunded',
  'stable_grow',
  'stable_read',
  'stable_size',
  'stable_write',
]);

/** True if a module of this kind may import `ic0.name`. */
export function isIc0Function(name: string, isWasm64: boolean): name is Ic0Function {
  return Object.hasOwn(DECLARATIONS, name) && !(isWasm64 && WASM32_ONLY.has(name));
}

function resolve(type: Ic0TypeName, isWasm64: boolean): Ic0ValueType {
  if (type === 'i32' || type === 'i64') return type;
  return isWasm64 ? 'i64' : 'i32';
}

/** The type of `ic0.name` in modules of this kind. */
export function ic0Signature(name: Ic0Function, isWasm64: boolean): Ic0Signature {
  const { params, results }: Ic0Declaration = DECLARATIONS[name];
  return {
    params: params.map((type) => resolve(type, isWasm64)),
    results: results.map((type) => resolve(type, isWasm64)),
  };
}

/** For each operand, true if it has the address type and is an address, a size, or an index (not an `env`). */
export function addressOperands(name: Ic0Function): readonly boolean[] {
  return DECLARATIONS[name].params.map((type) => type === 'I');
}
