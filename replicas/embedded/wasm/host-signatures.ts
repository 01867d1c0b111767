/**
 * How the host sees each `ic0` function, and who charges for it.
 *
 * An instrumented module calls an `ic0` import only through a wrapper inside the module, which
 *  1. charges: subtracts `fixed` + `perByte` × (unsigned sum of the size operands) from the counter, calling
 *     `engine.out_of_instructions` when the counter is below zero after it (and before it, see `checkedFirst`);
 *  2. converts what should not cross as a BigInt (see `hostParams`);
 *  3. calls the import, under its own name in module `ic0`.
 * So the host function runs after its own charge and must not charge again, except where `chargedBy` is `host`:
 * there the amount depends on the host's state, the wrapper charges nothing, and the host subtracts from the exported counter.
 *
 * `i32` values are signed JavaScript numbers: a host that means an address or a size applies `>>> 0`.
 * `i64` values are signed BigInts (`BigInt.asUintN(64, x)` for unsigned). `f64` stands for an unsigned i64 operand converted by
 * `f64.convert_i64_u`, exact up to 2^53 and never below 2^53 beyond it: stable memory ends at 500 GiB < 2^39,
 * so what was rounded is out of bounds either way. A result `f64` is converted back by `i64.trunc_sat_f64_s` (−1 stays −1).
 *
 * In wasm64, operands that are addresses and sizes cross in the same way, and sizes come back as i32, so that one host function
 * serves both kinds of modules; values that the system only keeps (`env`) cross as BigInts.
 *
 * Charges: PocketIC 10.0.0, rs/embedders/src/wasmtime_embedder/{linker,system_api_complexity}.rs and
 * rs/embedders/src/wasm_utils/system_api_replacements.rs.
 */
import { addressOperands, ic0Signature, type Ic0Function, type Ic0ValueType } from './ic0-signatures.js';

export type HostValueType = 'i32' | 'i64' | 'f64';

export interface HostSignature {
  /** The type of the import, with what crosses as a number in the place of an `i64`. */
  readonly hostParams: readonly HostValueType[];
  readonly hostResults: readonly HostValueType[];
  readonly charge: Charge;
}

export interface Charge {
  readonly chargedBy: 'wasm' | 'host';
  /** Instructions per call; for `host`, the constant part of what the host charges. */
  readonly fixed: number;
  /** Instructions per byte named by the size operands. */
  readonly perByte: number;
  /** Positions of the operands whose sum is the number of bytes. */
  readonly sizeOperands: readonly number[];
  /**
   * The counter may be below zero before the call, since blocks inside a function are not tested: if so, a slice is
   * opened before the subtraction too. Not so for stable reads and writes, which PocketIC implements in wasm.
   */
  readonly checkedFirst: boolean;
}

/** Instructions per byte that leaves the canister: BYTE_TRANSMISSION_COST_FACTOR. */
const TRANSMISSION = 50;
const FIXED_DEFAULT = 500;

function fixed(instructions: number): Charge {
  return {
    chargedBy: 'wasm',
    fixed: instructions,
    perByte: 0,
    sizeOperands: [],
    checkedFirst: true,
  };
}
function perByte(sizeOperands: readonly number[], factor = 1, instructions = FIXED_DEFAULT): Charge {
  return {
    chargedBy: 'wasm',
    fixed: instructions,
    perByte: factor,
    sizeOperands,
    checkedFirst: true,
  };
}
const stableAccess: Charge = { ...perByte([2], 1, 20), checkedFirst: false };
function byHost(instructions: number): Charge {
  return {
    chargedBy: 'host',
    fixed: instructions,
    perByte: 0,
    sizeOperands: [],
    checkedFirst: true,
  };
}

/** Functions whose charge is not the plain `FIXED_DEFAULT`. */
const CHARGES: Partial<Record<Ic0Function, Charge>> = {
  call_data_append: perByte([1], TRANSMISSION),
  call_new: perByte([1, 3], 1, 1_500),
  call_perform: fixed(5_000),
  canister_self_copy: perByte([2]),
  certified_data_set: perByte([1]),
  cost_sign_with_ecdsa: perByte([1]),
  cost_sign_with_schnorr: perByte([1]),
  cost_vetkd_derive_key: perByte([1]),
  data_certificate_copy: perByte([2]),
  /** Host: 100 + 2·min(len, 4096) + 50·min(len, free log bytes) + len. */
  debug_print: byHost(100),
  env_var_name_copy: perByte([3]),
  env_var_value_copy: perByte([4]),
  is_controller: perByte([1], 1, 1_000),
  mint_cycles128: fixed(0),
  msg_arg_data_copy: perByte([2]),
  msg_caller_copy: perByte([2]),
  msg_method_name_copy: perByte([2]),
  msg_reject: perByte([1], TRANSMISSION),
  msg_reject_msg_copy: perByte([2]),
  msg_reply_data_append: perByte([1], TRANSMISSION),
  performance_counter: fixed(200),
  root_key_copy: perByte([2]),
  stable64_grow: fixed(100),
  stable64_read: stableAccess,
  stable64_size: fixed(0),
  /** Besides, by the host: 1000 per 4 KiB stable page first dirtied in this message. */
  stable64_write: stableAccess,
  stable_grow: fixed(100),
  stable_read: stableAccess,
  stable_size: fixed(0),
  /** Besides, by the host: 1000 per 4 KiB stable page first dirtied in this message. */
  stable_write: stableAccess,
  subnet_self_copy: perByte([2]),
  /** Host: 500 + len + 2·min(len, 4096) + 50·min(len, free log bytes). */
  trap: byHost(FIXED_DEFAULT),
};

/** Functions whose i64 operands and results cross as numbers, because they are called often. */
const CROSS_AS_NUMBERS: ReadonlySet<Ic0Function> = new Set([
  'performance_counter',
  'stable64_grow',
  'stable64_read',
  'stable64_size',
  'stable64_write',
]);

/** What the host must supply for `name`. */
export function hostSignature(name: Ic0Function, isWasm64: boolean): HostSignature {
  const { params, results } = ic0Signature(name, isWasm64);
  const isAddress = addressOperands(name);
  const crossesAsNumbers = CROSS_AS_NUMBERS.has(name);
  const asNumber = (type: Ic0ValueType): HostValueType => (type === 'i64' ? 'f64' : type);
  return {
    hostParams: params.map((type, index) => (crossesAsNumbers || isAddress[index] ? asNumber(type) : type)),
    hostResults: crossesAsNumbers ? results.map(asNumber) : hostResultsOf(name),
    charge: CHARGES[name] ?? fixed(FIXED_DEFAULT),
  };
}

/** Sizes are i32 to the host in both kinds of modules. */
const hostResultsOf = (name: Ic0Function): readonly HostValueType[] => ic0Signature(name, false).results;
