/** `upload-stress diff`: options, terminal, and exit code. `campaigns/diff/` compares the replicas. */
import { Option, type Command } from 'commander';
import { readAcceptedDifferences } from '../../campaigns/diff/accepted-differences.js';
import { saveDifference } from '../../campaigns/diff/difference-file.js';
import { runDifferential } from '../../campaigns/diff/differential.js';
import { createWritableFolder } from '../../campaigns/output/output-folder.js';
import { SharedServer, type ReplicaName } from '../../campaigns/subject/replicas.js';
import { openSubject, resolveSubject, type SubjectOptions } from '../../campaigns/subject/subject.js';
import { PROFILES, type ProfileName } from '../../generators/profile.js';
import { InputError } from '../../harness/input-error.js';
import { namesKeys } from '../../targets/names-keys.js';
import { createPocketIcReplica } from '../../replicas/pocketic/pocketic-replica.js';
import type { Replica } from '../../replicas/replica.js';
import { EXIT } from '../exit-codes.js';
import {
  GROUPS,
  addExamples,
  addOutputOptions,
  addSubjectOptions,
  countOption,
  profileOption,
  replicaOption,
  seedOption,
  serverUrlOption,
  type OutputOptions,
} from '../options/shared-options.js';
import { createServedReplica } from '../served-replica.js';
import { printResult } from '../print-result.js';
import { reportNeverSucceeded } from '../report-never-succeeded.js';
import { renderDifferences } from '../render/render-differences.js';
import { withInterrupts } from '../terminal/interrupts.js';
import { createTerminal } from '../terminal/terminal.js';

interface DiffOptions extends SubjectOptions, Omit<OutputOptions, 'quiet'> {
  readonly replicaA: ReplicaName;
  readonly replicaB: ReplicaName;
  readonly serverUrl?: string;
  readonly runs: number;
  readonly seed: number;
  readonly profile: ProfileName;
  readonly accept?: string;
  readonly maxDifferences: number;
}

const RUNS_DEFAULT = 50;

export function addDiffCommand(program: Command): void {
  const command = program
    .command('diff')
    .summary('compare two replicas on the same schedules')
    .description(
      'Run the same schedules on two replicas, round by round and on one clock. Group the differences by cause, shrink the first schedule of each, and report message, round, and field. Exit with 1 if there is a difference that is not accepted.',
    )
    .addOption(replicaOption('--replica-a <name>', 'first replica', 'embedded'))
    .addOption(replicaOption('--replica-b <name>', 'second replica', 'pocketic'))
    .addOption(serverUrlOption())
    .addOption(countOption('--runs <n>', 'number of schedules to compare', RUNS_DEFAULT))
    .addOption(seedOption(1))
    .addOption(profileOption('quick'))
    .addOption(
      new Option(
        '--accept <file>',
        'accepted differences, as [{"fingerprint", "reason"}]: they are counted and do not fail the comparison',
      ).helpGroup(GROUPS.campaign),
    )
    .addOption(countOption('--max-differences <n>', 'number of causes after which the comparison ends', 10));
  addSubjectOptions(command, ['wasm', 'initArg', 'target']);
  addOutputOptions(command, {
    out: 'folder for the files that describe the differences',
    isQuiet: false,
  }).action(async (options: DiffOptions) => {
    process.exitCode = await compareReplicas(options);
  });
  addExamples(command, [
    'diff --runs 20',
    'diff --runs 1000 --profile default --accept known-differences.json',
    'diff --target examples/rust-tus/target.ts --wasm examples/rust-tus/wasm/rust-tus.wasm.gz',
  ]);
}

async function compareReplicas(options: DiffOptions): Promise<number> {
  const { replicaA, replicaB, seed, runs, json } = options;
  if (options.serverUrl !== undefined && replicaA !== 'pocketic' && replicaB !== 'pocketic')
    throw new InputError('--server-url requires a replica pocketic; pass --replica-b pocketic');
  const subject = await resolveSubject(options);
  const { target, fixedLimits } = await openSubject(subject);
  const accepted = options.accept === undefined ? [] : await readAcceptedDifferences(options.accept);
  const folder = createWritableFolder(options.out);
  const profile = PROFILES[options.profile];
  const terminal = createTerminal({ color: options.color, quiet: json });
  const stop = new AbortController();
  const server = new SharedServer();
  const compare = () =>
    runDifferential({
      createA: () => createReplica(replicaA, options, server),
      createB: () => createReplica(replicaB, options, server),
      target,
      wasm: subject.wasm,
      profile: fixedLimits === undefined ? profile : { ...profile, limits: [fixedLimits] },
      seed,
      runs,
      accepted,
      causesMax: options.maxDifferences,
      signal: stop.signal,
      onRun: (done) => terminal.live(`${done} of ${runs} schedules`),
      onFound: (_runIndex, { aspect }) => terminal.live(`found a difference (${aspect}); shrinking it`),
    });
  const result = await withInterrupts(() => stop.abort(), compare).finally(async () => {
    terminal.clear();
    await server.stop();
  });
  const origin = { wasmSha256: subject.wasmSha256, profile: options.profile, seed };
  const findings = await Promise.all(
    result.findings.map(async (finding) => ({
      ...finding,
      file: await saveDifference(folder, result, finding, origin),
    })),
  );
  printResult(options, { ...result, findings }, () =>
    renderDifferences({ ...result, findings }, { keys: namesKeys(target) }),
  );
  if (findings.length > 0) return EXIT.violated;
  if (result.isInterrupted) return EXIT.interrupted;
  return reportNeverSucceeded(result.neverSucceeded, terminal) ? EXIT.statesMissing : EXIT.ok;
}

function createReplica(
  name: ReplicaName,
  { serverUrl }: DiffOptions,
  server: SharedServer,
): Promise<Replica> {
  if (name === 'embedded') return createServedReplica();
  return serverUrl === undefined ? server.createReplica() : createPocketIcReplica({ serverUrl });
}
