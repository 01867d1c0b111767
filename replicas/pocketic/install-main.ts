/** `npm run pocketic:install`: downloads the PocketIC server for this platform. Exit codes: 0 installed, 2 not installed. */
import path from 'node:path';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { findServer, picPackageFolders } from './find-server.js';
import { InstallError, installServer } from './install.js';
import { releaseAsset } from './release.js';

const EXIT_NOT_INSTALLED = 2;

interface InstallFlags {
  readonly sha256?: string;
  readonly url?: string;
  readonly to?: string;
  readonly attempts: number;
  readonly force: boolean;
}

/** The input or the platform makes the installation impossible. The message is one line. */
class UsageError extends Error {}

function parseSha256(text: string): string {
  if (/^[0-9a-f]{64}$/i.test(text)) return text;
  throw new InvalidArgumentError('Expected 64 hexadecimal digits.');
}

function parseAttempts(text: string): number {
  const attempts = Number(text);
  if (Number.isInteger(attempts) && attempts >= 1) return attempts;
  throw new InvalidArgumentError('Expected a number of at least 1.');
}

function createCommand(): Command {
  return new Command('npm run pocketic:install --')
    .description('Download the PocketIC server for this platform from its official release.')
    .option('--sha256 <hex>', 'reject a download with another SHA-256 (of the .gz file)', parseSha256)
    .option('--url <url>', 'download this .gz file instead, for example from a mirror')
    .option('--to <file>', 'path of the executable, named pocket-ic or pocket-ic-server')
    .option('--attempts <n>', 'number of attempts', parseAttempts, 4)
    .option('--force', 'install even if a server is already there', false)
    .helpOption('-h, --help', 'print this help')
    .configureOutput({
      outputError: (text, write) => {
        write(text.replace(/^error: /, 'pocketic:install: '));
      },
    })
    .exitOverride();
}

function planInstallation({ sha256, url: mirror, to, attempts }: InstallFlags) {
  const asset = releaseAsset(process.platform, process.arch);
  const url = mirror ?? asset?.url;
  if (url === undefined) {
    throw new UsageError(
      `PocketIC is not built for ${process.platform} ${process.arch}; use the embedded engine, or --url`,
    );
  }
  const [folder] = picPackageFolders();
  const target = to ?? (folder && path.join(folder, 'pocket-ic'));
  if (target === undefined)
    throw new UsageError('@dfinity/pic is not installed; give the path of the executable with --to');
  return {
    url,
    target: path.resolve(target),
    sha256: sha256 ?? (mirror === undefined ? asset?.sha256 : undefined),
    attemptsMax: attempts,
  };
}

async function install(flags: InstallFlags): Promise<void> {
  const plan = planInstallation(flags);
  const env = { POCKET_IC_BIN: plan.target, PATH: '' };
  const { found } = await findServer({ env, packageFolders: [] });
  if (found && !flags.force) {
    console.log(`PocketIC ${found.version} is already at ${found.path} (--force installs it again)`);
    return;
  }
  console.log(`downloading ${plan.url}`);
  const installed = await installServer({ ...plan, onProgress: (line) => console.error(line) });
  console.log(
    `installed ${installed.target} (${installed.bytes} bytes, SHA-256 of the download ${installed.sha256})`,
  );
}

/** Returns the exit code. */
async function main(argv: readonly string[]): Promise<number> {
  const command = createCommand();
  try {
    command.parse(argv, { from: 'user' });
    await install(command.opts<InstallFlags>());
    return 0;
  } catch (error) {
    // commander has already written its message.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_NOT_INSTALLED;
    if (!(error instanceof UsageError) && !(error instanceof InstallError)) throw error;
    console.error(`pocketic:install: ${error.message}`);
    if (error instanceof InstallError)
      console.error('The embedded engine needs no server: run with --replica embedded.');
    return EXIT_NOT_INSTALLED;
  }
}

process.exitCode = await main(process.argv.slice(2));
