/** `upload-stress http-token`: capsules and bearer tokens for the HTTP interface, for `--http-token` and curl. */
import type { Command } from 'commander';
import { EXIT } from '../exit-codes.js';
import { parseCount } from '../options/parse.js';
import { addExamples } from '../options/shared-options.js';

interface HttpTokenOptions {
  readonly host: string;
  readonly canister?: string;
  readonly identity?: string;
  readonly callers: number;
}

export function addHttpTokenCommand(program: Command): void {
  const command = program
    .command('http-token')
    .summary('create bearer tokens for the HTTP interface')
    .description(
      'Create a capsule and a bearer token for the HTTP interface of an upload canister. Prints a line "CAPSULE_ID TOKEN" per caller.',
    )
    .requiredOption('--host <url>', 'URL of the replica, e.g. http://127.0.0.1:8000')
    .option('--canister <id>', 'id of the upload canister (default: the one that GET / of the host reports)')
    .option(
      '--identity <pem>',
      'file with the private key of the caller (default: a new key that is not kept)',
    )
    .option('--callers <n>', 'number of callers, each with a new key', parseCount, 1)
    .action(async (options: HttpTokenOptions) => {
      const { createHttpTokens } = await import('../http-tokens.js');
      for (const { capsuleId, token } of await createHttpTokens(options))
        process.stdout.write(`${capsuleId} ${token}\n`);
      process.exitCode = EXIT.ok;
    });
  addExamples(command, ['http-token --host http://127.0.0.1:8000 --callers 3 > tokens.txt']);
}
