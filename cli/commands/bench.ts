/** `upload-stress bench`: what a chunk size costs, which one to take, and how costs grow. */
import { join } from 'node:path';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { renderScaling } from '../../campaigns/benchmark/render-scaling.js';
import { renderSweep } from '../../campaigns/benchmark/render-sweep.js';
import { InputError } from '../../harness/input-error.js';
import type { BenchReport } from '../../reports/documents/bench-report.js';
import type { ScalingReport } from '../../reports/documents/scaling-report.js';
import { formatBytes } from '../../reports/text/format-units.js';
import type { CommandContext } from '../context.js';
import { environmentNow } from '../../campaigns/environment.js';
import { EXIT } from '../../campaigns/exit-codes.js';
import { withInterrupts } from '../interrupts.js';
import { openOutputFolder } from '../output-folder.js';
import { parseCount, parseDuration, parseSize } from '../parse.js';
import { resolveSubject, type SubjectSpec } from '../../campaigns/subject/subject.js';
import { createTerminal, type Terminal } from '../terminal.js';
import type { BenchJob, BenchMessage } from '../../campaigns/workers/bench-protocol.js';
import { workerEntry } from '../../campaigns/workers/entry.js';
import { supervise } from '../../campaigns/workers/supervisor.js';
import { shownPath, writeOutputs } from '../write-outputs.js';

type Progress = BenchMessage & { readonly type: 'progress' };

/** Steps differ, so the time left is a guess from those done. */
function progressText({ done, of, text }: Progress, elapsedMs: number): string {
  const left = done === 0 ? '' : ` | about ${Math.ceil(((elapsedMs / done) * (of - done)) / 1_000)} s left`;
  return `${done + 1} of ${of} | ${text}${left}`;
}

interface BenchOptions {
  readonly fileSize: number;
  readonly chunkSizes: readonly number[];
  readonly parallel: readonly number[];
  readonly replica: 'embedded' | 'pocketic';
  readonly blockTime: number;
  readonly scaling?: boolean;
  readonly large?: boolean;
  readonly wasm?: string;
  readonly target?: string;
  readonly out: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly color: boolean;
}

/** The last is the first that the message limit of 2 MiB leaves no room for: it shows the reject. */
const CHUNK_SIZES = '32KiB,64KiB,256KiB,512KiB,1MB,1.5MB,1.8MB,1.9MB,2MiB';
const WALL_SAMPLES = 5;
const MB = 1_000_000;
const SCALING = { uploadBytes: [25 * MB, 50 * MB, 100 * MB], sessions: [10, 100, 1_000] } as const;
const LARGE_BYTES = 768 * MB;

/** `a,b,c` by a parser of one. */
function listOf<T>(parse: (text: string) => T) {
  return (text: string): readonly T[] => text.split(',').map((part) => parse(part.trim()));
}

function parsePositive(text: string): number {
  const value = parseCount(text);
  if (value > 1_000) throw new InvalidArgumentError('give at most 1000 puts in flight.');
  return value;
}

export function addBenchCommand(program: Command, context: CommandContext): void {
  program
    .command('bench')
    .description('measure chunk sizes by counters and by time on a network; name the best')
    .option('--file-size <size>', 'of the upload', parseSize, 3.6 * MB)
    .addOption(
      new Option('--chunk-sizes <sizes>', 'the canister is installed with each in turn')
        .argParser(listOf(parseSize))
        .default(listOf(parseSize)(CHUNK_SIZES), CHUNK_SIZES),
    )
    .addOption(
      new Option('--parallel <counts>', 'puts in flight; the first decides which size is best')
        .argParser(listOf(parsePositive))
        .default([1, 4], '1,4'),
    )
    .addOption(
      new Option('--replica <name>', 'where the canister runs')
        .choices(['embedded', 'pocketic'])
        .default('embedded'),
    )
    .option('--block-time <time>', 'between two blocks of the network', parseDuration, 1_000)
    .option('--scaling', 'instead: uploads of 25 to 100 MB, 10 to 1,000 sessions, snapshots; how each grows')
    .option('--large', 'with --scaling: a 768 MB upload as well')
    .option('--wasm <path>', 'the canister to measure (default: the upload canister of this package)')
    .option('--target <module>', 'how to talk to it: a JavaScript or TypeScript module')
    .option('--out <folder>', 'where bench.json or scaling.json and the page go', join('reports', 'out'))
    .option('--json', 'one JSON document on stdout and nothing else there')
    .option('--quiet', 'no progress')
    .action(async (options: BenchOptions) => {
      process.exitCode = await bench(options, context);
    });
}

