/** `upload-stress upload FILE…`: options only. `upload-command.ts` does the work and is loaded when it is needed. */
import { Option, type Command } from 'commander';
import { parseCount } from '../options/parse.js';
import { addExamples, addOutputOptions } from '../options/shared-options.js';
import type { UploadCommandOptions } from '../upload-command.js';

export function addUploadCommand(program: Command): void {
  const command = program
    .command('upload')
    .summary('upload files to a served canister')
    .description(
      'Upload files to an upload canister over a real connection, read them back, and compare. Run it again to resume an interrupted upload.',
    )
    .argument('<files...>', 'files to upload; pictures are uploaded with smaller derivatives')
    .requiredOption('--host <url>', 'URL of the replica, e.g. http://127.0.0.1:8000')
    .option('--canister <id>', 'id of the upload canister (default: the one that GET / of the host reports)')
    .option('--parallel <n>', 'number of calls in flight (default: 5)', parseCount)
    .option(
      '--identity <pem>',
      'file with your private key (default: a development key, on a local host only)',
    )
    .addOption(
      new Option('--derivatives [when]', 'files to make derivatives of: pictures (auto), all, or none')
        .choices(['auto', 'always', 'never'])
        .default('auto')
        .preset('always'),
    );
  addOutputOptions(command, {}).action(async (files: string[], options: UploadCommandOptions) => {
    const { runUploadCommand } = await import('../upload-command.js');
    process.exitCode = await runUploadCommand(files, options);
  });
  addExamples(command, [
    'upload holiday.jpg --host http://127.0.0.1:8000',
    'upload *.mp4 --host http://127.0.0.1:8000 --parallel 8 --derivatives never',
  ]);
}
