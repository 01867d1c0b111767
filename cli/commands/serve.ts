/**
 * `upload-stress serve`: the embedded engine behind the REST protocol of the PocketIC server, or, with `--live`, one canister behind the
 * IC's HTTP interface.
 */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { InputError } from '../../harness/input-error.js';
import type { LiveOptions } from '../live-server.js';
import { parseDuration } from '../options/parse.js';
import { addExamples } from '../options/shared-options.js';

/** Texts, because the server parses its flags itself, like the PocketIC binary. */
interface RestOptions {
  /** Milliseconds. */
  readonly messageTime?: number;
  readonly ttl?: string;
  readonly hardTtl?: string;
  readonly logLevels?: string;
}

interface ServeOptions extends LiveOptions, RestOptions {
  readonly live?: boolean;
}

const REST_GROUP = 'PocketIC server:';
const LIVE_GROUP = 'With --live:';

export function addServeCommand(program: Command): void {
  const rest = (flags: string, text: string) => new Option(flags, text).helpGroup(REST_GROUP);
  const live = (flags: string, text: string) => new Option(flags, text).helpGroup(LIVE_GROUP);
  const command = program
    .command('serve')
    .summary('serve the embedded engine as a PocketIC server, or one canister to agents')
    .description(
      'Serve the embedded engine with the REST protocol of the PocketIC server, or, with --live, one canister to agents over the HTTP interface of the IC.',
    )
    .option('-p, --port <n>', 'port to listen on (default: any free port)')
    .option('--port-file <file>', 'new file to write the port to while listening')
    .option('-i, --ip-addr <address>', 'address to listen on: 127.0.0.1 (default) or ::1')
    .option('--live', 'serve one canister to agents')
    .addOption(
      new Option('--message-time <time>', 'wall-clock limit for one message (default: 60s)').argParser(
        parseDuration,
      ),
    )
    .addOption(rest('--ttl <seconds>', 'time without requests after which the server ends (default: 60)'))
    .addOption(rest('--hard-ttl <seconds>', 'time after which the server ends in any case (default: never)'))
    .addOption(rest('-l, --log-levels <levels>', 'accepted for compatibility, and ignored'))
    .addOption(live('--wasm <path>', 'canister module (default: the reference canister of this package)'))
    .addOption(live('--init-arg <path>', 'init argument of the canister, as Candid bytes or hex text'))
    .addOption(
      live('--block-time <ms>', 'milliseconds between two blocks (default: 0)').argParser(parseMilliseconds),
    )
    .addOption(
      live('--cors <origin>', 'only origin whose web pages may read responses (default: all)').argParser(
        parseOrigin,
      ),
    )
    .addOption(live('--verbose', 'print a line to stderr for each call'))
    .action(async (options: ServeOptions) => {
      process.exitCode = options.live === true ? await serveLiveCanister(options) : await serveRest(options);
    });
  addExamples(command, ['serve --port 8001 --ttl 600', 'serve --live --port 8000 --wasm mine.wasm']);
}

function parseMilliseconds(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('give milliseconds, a whole number from 0.');
  return Number(text);
}

function parseOrigin(text: string): string {
  if (text === '*' || (URL.canParse(text) && new URL(text).origin === text)) return text;
  throw new InvalidArgumentError('give an origin such as http://localhost:5173.');
}

const LIVE_ONLY = ['wasm', 'initArg', 'blockTime', 'cors', 'verbose'] as const;
const REST_ONLY = ['ttl', 'hardTtl', 'logLevels'] as const;

function flagOf(option: string): string {
  return `--${option.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`)}`;
}

async function serveRest(options: ServeOptions): Promise<number> {
  const liveOption = LIVE_ONLY.find((name) => options[name] !== undefined);
  if (liveOption !== undefined) throw new InputError(`${flagOf(liveOption)} requires --live`);
  const { runServer } = await import('../../servers/pocketic/command.js');
  return runServer(options);
}

async function serveLiveCanister(options: ServeOptions): Promise<number> {
  const restOption = REST_ONLY.find((name) => options[name] !== undefined);
  if (restOption !== undefined) throw new InputError(`${flagOf(restOption)} is not supported with --live`);
  const { serveLive } = await import('../live-server.js');
  return serveLive(options);
}
