/** The command `upload-stress`: its subcommands, and how an error becomes one line and an exit code. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { EXIT } from './exit-codes.js';
import { failWith } from './fail.js';
import { PACKAGE_ROOT } from '../package-root.js';
import type { CommandContext } from './context.js';
import { applyConfig } from './options/config-defaults.js';
import { noColorOption } from './options/shared-options.js';

type AddCommand = (program: Command, context: CommandContext) => void;

/** Each command's module is loaded only when it is needed: loading all of them takes longer than most commands. */
const COMMANDS: Readonly<Record<string, () => Promise<AddCommand>>> = {
  run: async () => (await import('./commands/run.js')).addRunCommand,
  explore: async () => (await import('./commands/explore.js')).addExploreCommand,
  probe: async () => (await import('./commands/probe.js')).addProbeCommand,
  init: async () => (await import('./commands/init.js')).addInitCommand,
  replay: async () => (await import('./commands/replay.js')).addReplayCommand,
  report: async () => (await import('./commands/report.js')).addReportCommand,
  bench: async () => (await import('./commands/bench.js')).addBenchCommand,
  gate: async () => (await import('./commands/gate.js')).addGateCommand,
  merge: async () => (await import('./commands/merge.js')).addMergeCommand,
  doctor: async () => (await import('./commands/doctor.js')).addDoctorCommand,
  record: async () => (await import('./commands/record.js')).addRecordCommand,
  diff: async () => (await import('./commands/diff.js')).addDiffCommand,
  serve: async () => (await import('./commands/serve.js')).addServeCommand,
  upload: async () => (await import('./commands/upload.js')).addUploadCommand,
  'http-token': async () => (await import('./commands/http-token.js')).addHttpTokenCommand,
  campaign: async () => (await import('./commands/campaign.js')).addCampaignCommand,
  findings: async () => (await import('./commands/findings.js')).addFindingsCommand,
  mutants: async () => (await import('./commands/mutants.js')).addMutantsCommand,
  mutate: async () => (await import('./commands/mutate.js')).addMutateCommand,
};

function packageVersion(): string {
  const manifest = readFileSync(join(PACKAGE_ROOT, 'package.json'), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}

function oneLine(text: string): string {
  return text
    .replace(/^error: /, '')
    .trim()
    .replace(/\s*\n\s*/g, ' ');
}

/** The loaders of the command that the arguments name; of every command if they name none (help, a misspelt name). */
function loadersFor(args: readonly string[]): readonly (() => Promise<AddCommand>)[] {
  const name = args.find((argument) => !argument.startsWith('-'));
  const named = name !== undefined && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (named !== undefined || args.includes('--version') || args.includes('-V'))
    return named === undefined ? [] : [named];
  return Object.values(COMMANDS);
}

async function createProgram(args: readonly string[]): Promise<Command> {
  const version = packageVersion();
  const program = new Command('upload-stress')
    .description('Find races and lost bytes in canisters that accept chunked uploads.')
    .version(version)
    .addOption(noColorOption())
    .enablePositionalOptions();
  for (const load of loadersFor(args)) (await load())(program, { version });
  // Commander does not pass these settings on to subcommands.
  for (const command of [program, ...program.commands.flatMap((each) => [each, ...each.commands])]) {
    command
      .exitOverride()
      .configureOutput({ outputError: (text, write) => write(`upload-stress: ${oneLine(text)}\n`) });
  }
  for (const command of program.commands) command.addOption(noColorOption());
  program.hook('preAction', (_, command) => applyConfig(command));
  return program;
}

/** Runs the command with these arguments (without the names of Node and of the script) and sets `process.exitCode`. */
export async function runProgram(args: readonly string[]): Promise<void> {
  try {
    const program = await createProgram(args);
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    // Commander has already printed its own one-line message.
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.couldNotRun;
    else failWith(error);
  }
}
