/** `upload-stress record`: what a replica answers to the steps of the golden traces, as files of the same form. */
import { mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Option, type Command } from 'commander';

import { InputError } from '../../harness/input-error.js';
import { writeFileAtomic } from '../../harness/files/write-file-atomic.js';
import { reasonOf } from '../../harness/files/system-error.js';
import { Engine } from '../../replicas/embedded/engine.js';
import { startServer } from '../../replicas/pocketic/server-process.js';
import type { Driver } from '../../conformance/driver.js';
import { EmbeddedDriver } from '../../conformance/embedded-driver.js';
import {
  formatGoldenTrace,
  GOLDEN_TRACES,
  readGoldenText,
  readGoldenTrace,
  type GoldenTraceName,
} from '../../conformance/golden-step.js';
import { isMatch, recordTrace, resultsOf } from '../../conformance/replay.js';
import { RestDriver } from '../../conformance/rest-driver.js';
import type { CommandContext } from '../context.js';
import { requireServer } from '../../campaigns/subject/replicas.js';
import { createTerminal } from '../terminal.js';

interface RecordOptions {
  readonly replica: 'embedded' | 'pocketic';
  readonly out: string;
  readonly trace: readonly GoldenTraceName[];
  readonly serverUrl?: string;
  readonly color: boolean;
}

const OUT_DEFAULT = 'reports/out/golden';
/** Between two requests of a recording lies nothing but the replay itself; an endless loop takes minutes of one request. */
const TTL_SECONDS = 900;

export function addRecordCommand(program: Command, _context: CommandContext): void {
  program
    .command('record')
    .description('run the steps of the golden traces on a replica and write its answers in the same form')
    .addOption(
      new Option('--replica <name>', 'who answers').choices(['embedded', 'pocketic']).default('embedded'),
    )
    .option('--out <folder>', 'where the files go', OUT_DEFAULT)
    .addOption(
      new Option('--trace <names...>', 'only these').choices(GOLDEN_TRACES).default(GOLDEN_TRACES, 'all'),
    )
    .option('--server-url <url>', 'a PocketIC server that runs already')
    .action(async (options: RecordOptions) => {
      await recordAll(options);
    });
}

async function recordAll(options: RecordOptions): Promise<void> {
  const folder = resolve(options.out);
  createFolder(folder);
  const terminal = createTerminal({ color: options.color, quiet: false });
  const source = await openSource(options);
  try {
    for (const name of options.trace) {
      const original = readGoldenTrace(name);
      const driver = await source.createDriver();
      const recorded = await recordTrace(original, driver, (done) =>
        terminal.live(`${name}: ${done} of ${original.steps.length} steps`),
      );
      await driver.dispose?.();
      const differing = resultsOf(original, recorded).filter((result) => !isMatch(result)).length;
      // Who confirms a recording does not become its author.
      const text = formatGoldenTrace(differing === 0 ? recorded : { ...recorded, recorded_on: source.name });
      const path = join(folder, `${name}.json`);
      await write(path, text);
      terminal.clear();
      process.stdout.write(`${path}: ${original.steps.length} steps, ${comparison(differing, text, name)}\n`);
    }
  } finally {
    terminal.clear();
    await source.dispose();
  }
}

function comparison(differing: number, text: string, name: GoldenTraceName): string {
  if (differing > 0) return `${differing} differ from the golden trace`;
  return text === readGoldenText(name) ? 'the golden trace byte for byte' : 'all as in the golden trace';
}

interface Source {
  /** For `recorded_on`. */
  readonly name: string;
  /** A driver over a replica that has seen nothing. */
  createDriver(): Promise<Driver & { dispose?(): Promise<void> }>;
  dispose(): Promise<void>;
}

const TOPOLOGY = 'one application subnet';

async function openSource({ replica, serverUrl }: RecordOptions): Promise<Source> {
  if (replica === 'embedded') {
    if (serverUrl !== undefined) throw new InputError('--server-url goes with --replica pocketic');
    return {
      name: `embedded engine, ${TOPOLOGY}`,
      createDriver: () => Promise.resolve(new EmbeddedDriver(new Engine())),
      dispose: () => Promise.resolve(),
    };
  }
  if (serverUrl !== undefined) {
    return {
      name: `the server at ${serverUrl}, ${TOPOLOGY}`,
      createDriver: () => RestDriver.create(serverUrl),
      dispose: () => Promise.resolve(),
    };
  }
  const { path, version } = await requireServer();
  const server = await startServer({ binary: path, ttlSeconds: TTL_SECONDS });
  return {
    name: `pocket-ic-server ${version}, ${TOPOLOGY}`,
    createDriver: () => RestDriver.create(server.url),
    dispose: () => server.stop(),
  };
}

function createFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new InputError(`cannot write to ${folder}: ${reasonOf(error)}; pass --out with another folder`);
  }
}

async function write(path: string, text: string): Promise<void> {
  try {
    await writeFileAtomic(path, text);
  } catch (error) {
    throw new InputError(
      `cannot write to ${dirname(path)}: ${reasonOf(error)}; pass --out with another folder`,
    );
  }
}
