/**
 * `upload-stress serve`: the embedded engine behind the REST protocol of the PocketIC server, or with `--live` one canister
 * behind the IC's HTTP interface.
 */
import { InvalidArgumentError, type Command } from 'commander';
import { InputError } from '../../harness/input-error.js';
import type { LiveOptions } from '../live-server.js';

/** Texts: the server reads the values of its own flags itself, as its binary does. */
interface RestOptions {
  readonly ttl?: string;
  readonly logLevels?: string;
}

interface ServeOptions extends LiveOptions, RestOptions {
  readonly live?: boolean;
}

export function addServeCommand(program: Command): void {
  program
    .command('serve')
    .description(
      'serve the embedded engine: to pic-js as a PocketIC server, with --live to agents as a replica',
    )
    .option('-p, --port <n>', 'listen on this port (default: any free one)')
    .option('--port-file <file>', 'write the port into this new file when listening, remove it at the end')
    .option('-i, --ip-addr <address>', '127.0.0.1 (default) or ::1')
    .option('--ttl <seconds>', 'PocketIC server: end after so long without a request (default: 60)')
    .option('-l, --log-levels <levels>', 'PocketIC server: accepted and ignored')
    .option('--live', "serve one canister over the IC's HTTP interface instead")
    .option('--wasm <file>', 'live: this canister (default: the upload canister of this package)')
    .option('--init-arg <file>', 'live: its init argument, Candid bytes or their hex text')
    .option('--block-time <ms>', 'live: from one block to the next (default: 0, at once)', parseMilliseconds)
    .option('--cors <origin>', 'live: let only web pages of this origin read the answers', parseOrigin)
    .option('--verbose', 'live: a line on stderr for each call')
    .action(async (options: ServeOptions) => {
      process.exitCode = options.live === true ? await live(options) : await rest(options);
    });
}

function parseMilliseconds(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('give milliseconds, a whole number from 0 on.');
  return Number(text);
}

function parseOrigin(text: string): string {
  if (text === '*' || (URL.canParse(text) && new URL(text).origin === text)) return text;
  throw new InvalidArgumentError('give an origin such as http://localhost:5173.');
}

const LIVE_ONLY = ['wasm', 'initArg', 'blockTime', 'cors', 'verbose'] as const;
const REST_ONLY = ['ttl', 'logLevels'] as const;

function flagOf(option: string): string {
  return `--${option.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`)}`;
}

async function rest(options: ServeOptions): Promise<number> {
  const foreign = LIVE_ONLY.find((name) => options[name] !== undefined);
  if (foreign !== undefined) throw new InputError(`${flagOf(foreign)} is for serve --live`);
  const { runServer } = await import('../../servers/pocketic/command.js');
  return runServer(options);
}

async function live(options: ServeOptions): Promise<number> {
  const foreign = REST_ONLY.find((name) => options[name] !== undefined);
  if (foreign !== undefined) throw new InputError(`${flagOf(foreign)} is not for serve --live`);
  const { serveLive } = await import('../live-server.js');
  return serveLive(options);
}
