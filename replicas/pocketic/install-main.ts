/** `npm run pocketic:install`: fetches the PocketIC server for this platform. Exit codes: 0 installed, 2 could not. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { findServer, picPackageFolder } from './find-server.js';
import { InstallError, installServer } from './install.js';
import { releaseAsset } from './release.js';

const USAGE = `usage: npm run pocketic:install -- [--sha256 HEX] [--url URL] [--to FILE] [--attempts N] [--force]

Fetches the PocketIC server for this platform from its official release and puts it where the suite looks for it.
  --sha256 HEX   refuse a download with another SHA-256 (of the .gz file)
  --url URL      fetch this .gz file instead, e.g. from a mirror
  --to FILE      write the executable here (named pocket-ic or pocket-ic-server)
  --attempts N   how often to try (default 4)
  --force        install although a server is there already`;

interface Arguments {
  readonly url: string;
  readonly target: string;
  readonly sha256: string | undefined;
  readonly attemptsMax: number;
  readonly force: boolean;
}

/** Bad input or a platform without a server: one line, exit code 2. */
class UsageError extends Error {}

function readArguments(argv: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      sha256: { type: 'string' },
      url: { type: 'string' },
      to: { type: 'string' },
      attempts: { type: 'string', default: '4' },
      force: { type: 'boolean', default: false },
    },
  });
  if (values.sha256 !== undefined && !/^[0-9a-f]{64}$/i.test(values.sha256)) {
    throw new UsageError('--sha256 takes 64 hexadecimal digits');
  }
  const attemptsMax = Number(values.attempts);
  if (!Number.isInteger(attemptsMax) || attemptsMax < 1)
    throw new UsageError('--attempts takes a number from 1 on');
  const asset = releaseAsset(process.platform, process.arch);
  const url = values.url ?? asset?.url;
  if (url === undefined) {
    throw new UsageError(
      `PocketIC is not built for ${process.platform} ${process.arch}: use the embedded engine, or --url`,
    );
  }
  const folder = picPackageFolder();
  if (values.to === undefined && folder === undefined)
    throw new UsageError('@dfinity/pic is not installed: name a file with --to');
  return {
    url,
    target: path.resolve(values.to ?? path.join(folder ?? '', 'pocket-ic')),
    sha256: values.sha256 ?? (values.url === undefined ? asset?.sha256 : undefined),
    attemptsMax,
    force: values.force,
  };
}

/** Returns the exit code. */
async function main(argv: readonly string[]): Promise<number> {
  if (argv.includes('--help') || argv.includes('-h')) {
    console.log(USAGE);
    return 0;
  }
  try {
    const { force, ...options } = readArguments(argv);
    const { found } = await findServer({
      env: { POCKET_IC_BIN: options.target, PATH: '' },
      packageFolder: undefined,
    });
    if (found && !force) {
      console.log(`PocketIC ${found.version} is already at ${found.path} (--force installs it again)`);
      return 0;
    }
    console.log(`fetching ${options.url}`);
    const installed = await installServer({ ...options, onProgress: (line) => console.error(line) });
    console.log(
      `installed ${installed.target} (${installed.bytes} bytes, SHA-256 of the download ${installed.sha256})`,
    );
    return 0;
  } catch (error) {
    const usage =
      error instanceof UsageError ||
      (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS') === true;
    if (!usage && !(error instanceof InstallError)) throw error;
    console.error(`pocketic:install: ${(error as Error).message}`);
    if (!usage) console.error('the embedded engine needs no server: run with --replica embedded');
    return 2;
  }
}

process.exitCode = await main(process.argv.slice(2));
