/** The process of the command `upload-stress`. */
import { setFlagsFromString } from 'node:v8';
import { failWith } from './fail.js';
import { reasonOf } from '../harness/files/system-error.js';
import { InputError } from '../harness/input-error.js';
import { OPTIMIZE_LATER } from './optimize-later.js';
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

for (const flag of OPTIMIZE_LATER) setFlagsFromString(flag);
ignoreClosedPipes();
process.on('uncaughtException', failWith);
process.on('unhandledRejection', failWith);
await runProgram(process.argv.slice(2));
// What a target left behind, such as a timer, must not keep the process alive.
setTimeout(() => process.exit(), EXIT_GRACE_MS).unref();
