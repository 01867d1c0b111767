/** `upload-stress diff`: the same generated schedules on two replicas; the first difference, with its context. */
import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { PROFILES, type ProfileName } from '../../generators/profile.js';
import { canonicalJson } from '../../harness/history/canonical-json.js';
import { describeSchedule } from '../../harness/counterexamples/describe-schedule.js';
import { InputError } from '../../harness/input-error.js';
import { writeJsonFile } from '../../harness/files/json-file.js';
import { createPocketIcReplica } from '../../replicas/pocketic/pocketic-replica.js';
import type { Replica } from '../../replicas/replica.js';
import type { CommandContext } from '../context.js';
import {
  runDifferential,
  type DifferentialFinding,
  type DifferentialResult,
} from '../../campaigns/diff/differential.js';
import { EXIT } from '../../campaigns/exit-codes.js';
import { parseCount, parseSeed } from '../parse.js';
import { createExplorer } from '../../campaigns/subject/replicas.js';
import { openSubject, resolveSubject, type SubjectOptions } from '../../campaigns/subject/subject.js';
import { createTerminal } from '../terminal.js';

type ReplicaName = 'embedded' | 'pocketic';

interface DiffOptions extends SubjectOptions {
  readonly replicaA: ReplicaName;
  readonly replicaB: ReplicaName;
  readonly serverUrl?: string;
  readonly runs: number;
  readonly seed: number;
  readonly profile: ProfileName;
  readonly out: string;
  readonly json?: boolean;
  readonly color: boolean;
}

/** Changes with every change of what the file holds. */
const DIFFERENCE_FORMAT_VERSION = 1;
const RUNS_DEFAULT = 50;
const OUT_DEFAULT = 'reports/out';
const HASH_LETTERS = 12;

function replicaOption(flag: string, text: string, value: ReplicaName) {
  return new Option(flag, text).choices(['embedded', 'pocketic']).default(value);
}

export function addDiffCommand(program: Command, _context: CommandContext): void {
  program
    .command('diff')
    .description(
      'run the same schedules on two replicas, one call at a time; exit 1 if they differ in anything',
    )
    .addOption(replicaOption('--replica-a <name>', 'the one', 'embedded'))
    .addOption(replicaOption('--replica-b <name>', 'the other', 'pocketic'))
    .option('--server-url <url>', 'a PocketIC server that runs already, for replica pocketic')
    .option('--runs <n>', 'schedules to compare', parseCount, RUNS_DEFAULT)
    .option('--seed <n>', 'the same seed draws the same schedules', parseSeed, 1)
    .addOption(
      new Option('--profile <name>', 'how large and wild the schedules are')
        .choices(Object.keys(PROFILES))
        .default('quick'),
    )
    .option('--wasm <path>', 'the canister to run (default: the one of this package)')
    .option('--init-arg <path>', 'its init argument: Candid bytes or their hex text')
    .option('--target <module>', 'how to talk to it: a JavaScript or TypeScript module')
    .option('--out <folder>', 'where a difference is saved', OUT_DEFAULT)
    .option('--json', 'one JSON document on stdout and nothing else there')
    .action(async (options: DiffOptions) => {
      process.exitCode = await compareReplicas(options);
    });
}

async function compareReplicas(options: DiffOptions): Promise<number> {
  if (options.serverUrl !== undefined && ![options.replicaA, options.replicaB].includes('pocketic')) {
    throw new InputError('--server-url is for replica pocketic, and neither replica is');
  }
  const subject = await resolveSubject(options);
  const { target, fixedLimits } = await openSubject(subject);
  const profile = PROFILES[options.profile];
  const terminal = createTerminal({ color: options.color, quiet: options.json === true });
  const result = await runDifferential({
    createA: () => createReplica(options.replicaA, options),
    createB: () => createReplica(options.replicaB, options),
    target,
    wasm: subject.wasm,
    profile: fixedLimits === undefined ? profile : { ...profile, limits: [fixedLimits] },
    seed: options.seed,
    runs: options.runs,
    onRun: (done) => terminal.live(`${done} of ${options.runs} schedules`),
    onFound: (_runIndex, { aspect }) =>
      terminal.live(`a difference (${aspect}): looking for the shortest schedule`),
  });
  terminal.clear();
  const file = result.finding && (await save(options, subject.wasmSha256, result, result.finding));
  process.stdout.write(
    options.json === true ? `${JSON.stringify({ ...result, file }, null, 2)}\n` : render(result, file),
  );
  return result.finding === undefined ? EXIT.ok : EXIT.violated;
}

function createReplica(name: ReplicaName, { serverUrl }: DiffOptions): Promise<Replica> {
  if (name === 'pocketic' && serverUrl !== undefined) return createPocketIcReplica({ serverUrl });
  return createExplorer(name);
}

/** @throws InputError if it cannot be written */
async function save(
  { out, seed, profile }: DiffOptions,
  wasmSha256: string,
  { a, b }: DifferentialResult,
  finding: DifferentialFinding,
): Promise<string> {
  const content = {
    formatVersion: DIFFERENCE_FORMAT_VERSION,
    replicas: { a, b },
    wasmSha256,
    campaign: { profile, seed, runIndex: finding.runIndex },
    originalSteps: finding.originalSteps,
    ...finding.difference,
    schedule: finding.schedule,
  };
  const hash = createHash('sha256').update(canonicalJson(content)).digest('hex').slice(0, HASH_LETTERS);
  const path = join(
    resolve(out),
    'differences',
    `${finding.difference.aspect.replaceAll(' ', '-')}-${hash}.json`,
  );
  await writeJsonFile(path, content, 'difference');
  return path;
}

function render({ a, b, runs, finding }: DifferentialResult, file: string | undefined): string {
  const pair = `a: ${a.name} ${a.version}, b: ${b.name} ${b.version}`;
  const schedules = `${runs} ${runs === 1 ? 'schedule' : 'schedules'}`;
  if (finding === undefined) return `${schedules}, no difference (${pair})\n`;
  const { aspect, step, what, expected } = finding.difference;
  const last = finding.schedule.steps.length;
  const where = step < 0 ? 'in set-up' : step >= last ? 'at the end' : `at step ${step + 1}`;
  const lines = [
    `a difference in schedule ${finding.runIndex + 1} (${pair})`,
    ...describeSchedule(finding.schedule).map((line) => `  ${line}`),
    `${aspect}, ${where}: ${what}`,
    `  a:        ${finding.difference.a}`,
    `  b:        ${finding.difference.b}`,
    `  expected: ${expected}`,
    '',
    `Saved: ${file ?? ''}`,
  ];
  return `${lines.join('\n')}\n`;
}
