/**
 * Measures instrumentation: the time to instrument and compile a module, and the time of each method with and without
 * instrumentation. Prints the figures.
 *
 *   npx tsx replicas/embedded/wasm/testing/instrumentation-benchmark.ts [module.wasm]
 *
 * The default module contains loops of stores, copies, and SHA-256 steps. Methods run only if the module imports nothing.
 */
import { readFileSync } from 'node:fs';
import { instrumentModule } from '../instrument-module.js';
import { compile, instrument, sha256Hex } from '../instrument.js';
import { assemble } from './assemble.js';
import { MiniHost, SLICE } from './mini-host.js';

/** After this many runs, V8's optimizing compiler has compiled the largest function. */
const WARM_UP_RUNS = 100;
const MEASURED_RUNS = 20;

/** Text of a loop that increases `$i` from 0 to `bytes` in steps of `step`. */
function loop(bytes: number, step: number, body: string): string {
  return `(local $i i32) (local $a i32) (local $b i32) loop ${body}
   local.get $i i32.const ${step} i32.add local.tee $i i32.const ${bytes} i32.lt_u br_if 0 end`;
}

/** One step of the message schedule of SHA-256. */
const MIX = `local.get $i i32.load offset=4 local.tee $a i32.const 7 i32.rotr local.get $a i32.const 18 i32.rotr i32.xor
  local.get $a i32.const 3 i32.shr_u i32.xor local.get $i i32.load offset=56 local.tee $b i32.const 17 i32.rotr
  local.get $b i32.const 19 i32.rotr i32.xor local.get $b i32.const 10 i32.shr_u i32.xor i32.add
  local.get $i i32.load i32.add local.get $i i32.load offset=36 i32.add local.set $a
  local.get $i local.get $a i32.store offset=64`;

const SAMPLE = `(module (memory 34)
  (func (export "canister_update store bytes") ${loop(2_097_152, 1, 'local.get $i local.get $i i32.store8')})
  (func (export "canister_update copy words") ${loop(1_048_576, 8, 'local.get $i local.get $i i64.load offset=1048576 i64.store')})
  (func (export "canister_update mix words") ${loop(2_097_152, 4, MIX)})
  (func (export "canister_update bulk copy") ${loop(1_048_576, 256, 'local.get $i i32.const 1048576 i32.const 256 memory.copy')}))`;

function millisecondsOf(action: () => void): number {
  const start = performance.now();
  action();
  return performance.now() - start;
}

/** The fastest run in milliseconds. */
function best(action: () => void): number {
  for (let run = 0; run < WARM_UP_RUNS; run++) action();
  return Math.min(...Array.from({ length: MEASURED_RUNS }, () => millisecondsOf(action)));
}

const path = process.argv[2];
const bytes = path === undefined ? assemble(SAMPLE) : new Uint8Array(readFileSync(path));
const instrumentation = instrument(bytes, sha256Hex(bytes));
const instrumenting = best(() => instrument(bytes, sha256Hex(bytes)));
const compiling = best(() => compile(instrumentation, bytes));
console.log(
  `${bytes.length} bytes become ${instrumentation.bytes.length}: ` +
    `${instrumenting.toFixed(1)} ms to instrument, ${compiling.toFixed(1)} ms to compile`,
);

if (instrumentation.metadata.imports.size === 0) {
  const module = instrumentModule(bytes);
  const host = new MiniHost(module);
  host.onOutOfInstructions = () => {
    host.counter.value = SLICE;
  };
  const plain = new WebAssembly.Instance(new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>), {});
  for (const { name, exportName } of module.methods) {
    const before = best(plain.exports[exportName] as () => void);
    const after = best(() => host.run(exportName));
    const factor = (after / before).toFixed(2);
    console.log(
      `${name.padEnd(16)} ${before.toFixed(2)} ms plain, ${after.toFixed(2)} ms instrumented: ${factor}×`,
    );
  }
}
