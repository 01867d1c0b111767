/** The command `upload-stress`. Options and exit codes only; each command's work is in `commands/`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { addDiffCommand } from './commands/diff.js';
import { addBenchCommand } from './commands/bench.js';
import { addDoctorCommand } from './commands/doctor.js';
import { addRecordCommand } from './commands/record.js';
import { addHttpTokenCommand } from './commands/http-token.js';
import { addGateCommand } from './commands/gate.js';
import { addMergeCommand } from './commands/merge.js';
import { addMutantsCommand } from './commands/mutants.js';
import { addReplayCommand } from './commands/replay.js';
import { addReportCommand } from './commands/report.js';
import { addRunCommand } from './commands/run.js';
import { addServeCommand } from './commands/serve.js';
import { addUploadCommand } from './commands/upload.js';
import { EXIT } from '../campaigns/exit-codes.js';
import { failWith } from '../campaigns/fail.js';
import { InputError } from '../harness/input-error.js';
import { PACKAGE_ROOT } from '../targets/package-root.js';
import { reasonOf } from '../harness/files/system-error.js';

function packageVersion(): string {
  const manifest = readFileSync(join(PACKAGE_ROOT, 'package.json'), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}

function oneLine(text: string) {
  return text
    .replace(/^error: /, '')
    .trim()
    .replace(/\s*\n\s*/g, ' ');
}

export function createProgram(version: string): Command {
  const program = new Command('upload-stress')
    .description('Find races and lost bytes in canisters that accept chunked uploads')
    .version(version)
    .option('--no-color', 'plain text, as with NO_COLOR')
    .enablePositionalOptions();
  const context = { version };
  addRunCommand(program, context);
  addReplayCommand(program, context);
  addReportCommand(program, context);
  addBenchCommand(program, context);
  addGateCommand(program, context);
  addMergeCommand(program, context);
  addDoctorCommand(program, context);
  addRecordCommand(program, context);
  addDiffCommand(program, context);
  addServeCommand(program);
  addUploadCommand(program);
  addHttpTokenCommand(program);
  addMutantsCommand(program, context);
  // Subcommands inherit none of these.
  for (const command of [program, ...program.commands]) {
    command
      .exitOverride()
      .configureOutput({ outputError: (text, write) => write(`upload-stress: ${oneLine(text)}\n`) });
  }
  for (const command of program.commands) command.option('--no-color', 'plain text, as with NO_COLOR');
  return program;
}

/** A reader that goes away (`| head`) ends the output, not the run. */
function ignoreClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') return;
      failWith(new InputError(`cannot write the output: ${reasonOf(error)}`));
    });
  }
}

async function main(argv: readonly string[]): Promise<void> {
  ignoreClosedPipes();
  process.on('uncaughtException', failWith);
  process.on('unhandledRejection', failWith);
  try {
    await createProgram(packageVersion()).parseAsync([...argv]);
  } catch (error) {
    // Commander has already printed its own one-line message.
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.couldNotRun;
    else failWith(error);
  }
}

await main(process.argv);
