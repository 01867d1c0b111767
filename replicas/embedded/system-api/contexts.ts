/**
 * The contexts (kinds of execution) in which each `ic0` function may be called.
 *
 * Source: IC interface spec, "System API" overview; PocketIC 10.0.0, rs/embedders/src/wasmtime_embedder/system_api.rs.
 */
import type { Ic0Function } from '../wasm/ic0-signatures.js';

/** One bit per context, named as in the interface specification. */
export const CONTEXT = {
  /** start function */
  s: 1,
  /** init and post_upgrade */
  I: 1 << 1,
  /** pre_upgrade */
  G: 1 << 2,
  /** update */
  U: 1 << 3,
  /** query executed in replicated mode */
  RQ: 1 << 4,
  /** query executed in non-replicated mode */
  NQ: 1 << 5,
  /** composite query */
  CQ: 1 << 6,
  /** reply callback */
  Ry: 1 << 7,
  /** reject callback */
  Rt: 1 << 8,
  /** reply callback of a composite query */
  cRy: 1 << 9,
  /** reject callback of a composite query */
  cRt: 1 << 10,
  /** cleanup callback */
  C: 1 << 11,
  /** cleanup callback of a composite query */
  cC: 1 << 12,
  /** inspect_message */
  F: 1 << 13,
  /** heartbeat, global timer, on low Wasm memory */
  T: 1 << 14,
} as const;

function contexts(letters: string): number {
  return letters.split(' ').reduce((mask, letter) => mask | CONTEXT[letter as keyof typeof CONTEXT], 0);
}

export const EVERY_CONTEXT = (1 << 15) - 1;
const ALL_BUT_START = EVERY_CONTEXT & ~CONTEXT.s;
const ANSWERING = contexts('U RQ NQ CQ Ry Rt cRy cRt');
const CALLING = contexts('U CQ T Ry Rt cRy cRt');
const CYCLES_OF_CALL = contexts('U RQ Ry Rt');
const ARGUMENT = contexts('I U RQ NQ CQ Ry cRy F');
const REJECTION = contexts('Rt cRt');
const INSPECTION = CONTEXT.F;
const CERTIFICATE = contexts('NQ CQ');
const WRITING = contexts('I G U T Ry Rt');
const WRITING_OR_CLEANUP = contexts('I G U T Ry Rt C');
const BURNING = contexts('I G U RQ T Ry Rt C');

/** Contexts of non-replicated execution, in which `in_replicated_execution` returns 0. */
export const NON_REPLICATED = contexts('F NQ CQ cRy cRt cC');

/** The contexts that are allowed per function. Functions that are missing here may be called in every context. */
const ALLOWED: Partial<Record<Ic0Function, number>> = {
  accept_message: INSPECTION,
  call_cycles_add: contexts('U T Ry Rt'),
  call_cycles_add128: contexts('U T Ry Rt'),
  call_data_append: CALLING,
  call_new: CALLING,
  call_on_cleanup: CALLING,
  call_perform: CALLING,
  call_with_best_effort_response: CALLING,
  canister_cycle_balance: ALL_BUT_START,
  canister_cycle_balance128: ALL_BUT_START,
  canister_liquid_cycle_balance128: ALL_BUT_START,
  canister_self_copy: ALL_BUT_START,
  canister_self_size: ALL_BUT_START,
  canister_status: ALL_BUT_START,
  canister_version: ALL_BUT_START,
  certified_data_set: WRITING,
  cycles_burn128: BURNING,
  data_certificate_copy: CERTIFICATE,
  data_certificate_present: ALL_BUT_START,
  data_certificate_size: CERTIFICATE,
  env_var_count: ALL_BUT_START,
  env_var_name_copy: ALL_BUT_START,
  env_var_name_exists: ALL_BUT_START,
  env_var_name_size: ALL_BUT_START,
  env_var_value_copy: ALL_BUT_START,
  env_var_value_size: ALL_BUT_START,
  global_timer_set: WRITING_OR_CLEANUP,
  mint_cycles128: contexts('U T Ry Rt'),
  msg_arg_data_copy: ARGUMENT,
  msg_arg_data_size: ARGUMENT,
  msg_caller_copy: ALL_BUT_START,
  msg_caller_size: ALL_BUT_START,
  msg_cycles_accept: CYCLES_OF_CALL,
  msg_cycles_accept128: CYCLES_OF_CALL,
  msg_cycles_available: CYCLES_OF_CALL,
  msg_cycles_available128: CYCLES_OF_CALL,
  msg_cycles_refunded: contexts('Ry Rt'),
  msg_cycles_refunded128: contexts('Ry Rt'),
  msg_deadline: ANSWERING,
  msg_method_name_copy: INSPECTION,
  msg_method_name_size: INSPECTION,
  msg_reject: ANSWERING,
  msg_reject_code: contexts('Ry Rt cRy cRt'),
  msg_reject_msg_copy: REJECTION,
  msg_reject_msg_size: REJECTION,
  msg_reply: ANSWERING,
  msg_reply_data_append: ANSWERING,
  root_key_copy: BURNING,
  root_key_size: BURNING,
  subnet_self_copy: ALL_BUT_START,
  subnet_self_size: ALL_BUT_START,
  time: ALL_BUT_START,
};

export const allowedContexts = (name: Ic0Function): number => ALLOWED[name] ?? EVERY_CONTEXT;
