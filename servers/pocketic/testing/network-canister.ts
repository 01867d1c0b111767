/** A canister that calls other canisters, on its subnet and on others, and returns facts about its subnet. */
import { compileWat } from '../../../replicas/embedded/testing/compile-wat.js';
import { FORWARD, PRELUDE } from '../../../replicas/embedded/testing/module-text.js';

/** Canister ids have 10 bytes, subnet ids 29, and aaaaa-aa 0. */
const forwards = [
  ['forward', 10, 0, 0],
  ['forward_to_subnet', 29, 0, 0],
  ['forward_to_management', 0, 0, 0],
  ['pay', 10, 1_000_000_000, 0],
  ['hurry', 10, 0, 10],
].map(
  ([name, size, cycles, seconds]) => `(func (export "canister_update ${name}")
    (call $forward (i32.const ${size}) (i64.const ${cycles}) (i32.const ${seconds})))`,
);

/**
 * The methods of the canister:
 * - `forward…`: see `FORWARD`. `pay` also sends 1e9 cycles, and `hurry` waits at most ten seconds.
 * - `echo` replies with its argument, `take` accepts 5e8 cycles, `refuse` rejects, `boom` traps.
 * - `burn`, a query, uses 5.1e9 instructions.
 * - `flood` calls `echo` of the canister in its argument, with 2 MiB of payload minus the last byte of its argument.
 * - `mint` mints 1e6 cycles. `subnet` and `root_key` reply with the values of the System API.
 */
export function compileNetworkCanister(): Promise<Uint8Array> {
  return compileWat(`(module
  (import "ic0" "subnet_self_size" (func $subnet_size (result i32)))
  (import "ic0" "subnet_self_copy" (func $subnet_copy (param i32 i32 i32)))
  (import "ic0" "root_key_size" (func $root_size (result i32)))
  (import "ic0" "root_key_copy" (func $root_copy (param i32 i32 i32)))
  (import "ic0" "msg_reject" (func $reject (param i32 i32)))
  (import "ic0" "mint_cycles128" (func $mint (param i64 i64 i32)))
  (import "ic0" "trap" (func $trap (param i32 i32)))
  ${PRELUDE.replace('(memory 1)', '(memory 300)')} ${FORWARD} ${forwards.join('\n')}
  (data (i32.const 600) "not today")
  (data (i32.const 620) "echo")
  (func (export "canister_update echo")
    (call $arg_copy (i32.const 1000) (i32.const 0) (call $arg_size))
    (call $append (i32.const 1000) (call $arg_size)) (call $reply))
  (func (export "canister_composite_query ask")
    (call $forward (i32.const 10) (i64.const 0) (i32.const 0)))
  (func (export "canister_query hello")
    (call $append (i32.const 600) (i32.const 3)) (call $reply))
  (func (export "canister_update take") (drop (call $accept (i64.const 500000000))) (call $reply))
  (func (export "canister_update mint")
    (call $mint (i64.const 0) (i64.const 1000000) (i32.const 1000))
    (call $append (i32.const 1000) (i32.const 16)) (call $reply))
  (func (export "canister_update refuse") (call $reject (i32.const 600) (i32.const 9)))
  (func (export "canister_update boom") (call $trap (i32.const 600) (i32.const 9)))
  (func (export "canister_query burn") (local $left i32)
    (local.set $left (i32.const 300))
    (loop $next
      (memory.fill (i32.const 65536) (i32.const 1) (i32.const 17000000))
      (br_if $next (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
    (call $reply))
  (func (export "canister_update flood")
    (call $arg_copy (i32.const 0) (i32.const 0) (call $arg_size))
    (call $call_new (i32.const 0) (i32.const 10) (i32.const 620) (i32.const 4)
      (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 0))
    (call $call_data (i32.const 1000) (i32.sub (i32.const 2097152) (i32.load8_u (i32.const 10))))
    (if (call $call_perform) (then unreachable)))
  (func (export "canister_update subnet")
    (call $subnet_copy (i32.const 1000) (i32.const 0) (call $subnet_size))
    (call $append (i32.const 1000) (call $subnet_size)) (call $reply))
  (func (export "canister_update root_key")
    (call $root_copy (i32.const 1000) (i32.const 0) (call $root_size))
    (call $append (i32.const 1000) (call $root_size)) (call $reply)))`);
}
