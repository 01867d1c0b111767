/** The process of the command `upload-stress`. */
import { setFlagsFromString } from 'node:v8';
import { failWith } from './fail.js';
import { reasonOf } from '../harness/files/system-error.js';
import { InputError } from '../harness/input-error.js';
import { runProgram } from './program.js';

/** A command that has ended has so much time to close what it used. */
const EXIT_GRACE_MS = 5_000;

/** A closed pipe (`| head`) ends the output, not the run. */
function ignoreClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') return;
      failWith(new InputError(`cannot write the output: ${reasonOf(error)}`));
    });
  }
}

/**
 * V8 11 (Node 20) compiles functions again with optimizations after a tenth of the work that later versions wait for. A schedule runs
 * thousands of functions for a short time each, and compiling them so early takes an eighth of the processor time of the first 250 schedules.
 * Later versions have other flags and need none.
 */
function optimizeLater(): void {
  if (!process.versions.v8.startsWith('11.')) return;
  setFlagsFromString('--interrupt-budget=200000');
  setFlagsFromString('--wasm-tiering-budget=13000000');
}

optimizeLater();
ignoreClosedPipes();
process.on('uncaughtException', failWith);
process.on('unhandledRejection', failWith);
await runProgram(process.argv.slice(2));
// What a target left behind, such as a timer, must not keep the process alive.
setTimeout(() => process.exit(), EXIT_GRACE_MS).unref();
