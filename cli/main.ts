/** The process of the command `upload-stress`. */
import { failWith } from './fail.js';
import { reasonOf } from '../harness/files/system-error.js';
import { InputError } from '../harness/input-error.js';
import { runProgram } from './program.js';

/** A closed pipe (`| head`) ends the output, not the run. */
function ignoreClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') return;
      failWith(new InputError(`cannot write the output: ${reasonOf(error)}`));
    });
  }
}

ignoreClosedPipes();
process.on('uncaughtException', failWith);
process.on('unhandledRejection', failWith);
await runProgram(process.argv.slice(2));
