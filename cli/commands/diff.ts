/** `upload-stress diff`: options, terminal, and exit code. `campaigns/diff/` compares the replicas. */
import type { Command } from 'commander';
import { saveDifference } from '../../campaigns/diff/difference-file.js';
import { runDifferential } from '../../campaigns/diff/differential.js';
import { createWritableFolder } from '../../campaigns/output/output-folder.js';
import { createExplorer, type ReplicaName } from '../../campaigns/subject/replicas.js';
import { openSubject, resolveSubject, type SubjectOptions } from '../../campaigns/subject/subject.js';
import { PROFILES, type ProfileName } from '../../generators/profile.js';
import { InputError } from '../../harness/input-error.js';
import { namesKeys } from '../../targets/names-keys.js';
import { createPocketIcReplica } from '../../replicas/pocketic/pocketic-replica.js';
import type { Replica } from '../../replicas/replica.js';
import { EXIT } from '../exit-codes.js';
import {
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
import { printResult } from '../print-result.js';
import { reportNeverSucceeded } from '../report-never-succeeded.js';
import { renderDifference } from '../render/render-difference.js';
import { withInterrupts } from '../terminal/interrupts.js';
import { createTerminal } from '../terminal/terminal.js';

interface DiffOptions extends SubjectOptions, Omit<OutputOptions, 'quiet'> {
  readonly replicaA: ReplicaName;
  readonly replicaB: ReplicaName;
  readonly serverUrl?: string;
  readonly runs: number;
  readonly seed: number;
  readonly profile: ProfileName;
}

const RUNS_DEFAULT = 50;

export function addDiffCommand(program: Command): void {
  const command = program
    .command('diff')
    .summary('compare two replicas on the same schedules')
    .description(
      'Run the same schedules on two replicas, one call at a time, and report the first difference. Exit with 1 if there is one.',
    )
    .addOption(replicaOption('--replica-a <name>', 'first replica', 'embedded'))
    .addOption(replicaOption('--replica-b <name>', 'second replica', 'pocketic'))
    .addOption(serverUrlOption())
    .addOption(countOption('--runs <n>', 'number of schedules to compare', RUNS_DEFAULT))
    .addOption(seedOption(1))
    .addOption(profileOption('quick'));
  addSubjectOptions(command, ['wasm', 'initArg', 'target']);
  addOutputOptions(command, {
    out: 'folder for the file that describes a difference',
    isQuiet: false,
  }).action(async (options: DiffOptions) => {
    process.exitCode = await compareReplicas(options);
  });
  addExamples(command, ['diff --runs 20', 'diff --replica-b embedded --wasm mine.wasm']);
}

async function compareReplicas(options: DiffOptions): Promise<number> {
  const { replicaA, replicaB, seed, runs, json } = options;
  if (options.serverUrl !== undefined && replicaA !== 'pocketic' && replicaB !== 'pocketic')
    throw new InputError('--server-url requires a replica pocketic; pass --replica-b pocketic');
  const subject = await resolveSubject(options);
  const { target, fixedLimits } = await openSubject(subject);
  const folder = createWritableFolder(options.out);
  const profile = PROFILES[options.profile];
  const terminal = createTerminal({ color: options.color, quiet: json });
  const stop = new AbortController();
  const compare = () =>
    runDifferential({
      createA: () => createReplica(replicaA, options),
      createB: () => createReplica(replicaB, options),
      target,
      wasm: subject.wasm,
      profile: fixedLimits === undefined ? profile : { ...profile, limits: [fixedLimits] },
      seed,
      runs,
      signal: stop.signal,
      onRun: (done) => terminal.live(`${done} of ${runs} schedules`),
      onFound: (_runIndex, { aspect }) => terminal.live(`found a difference (${aspect}); shrinking it`),
    });
  const result = await withInterrupts(() => stop.abort(), compare).finally(() => terminal.clear());
  const { finding } = result;
  const origin = { wasmSha256: subject.wasmSha256, profile: options.profile, seed };
  const file = finding && (await saveDifference(folder, result, finding, origin));
  printResult(options, { ...result, file }, () =>
    renderDifference(result, file, { keys: namesKeys(target) }),
  );
  if (finding !== undefined) return EXIT.violated;
  if (result.isInterrupted) return EXIT.interrupted;
  return reportNeverSucceeded(result.neverSucceeded, terminal) ? EXIT.statesMissing : EXIT.ok;
}

function createReplica(name: ReplicaName, { serverUrl }: DiffOptions): Promise<Replica> {
  if (name === 'pocketic' && serverUrl !== undefined) return createPocketIcReplica({ serverUrl });
  return createExplorer(name);
}
