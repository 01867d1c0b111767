/**
 * The fuzz campaign over generated, mutated, and damaged modules:
 * `npx tsx suites/module-fuzz/fuzz.ts [--seed N] [--first N] [--modules N] [--out FOLDER] [FILE…]`. Not part of the tests.
 *
 * The generator must have been built: `cargo build --release --manifest-path suites/module-fuzz/generator/Cargo.toml`. Modules on which
 * the engine fails are saved to the folder. Exit code 0: there is none. 1: there are some.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { PACKAGE_ROOT } from '../../package-root.js';
import { ModuleRunner } from './run-module.js';

const HEADER_BYTES = 9;
/** Every n-th module runs twice. */
const TWICE_EVERY = 25;
/** A module that takes longer hangs. */
const HANG_SECONDS = 120;
const PROGRESS_EVERY = 2_000;

interface NumberedModule {
  readonly number: number;
  /** How it was made: `canister`, `unrestricted`, `mutated`, or `damaged`. */
  readonly kind: string;
  readonly bytes: Uint8Array;
}

const KINDS: Readonly<Record<string, string>> = {
  c: 'canister',
  u: 'unrestricted',
  m: 'mutated',
  d: 'damaged',
};

async function* modulesOf(seed: number, first: number, count: number, files: readonly string[]) {
  const target = process.env['CARGO_TARGET_DIR'] ?? join(PACKAGE_ROOT, 'suites/module-fuzz/generator/target');
  const generator = spawn(
    join(target, 'release/module-generator'),
    [`${seed}`, `${first}`, `${count}`, ...files],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let rest = Buffer.alloc(0);
  for await (const part of generator.stdout as AsyncIterable<Buffer>) {
    rest = Buffer.concat([rest, part]);
    while (rest.length >= HEADER_BYTES && rest.length >= HEADER_BYTES + rest.readUInt32LE(4)) {
      const end = HEADER_BYTES + rest.readUInt32LE(4);
      const kind = KINDS[String.fromCharCode(rest[8] ?? 0)] ?? '?';
      const module: NumberedModule = {
        number: rest.readUInt32LE(0),
        kind,
        bytes: Uint8Array.from(rest.subarray(HEADER_BYTES, end)),
      };
      rest = rest.subarray(end);
      yield module;
    }
  }
}

/** Ends the process if the number in the returned array stays the same for too long, because nothing else can end a hanging engine. */
function startWatchdog(): Int32Array {
  const current = new Int32Array(new SharedArrayBuffer(4));
  const code = `
    const { workerData: { current, seconds } } = require('node:worker_threads');
    let [seen, since] = [-1, 0];
    setInterval(() => {
      const now = Atomics.load(current, 0);
      if (now !== seen) [seen, since] = [now, 0];
      else if (++since >= seconds) {
        require('node:fs').writeSync(2, 'module ' + now + ' hangs\\n');
        process.kill(process.pid, 'SIGKILL');
      }
    }, 1000);`;
  new Worker(code, { eval: true, workerData: { current, seconds: HANG_SECONDS } }).unref();
  return current;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seed: { type: 'string', default: '1' },
      first: { type: 'string', default: '0' },
      modules: { type: 'string', default: '1000' },
      out: { type: 'string', default: join('reports', 'out', 'module-fuzz') },
    },
  });
  const { out } = values;
  mkdirSync(out, { recursive: true });
  const runner = new ModuleRunner();
  const current = startWatchdog();
  const counts = new Map<string, number>();
  const count = (name: string, by = 1): void => void counts.set(name, (counts.get(name) ?? 0) + by);
  const started = performance.now();
  const [seed, first, modules] = [Number(values.seed), Number(values.first), Number(values.modules)];
  let slowest = { number: -1, ms: 0 };
  for await (const { number, kind, bytes } of modulesOf(seed, first, modules, positionals)) {
    Atomics.store(current, 0, number);
    const begun = performance.now();
    count(kind);
    try {
      const outcome = await runner.run(bytes);
      count(outcome.kind);
      if (outcome.kind === 'ran') {
        count('calls', outcome.calls);
        count('messages that were ended', outcome.ended);
      }
      if (number % TWICE_EVERY === 0) await runner.runTwice(bytes);
    } catch (error) {
      count('failures');
      writeFileSync(join(out, `${seed}-${number}.wasm`), bytes);
      console.log(`module ${number} (${kind}): ${error instanceof Error ? error.stack : String(error)}`);
    }
    const ms = performance.now() - begun;
    if (ms > slowest.ms) slowest = { number, ms };
    if ((number + 1) % PROGRESS_EVERY === 0) print();
  }
  print();
  process.exitCode = counts.has('failures') ? 1 : 0;

  function print(): void {
    const done = (performance.now() - started) / 1_000;
    const parts = [...counts].map(([name, value]) => `${name} ${value}`).join(', ');
    const memory = Math.round(process.memoryUsage().rss / 2 ** 20);
    console.log(
      `${parts}; ${done.toFixed(0)} s; slowest ${slowest.number}: ${slowest.ms.toFixed(0)} ms; ${memory} MiB`,
    );
  }
}

await main();
