/** `upload-stress upload FILE…`: options only; the work is in `upload-command.ts`, loaded when it is asked for. */
import { Option, type Command } from 'commander';
import { parseCount } from '../parse.js';
import type { UploadCommandOptions } from '../upload-command.js';

export function addUploadCommand(program: Command): void {
  program
    .command('upload')
    .description('upload files to an upload canister, read them back and compare; again, to resume')
    .argument('<file...>', 'a picture goes over with its derivatives, any other file as it is')
    .requiredOption('--host <url>', 'where the replica answers, e.g. http://127.0.0.1:8000')
    .option('--canister <id>', 'the upload canister (default: the one that the host names at GET /)')
    .option('--parallel <n>', 'calls in flight over both lanes together (default: 5)', parseCount)
    .option('--identity <pem>', 'your private key (default on this machine: a development key)')
    .addOption(
      new Option('--derivatives [when]', 'make derivatives of pictures, of every file, or of none')
        .choices(['auto', 'always', 'never'])
        .default('auto')
        .preset('always'),
    )
    .option('--json', 'one JSON document on stdout and nothing else there')
    .option('--quiet', 'no progress')
    .action(async (files: string[], options: UploadCommandOptions) => {
      const { runUploadCommand } = await import('../upload-command.js');
      process.exitCode = await runUploadCommand(files, options);
    });
}