async function bench(options: BenchOptions, { version }: CommandContext): Promise<number> {
  if (options.large === true && options.scaling !== true) throw new InputError('--large goes with --scaling');
  const { wasm, target } = options;
  const subject = await resolveSubject({
    ...(wasm === undefined ? {} : { wasm }),
    ...(target === undefined ? {} : { target }),
  });
  const folder = openOutputFolder(options.out);
  try {
    const terminal = createTerminal({ color: options.color, quiet: options.quiet === true });
    const started = new Date();
    const measured = await superviseBench(jobOf(options, subject), terminal);
    if (measured === undefined) {
      terminal.line('interrupted before anything was measured: nothing was saved');
      return EXIT.interrupted;
    }
    const document: BenchReport | ScalingReport = {
      formatVersion: 1,
      tool: { name: 'upload-stress', version },
      wasm: { file: subject.wasmLabel, sha256: subject.wasmSha256 },
      startedAt: started.toISOString(),
      durationMs: Date.now() - started.getTime(),
      ...measured,
      environment: environmentNow(),
    };
    const failure = await writeOutputs(folder, document);
    process.stdout.write(
      options.json === true
        ? `${JSON.stringify(document, null, 2)}\n`
        : render(document, failure === undefined ? shownPath(folder.path) : undefined),
    );
    if (failure === undefined) return measured.isInterrupted ? EXIT.interrupted : EXIT.ok;
    terminal.line(`upload-stress: ${failure}`);
    return EXIT.couldNotRun;
  } finally {
    folder.release();
  }
}

function jobOf(options: BenchOptions, subject: SubjectSpec): BenchJob {
  const { replica, fileSize, chunkSizes, parallel, blockTime } = options;
  const large = options.large === true ? [LARGE_BYTES] : [];
  return {
    ...{ subject, replica, fileSize, chunkSizes, parallel },
    blockSeconds: blockTime / 1_000,
    wallSamples: WALL_SAMPLES,
    scaling:
      options.scaling === true ? { ...SCALING, uploadBytes: [...SCALING.uploadBytes, ...large] } : undefined,
  };
}

type Measured =
  | Pick<BenchReport, 'kind' | 'chunkSizes' | 'isInterrupted'>
  | Pick<ScalingReport, 'kind' | 'series' | 'speed' | 'isInterrupted'>;

/** What was measured before the end or the interruption; undefined if that is nothing. @throws InputError for what cannot be measured */
async function superviseBench(job: BenchJob, terminal: Terminal): Promise<Measured | undefined> {
  let measured: Measured | undefined;
  let unusable: string | undefined;
  const started = performance.now();
  const onMessage = (message: BenchMessage) => {
    if (message.type === 'progress') terminal.live(progressText(message, performance.now() - started));
    else if (message.type === 'sweep')
      measured = { kind: 'bench', isInterrupted: !message.isWhole, chunkSizes: message.sweep };
    else if (message.type === 'scaling') {
      const { series, speed, isWhole } = message;
      measured = { kind: 'scaling', isInterrupted: !isWhole, series, speed };
    } else unusable = message.line;
  };
  const worker = supervise<BenchJob, BenchMessage>({ entry: workerEntry('bench-worker'), job, onMessage });
  const interrupt = () => worker.stop();
  return withInterrupts(interrupt, async () => {
    const end = await worker.end;
    terminal.clear();
    if (unusable !== undefined) throw new InputError(unusable);
    if (end.kind === 'crashed') throw end.error;
    return measured;
  });
}

/** `folder` is undefined if nothing could be saved. */
function render(document: BenchReport | ScalingReport, folder: string | undefined): string {
  const { wasm, environment } = document;
  const machine = `load average ${environment.loadAverage.toFixed(2)} on ${environment.cpus} CPUs`;
  const saved =
    folder === undefined ? 'No report was written.' : `The page is ${join(folder, 'index.html')}.`;
  const interrupted = document.isInterrupted ? ['interrupted: this is what was measured until then'] : [];
  const lines =
    document.kind === 'scaling'
      ? [`${wasm.file}, ${machine}`, ...renderScaling(document), saved]
      : [
          `${formatBytes(document.chunkSizes.fileSize)} to ${wasm.file} on ${document.chunkSizes.replica.name} ${document.chunkSizes.replica.version}, ${machine}`,
          ...renderSweep(document.chunkSizes),
          document.chunkSizes.best === null
            ? `${saved} Try smaller sizes with --chunk-sizes.`
            : `${saved} Next: upload-stress bench --scaling shows how costs grow`,
        ];
  return `${[...interrupted, ...lines].join('\n')}\n`;
}
