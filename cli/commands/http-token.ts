/** `upload-stress http-token`: capsules and bearer tokens for the HTTP interface, as `--http-token` and curl take them. */
import type { Command } from 'commander';
import { EXIT } from '../../campaigns/exit-codes.js';
import { parseCount } from '../parse.js';

interface Options {
  readonly host: string;
  readonly canister?: string;
  readonly identity?: string;
  readonly callers: number;
}

export function addHttpTokenCommand(program: Command): void {
  program
    .command('http-token')
    .description(
      'make a capsule and a bearer token for the HTTP interface: a line "CAPSULE_ID TOKEN" for each caller',
    )
    .requiredOption('--host <url>', 'where the canister is served, e.g. http://127.0.0.1:8000')
    .option('--canister <id>', 'the upload canister (default: the one that GET / of the host names)')
    .option('--identity <pem>', 'the private key of the caller (default: a new one that nobody keeps)')
    .option('--callers <n>', 'so many callers, each with a new key', parseCount, 1)
    .action(async (options: Options) => {
      const { createHttpTokens } = await import('../http-tokens.js');
      for (const { capsuleId, token } of await createHttpTokens(options))
        process.stdout.write(`${capsuleId} ${token}\n`);
      process.exitCode = EXIT.ok;
    });
}
