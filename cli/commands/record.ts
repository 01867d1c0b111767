/** `upload-stress record`: runs the steps of the golden traces on a replica and writes the responses in the same format. */
import { join } from 'node:path';
import { Option, type Command } from 'commander';
import { createWritableFolder } from '../../campaigns/output/output-folder.js';
import { requireServer, type ReplicaName } from '../../campaigns/subject/replicas.js';
import type { Driver } from '../../conformance/driver.js';
import { EmbeddedDriver } from '../../conformance/embedded-driver.js';
import {
  formatGoldenTrace,
  GOLDEN_TRACES,
  readGoldenText,
  readGoldenTrace,
  type GoldenTraceName,
} from '../../conformance/golden-step.js';
import { exchangeTraceNames } from '../../conformance/exchanges/trace-files.js';
import { isMatch, recordTrace, resultsOf } from '../../conformance/replay.js';
import { RestDriver } from '../../conformance/rest-driver.js';
import { reasonOf } from '../../harness/files/system-error.js';
import { writeFileAtomic } from '../../harness/files/write-file-atomic.js';
import { InputError } from '../../harness/input-error.js';
import { Engine } from '../../replicas/embedded/engine.js';
import { startServer } from '../../replicas/pocketic/server-process.js';
import { recordExchanges } from '../record-exchanges.js';
import {
  addExamples,
  GROUPS,
  OUT_DEFAULT,
  replicaOption,
  serverUrlOption,
} from '../options/shared-options.js';
import { createTerminal, type Terminal } from '../terminal/terminal.js';

interface RecordOptions {
  readonly replica: ReplicaName;
  readonly out: string;
  readonly trace: readonly string[];
  readonly serverUrl?: string;
  readonly color: boolean;
}

/** Only the replay itself separates two requests of a recording. An endless loop takes minutes of one request. */
const TTL_SECONDS = 900;

const TRACES: readonly string[] = [...GOLDEN_TRACES, ...exchangeTraceNames()];

export function addRecordCommand(program: Command): void {
  const command = program
    .command('record')
    .summary('record golden traces on a replica')
    .description(
      'Run the golden traces on a replica, and write its responses as files in the same format. The traces with a number are recorded exchanges with a server; they are sent to a server again.',
    )
    .addOption(
      new Option('--trace <names...>', 'golden traces to record').choices(TRACES).default(TRACES, 'all'),
    )
    .addOption(replicaOption('--replica <name>', 'replica to record', 'embedded'))
    .addOption(serverUrlOption())
    .addOption(
      new Option('--out <folder>', 'folder for the traces')
        .default(join(OUT_DEFAULT, 'golden'))
        .helpGroup(GROUPS.output),
    )
    .action(async (options: RecordOptions) => {
      await recordAll(options);
    });
  addExamples(command, ['record', 'record --replica pocketic --trace calls']);
}

async function recordAll(options: RecordOptions): Promise<void> {
  if (options.replica === 'embedded' && options.serverUrl !== undefined)
    throw new InputError('--server-url requires --replica pocketic');
  const folder = createWritableFolder(options.out);
  const terminal = createTerminal({ color: options.color });
  const steps = GOLDEN_TRACES.filter((name) => options.trace.includes(name));
  const exchanges = exchangeTraceNames().filter((name) => options.trace.includes(name));
  const print = (line: string): void => {
    terminal.clear();
    process.stdout.write(`${line}\n`);
  };
  try {
    if (steps.length > 0) await recordSteps(steps, options, { folder, terminal, print });
    for (const name of exchanges) print(await recordExchangesOf(name, options, { folder, terminal }));
  } finally {
    terminal.clear();
  }
}

interface Output {
  readonly folder: string;
  readonly terminal: Terminal;
}

async function recordSteps(
  names: readonly GoldenTraceName[],
  options: RecordOptions,
  { print, ...output }: Output & { readonly print: (line: string) => void },
): Promise<void> {
  const source = await openSource(options);
  try {
    for (const name of names) print(await record(name, source, output));
  } finally {
    await source.dispose();
  }
}

/** Records one trace of the second batch. Returns the line to print. */
async function recordExchangesOf(
  name: string,
  options: RecordOptions,
  { folder, terminal }: Output,
): Promise<string> {
  const { text, exchanges, differing } = await recordExchanges(
    name,
    { ...options, ttlSeconds: TTL_SECONDS },
    (done) => {
      terminal.live(`${name}: ${done} exchanges`);
    },
  );
  const path = join(folder, `${name}.json`);
  await write(path, text);
  const result =
    differing > 0 ? `${differing} differ from the golden trace` : 'identical to the golden trace';
  return `${path}: ${exchanges} exchanges, ${result}`;
}

/** Records one trace. Returns the line to print. */
async function record(name: GoldenTraceName, source: Source, { folder, terminal }: Output): Promise<string> {
  const original = readGoldenTrace(name);
  const driver = await source.createDriver();
  const recorded = await recordTrace(original, driver, (done) =>
    terminal.live(`${name}: ${done} of ${original.steps.length} steps`),
  );
  await driver.dispose?.();
  const differing = resultsOf(original, recorded).filter((result) => !isMatch(result)).length;
  // A recording that only confirms the golden trace keeps its origin.
  const text = formatGoldenTrace(differing === 0 ? recorded : { ...recorded, recorded_on: source.name });
  const path = join(folder, `${name}.json`);
  await write(path, text);
  return `${path}: ${original.steps.length} steps, ${comparison(differing, text, name)}`;
}

function comparison(differing: number, text: string, name: GoldenTraceName): string {
  if (differing > 0) return `${differing} differ from the golden trace`;
  return text === readGoldenText(name) ? 'identical to the golden trace' : 'all match the golden trace';
}

interface Source {
  /** Value of `recorded_on`. */
  readonly name: string;
  /** A driver of a fresh replica. */
  createDriver(): Promise<Driver & { dispose?(): Promise<void> }>;
  dispose(): Promise<void>;
}

const TOPOLOGY = 'one application subnet';

async function openSource({ replica, serverUrl }: RecordOptions): Promise<Source> {
  if (replica === 'embedded') {
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

async function write(path: string, text: string): Promise<void> {
  try {
    await writeFileAtomic(path, text);
  } catch (error) {
    throw new InputError(`cannot write ${path}: ${reasonOf(error)}; pass another folder with --out`);
  }
}
