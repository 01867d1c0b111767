/**
 * The type of each `ic0` function as the host implements it, and the charge for it.
 *
 * An instrumented module calls an `ic0` import only through a wrapper inside the module. The wrapper
 *  1. charges: it subtracts `fixed` + `perByte` × (unsigned sum of the size operands) from the counter and calls
 *     `engine.out_of_instructions` if the counter is then below zero (or was below zero before, see `checkedFirst`);
 *  2. converts i64 operands to f64 where a BigInt would be slow (see `hostParams`);
 *  3. calls the import of the same name in the module `ic0`.
 * The host function runs after the charge and must not charge again. The exception is `chargedBy: 'host'`: the amount depends on
 * the host's state, so the wrapper charges nothing and the host subtracts from the exported counter.
 *
 * `i32` values are signed JavaScript numbers; the host applies `>>> 0` to an address or a size. `i64` values are signed BigInts;
 * `BigInt.asUintN(64, x)` makes them unsigned. `f64` is an unsigned i64 operand converted by `f64.convert_i64_u`. It is exact up
 * to 2^53, and a larger operand stays at least 2^53. Stable memory ends at 500 GiB < 2^39, so a rounded operand is out of bounds
 * in any case. An `f64` result is converted back by `i64.trunc_sat_f64_s`, which keeps −1.
 *
 * In wasm64, addresses and sizes also cross as f64, and sizes are returned as i32. One host function therefore serves wasm32 and
 * wasm64. `env` values, which the system only stores, cross as BigInts.
 *
 * Charges: PocketIC 10.0.0, rs/embedders/src/wasmtime_embedder/{linker,system_api_complexity}.rs and
 * rs/embedders/src/wasm_utils/system_api_replacements.rs.
 */
import { addressOperands, ic0Signature, type Ic0Function, type Ic0ValueType } from './ic0-signatures.js';

export type HostValueType = 'i32' | 'i64' | 'f64';

export interface HostSignature {
  /** Parameter types of the import. An i64 that crosses as a number is `f64` here. */
  readonly hostParams: readonly HostValueType[];
  readonly hostResults: readonly HostValueType[];
  readonly charge: Charge;
}

export interface Charge {
  readonly chargedBy: 'wasm' | 'host';
  /** Instructions per call. With `chargedBy: 'host'`, the constant part of the host's charge. */
  readonly fixed: number;
  /** Instructions per byte. */
  readonly perByte: number;
  /** Indices of the operands whose sum is the number of bytes. */
  readonly sizeOperands: readonly number[];
  /**
   * If true, the wrapper also checks the counter before the charge. The counter can be below zero then, because blocks inside a
   * function do not test it. False for stable reads and writes, which PocketIC implements in wasm.
   */
  readonly checkedFirst: boolean;
}

/** Instructions per byte that leaves the canister (`BYTE_TRANSMISSION_COST_FACTOR`). */
const TRANSMISSION = 50;
const FIXED_DEFAULT = 500;

function fixedCharge(instructions: number): Charge {
  return {
    chargedBy: 'wasm',
    fixed: instructions,
    perByte: 0,
    sizeOperands: [],
    checkedFirst: true,
  };
}
function chargePerByte(sizeOperands: readonly number[], factor = 1, instructions = FIXED_DEFAULT): Charge {
  return {
    chargedBy: 'wasm',
    fixed: instructions,
    perByte: factor,
    sizeOperands,
    checkedFirst: true,
  };
}
const stableAccess: Charge = { ...chargePerByte([2], 1, 20), checkedFirst: false };
function chargedByHost(instructions: number): Charge {
  return {
    chargedBy: 'host',
    fixed: instructions,
    perByte: 0,
    sizeOperands: [],
    checkedFirst: true,
  };
}

/** Charges other than the default of `FIXED_DEFAULT` per call. */
const CHARGES: Partial<Record<Ic0Function, Charge>> = {
  call_data_append: chargePerByte([1], TRANSMISSION),
  call_new: chargePerByte([1, 3], 1, 1_500),
  call_perform: fixedCharge(5_000),
  canister_self_copy: chargePerByte([2]),
  certified_data_set: chargePerByte([1]),
  cost_sign_with_ecdsa: chargePerByte([1]),
  cost_sign_with_schnorr: chargePerByte([1]),
  cost_vetkd_derive_key: chargePerByte([1]),
  data_certificate_copy: chargePerByte([2]),
  /** The host charges 100 + 2·min(len, 4096) + 50·min(len, free log bytes) + len. */
  debug_print: chargedByHost(100),
  env_var_name_copy: chargePerByte([3]),
  env_var_value_copy: chargePerByte([4]),
  is_controller: chargePerByte([1], 1, 1_000),
  mint_cycles128: fixedCharge(0),
  msg_arg_data_copy: chargePerByte([2]),
  msg_caller_copy: chargePerByte([2]),
  msg_method_name_copy: chargePerByte([2]),
  msg_reject: chargePerByte([1], TRANSMISSION),
  msg_reject_msg_copy: chargePerByte([2]),
  msg_reply_data_append: chargePerByte([1], TRANSMISSION),
  performance_counter: fixedCharge(200),
  root_key_copy: chargePerByte([2]),
  stable64_grow: fixedCharge(100),
  stable64_read: stableAccess,
  stable64_size: fixedCharge(0),
  /** The host adds 1,000 for each 4 KiB stable page that the message writes to for the first time. */
  stable64_write: stableAccess,
  stable_grow: fixedCharge(100),
  stable_read: stableAccess,
  stable_size: fixedCharge(0),
  /** The host adds 1,000 for each 4 KiB stable page that the message writes to for the first time. */
  stable_write: stableAccess,
  subnet_self_copy: chargePerByte([2]),
  /** The host charges 500 + len + 2·min(len, 4096) + 50·min(len, free log bytes). */
  trap: chargedByHost(FIXED_DEFAULT),
};

/** Functions whose i64 operands and results cross as numbers, because canisters call them often. */
const CROSS_AS_NUMBERS: ReadonlySet<Ic0Function> = new Set([
  'performance_counter',
  'stable64_grow',
  'stable64_read',
  'stable64_size',
  'stable64_write',
]);

/** The type of the import `ic0.name` in an instrumented module, and the charge for a call. */
export function hostSignature(name: Ic0Function, isWasm64: boolean): HostSignature {
  const { params, results } = ic0Signature(name, isWasm64);
  const isAddress = addressOperands(name);
  const crossesAsNumbers = CROSS_AS_NUMBERS.has(name);
  const asNumber = (type: Ic0ValueType): HostValueType => (type === 'i64' ? 'f64' : type);
  return {
    hostParams: params.map((type, index) => (crossesAsNumbers || isAddress[index] ? asNumber(type) : type)),
    hostResults: crossesAsNumbers ? results.map(asNumber) : hostResultsOf(name),
    charge: CHARGES[name] ?? fixedCharge(FIXED_DEFAULT),
  };
}

/** The result types of wasm32: the host returns a size as i32 also in wasm64. */
function hostResultsOf(name: Ic0Function): readonly HostValueType[] {
  return ic0Signature(name, false).results;
}
