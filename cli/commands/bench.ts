/** `upload-stress bench`: options, terminal, and exit code. `campaigns/benchmark/` measures. */
import { Option, type Command } from 'commander';
import { startBenchmark, type Measurements } from '../../campaigns/benchmark/benchmark.js';
import type { BenchJob, BenchProgress } from '../../campaigns/benchmark/job.js';
import { environmentNow } from '../../campaigns/environment.js';
import { openOutputFolder } from '../../campaigns/output/output-folder.js';
import { writeOutputs } from '../../campaigns/output/write-outputs.js';
import type { ReplicaName } from '../../campaigns/subject/replicas.js';
import { resolveSubject, type SubjectSpec } from '../../campaigns/subject/subject.js';
import { InputError } from '../../harness/input-error.js';
import type { CommandContext } from '../context.js';
import { EXIT } from '../exit-codes.js';
import { parseAtMost, parseDuration, parseList, parseSize } from '../options/parse.js';
import {
  addExamples,
  addOutputOptions,
  addSubjectOptions,
  replicaOption,
  type OutputOptions,
} from '../options/shared-options.js';
import { exitCodeWith, printResult } from '../print-result.js';
import { renderBench, type BenchDocument } from '../render/render-bench.js';
import { withInterrupts } from '../terminal/interrupts.js';
import { shownPath } from '../terminal/shown-path.js';
import { createTerminal } from '../terminal/terminal.js';

interface BenchOptions extends OutputOptions {
  readonly fileSize: number;
  readonly chunkSizes: readonly number[];
  readonly parallel: readonly number[];
  readonly replica: ReplicaName;
  /** Milliseconds. */
  readonly blockTime: number;
  readonly scaling?: boolean;
  readonly large?: boolean;
  readonly wasm?: string;
  readonly target?: string;
}

/** The last one exceeds the message limit of 2 MiB, so that the report shows the reject. */
const CHUNK_SIZES = '32KiB,64KiB,256KiB,512KiB,1MB,1.5MB,1.8MB,1.9MB,2MiB';
const WALL_SAMPLES = 5;
const MB = 1_000_000;
const SCALING = { uploadBytes: [25 * MB, 50 * MB, 100 * MB], sessions: [10, 100, 1_000] } as const;
const LARGE_BYTES = 768 * MB;
const PARALLEL_MAX = 1_000;

const SWEEP_GROUP = 'Chunk sizes:';
const SCALING_GROUP = 'Growth:';

export function addBenchCommand(program: Command, { version }: CommandContext): void {
  const command = program
    .command('bench')
    .summary('measure what each chunk size costs')
    .description(
      'Measure what each chunk size costs, in counters and in time on a network, and name the best one. With --scaling: measure how costs grow.',
    )
    .addOption(
      new Option('--file-size <size>', 'size of the uploaded file')
        .argParser(parseSize)
        .default(3.6 * MB, '3.6MB')
        .helpGroup(SWEEP_GROUP),
    )
    .addOption(
      new Option('--chunk-sizes <sizes>', 'chunk sizes to measure, separated by commas')
        .argParser(parseList(parseSize))
        .default(parseList(parseSize)(CHUNK_SIZES), CHUNK_SIZES)
        .helpGroup(SWEEP_GROUP),
    )
    .addOption(
      new Option('--parallel <counts>', 'numbers of puts in flight; the first one decides which size is best')
        .argParser(parseList(parseAtMost(PARALLEL_MAX)))
        .default([1, 4], '1,4')
        .helpGroup(SWEEP_GROUP),
    )
    .addOption(
      new Option('--block-time <time>', 'time between two blocks of the network')
        .argParser(parseDuration)
        .default(1_000, '1s')
        .helpGroup(SWEEP_GROUP),
    )
    .addOption(
      new Option(
        '--scaling',
        'measure uploads of 25 to 100 MB, 10 to 1,000 sessions, and snapshots instead',
      ).helpGroup(SCALING_GROUP),
    )
    .addOption(
      new Option('--large', 'measure an upload of 768 MB too (requires --scaling)').helpGroup(SCALING_GROUP),
    )
    .addOption(replicaOption('--replica <name>', 'replica to run on', 'embedded'));
  addSubjectOptions(command, ['wasm', 'target']);
  addOutputOptions(command, { out: 'folder for bench.json or scaling.json and the page' }).action(
    async (options: BenchOptions) => {
      process.exitCode = await bench(options, version);
    },
  );
  addExamples(command, [
    'bench',
    'bench --file-size 50MB --chunk-sizes 1MB,1.8MB --parallel 4',
    'bench --scaling',
  ]);
}

async function bench(options: BenchOptions, version: string): Promise<number> {
  if (options.large === true && options.scaling !== true) throw new InputError('--large requires --scaling');
  const { wasm, target } = options;
  const subject = await resolveSubject({
    ...(wasm !== undefined && { wasm }),
    ...(target !== undefined && { target }),
  });
  const folder = openOutputFolder(options.out);
  try {
    const terminal = createTerminal(options);
    const started = new Date();
    const running = startBenchmark(jobOf(options, subject), (progress) =>
      terminal.live(progressText(progress, Date.now() - started.getTime())),
    );
    const measurements = await withInterrupts(running.stop, () => running.measurements).finally(() =>
      terminal.clear(),
    );
    if (measurements === undefined) {
      terminal.line('interrupted before anything was measured; nothing was saved');
      return EXIT.interrupted;
    }
    const document = documentOf(measurements, { subject, version, started });
    const failure = await writeOutputs(folder, document);
    printResult(options, document, () =>
      renderBench(document, failure === undefined ? shownPath(folder.path) : undefined),
    );
    if (failure !== undefined) terminal.line(`upload-stress: ${failure}`);
    return exitCodeWith(
      failure === undefined && measurements.isInterrupted ? EXIT.interrupted : EXIT.ok,
      failure,
    );
  } finally {
    folder.release();
  }
}

function jobOf(options: BenchOptions, subject: SubjectSpec): BenchJob {
  const { replica, fileSize, chunkSizes, parallel, blockTime } = options;
  if (options.scaling === true) {
    const uploadBytes = [...SCALING.uploadBytes, ...(options.large === true ? [LARGE_BYTES] : [])];
    return { subject, replica, plan: { kind: 'scaling', uploadBytes, sessions: SCALING.sessions } };
  }
  return {
    subject,
    replica,
    plan: {
      kind: 'sweep',
      fileSize,
      chunkSizes,
      parallel,
      blockSeconds: blockTime / 1_000,
      wallSamples: WALL_SAMPLES,
    },
  };
}

interface DocumentParts {
  readonly subject: SubjectSpec;
  readonly version: string;
  readonly started: Date;
}

function documentOf(measurements: Measurements, { subject, version, started }: DocumentParts): BenchDocument {
  return {
    formatVersion: 1,
    tool: { name: 'upload-stress', version },
    wasm: { file: subject.wasmLabel, sha256: subject.wasmSha256 },
    startedAt: started.toISOString(),
    durationMs: Date.now() - started.getTime(),
    ...measurements,
    environment: environmentNow(),
  };
}

/** The steps take different times, so the time left is an estimate. */
function progressText({ done, of, text }: BenchProgress, elapsedMs: number): string {
  const left = done === 0 ? '' : ` | about ${Math.ceil(((elapsedMs / done) * (of - done)) / 1_000)} s left`;
  return `${done + 1} of ${of} | ${text}${left}`;
}
