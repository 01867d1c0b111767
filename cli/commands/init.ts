/** `upload-stress init`: options, terminal, and exit code. `campaigns/init/` reads the interface and writes the target. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { initTarget, type InitOptions, type InitResult } from '../../campaigns/init/init.js';
import { installCommand } from '../../targets/missing-package.js';
import { EXIT } from '../exit-codes.js';
import { addExamples, GROUPS } from '../options/shared-options.js';
import { shownPath } from '../terminal/shown-path.js';

export function addInitCommand(program: Command): void {
  const command = program
    .command('init')
    .summary('write a target for the interface of a canister')
    .description(
      'Read the interface of a canister, propose which method does what, and write a target and a configuration. It asks no questions.',
    )
    .addOption(
      new Option(
        '--wasm <path>',
        'canister module; its section candid:service is the interface; repeatable, for several canisters',
      )
        .argParser(append)
        .helpGroup(GROUPS.subject),
    )
    .addOption(
      new Option('--did <path>', 'Candid file of the interface; repeatable, one for each module')
        .argParser(append)
        .helpGroup(GROUPS.subject),
    )
    .addOption(
      new Option('--name <name>', 'name of the target (default: that of the file)')
        .argParser(parseName)
        .helpGroup(GROUPS.output),
    )
    .addOption(new Option('--out <folder>', 'folder for the files').default('.').helpGroup(GROUPS.output))
    .addOption(new Option('--force', 'overwrite files').default(false).helpGroup(GROUPS.output))
    .action(async (options: InitOptions) => {
      const result = await initTarget(options);
      process.stdout.write(renderInit(result));
      process.exitCode = EXIT.ok;
    });
  addExamples(command, [
    'init --wasm mine.wasm',
    'init --did mine.did --out upload-tests',
    'init --wasm index.wasm --wasm bucket.wasm --wasm bucket.wasm',
  ]);
}

function append(path: string, before: readonly string[] = []): readonly string[] {
  return [...before, path];
}

function parseName(text: string): string {
  if (/^[A-Za-z][\w-]*$/.test(text)) return text;
  throw new InvalidArgumentError('give letters, digits, and hyphens.');
}

function renderInit({ proposal, written, missing }: InitResult): string {
  const { calls, todos } = proposal;
  const width = Math.max(0, ...calls.map(({ operation }) => operation.length));
  const all = [...todos, ...calls.flatMap((call) => call.todos.map((todo) => `${call.operation}: ${todo}`))];
  const lines = [
    ...calls.map(({ operation, method, role }) => {
      const at = role === undefined ? '' : ` (${role})`;
      return `${operation.padEnd(width)}  ${method}${at}`;
    }),
    '',
    ...(all.length === 0 ? [] : ['to check:', ...all.map((todo) => `  ${todo}`), '']),
    ...written.map((path) => `wrote ${shownPath(path)}`),
    ...(missing.length === 0 ? [] : [`next: ${installCommand(...missing)}`]),
    `${missing.length === 0 ? 'next' : 'then'}: npx upload-stress probe`,
  ];
  return `${lines.join('\n')}\n`;
}
