/** `upload-stress findings`: what the recorded campaigns of a project have found. `campaigns/store/` holds the store. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Option, type Command } from 'commander';
import {
  ACCEPTED_FILE_DEFAULT,
  acceptDeviation,
  withdrawDeviation,
} from '../../campaigns/campaign/accepted-deviations.js';
import { CORPUS_FOLDER_DEFAULT } from '../../campaigns/corpus-folder.js';
import { currentCommit } from '../../campaigns/store/commit.js';
import type { FindingStore } from '../../campaigns/store/finding-store.js';
import { projectFolder, storeLocation } from '../../campaigns/store/location.js';
import { FINDING_STATUSES, type FindingStatus, type StoredFinding } from '../../campaigns/store/rows.js';
import { saveCounterexample } from '../../harness/counterexamples/corpus.js';
import { InputError } from '../../harness/input-error.js';
import { EXIT } from '../exit-codes.js';
import { withStore } from '../open-recorder.js';
import { parseCount } from '../options/parse.js';
import {
  acceptOption,
  addExamples,
  commitOption,
  jsonOption,
  storeOption,
} from '../options/shared-options.js';
import { printResult } from '../print-result.js';
import { renderFinding, renderFindings } from '../render/render-findings.js';
import { shownPath } from '../terminal/shown-path.js';

interface StoreOptions {
  readonly store?: string | false;
}

interface PrintedOptions extends StoreOptions {
  readonly json?: boolean;
  readonly color: boolean;
}

interface MarkOptions extends StoreOptions {
  readonly commit?: string;
  readonly accept?: string;
  readonly reason?: string;
}

export function addFindingsCommand(program: Command): void {
  const command = program
    .command('findings')
    .summary('list, show, and mark what the recorded campaigns found')
    .description(
      'List, show, and mark the findings that "run" recorded in the store of the project, and the commits that saw each first and last.',
    );
  addList(command);
  addShow(command);
  addFixed(command);
  addAccepted(command);
  addReopen(command);
  addSave(command);
  for (const each of command.commands) each.addOption(storeOption());
  addExamples(command, [
    'findings',
    'findings show 3',
    'findings fixed 3 4',
    'findings accept 5 --reason "lists are public"',
    'findings save 3',
  ]);
}

function addList(command: Command): void {
  command
    .command('list', { isDefault: true })
    .description('list the findings, those seen last first')
    .addOption(new Option('--status <status>', 'only findings with this status').choices(FINDING_STATUSES))
    .addOption(jsonOption())
    .action((options: PrintedOptions & { readonly status?: FindingStatus }) => {
      const path = pathOf(options);
      const { status } = options;
      const isListed = (finding: StoredFinding) => status === undefined || finding.status === status;
      const findings = existsSync(path) ? withStore(path, (store) => store.findings()).filter(isListed) : [];
      printResult(options, findings, (colors) =>
        renderFindings(findings, { store: shownPath(path), colors }),
      );
    });
}

function addShow(command: Command): void {
  command
    .command('show')
    .description('show a finding with its shortest counterexample')
    .argument('<id>', 'number of the finding', parseCount)
    .addOption(jsonOption())
    .action((id: number, options: PrintedOptions) => {
      const finding = withFinding(options, id, (_, found) => found);
      printResult(options, finding, (colors) => renderFinding(finding, colors));
    });
}

function addFixed(command: Command): void {
  command
    .command('fixed')
    .description(
      'mark findings as fixed; runs begin with them, and one that sees a finding again opens it again',
    )
    .argument('<ids...>', 'numbers of the findings', parseCounts)
    .addOption(commitOption())
    .action(async (ids: readonly number[], options: MarkOptions) => {
      const commit = await commitOf(options);
      markAll(ids, options, { status: 'fixed', reason: null, commit });
      const first = ids[0] ?? 0;
      print(`To keep its counterexample as a test: npx upload-stress findings save ${first}`);
    });
}

function addAccepted(command: Command): void {
  command
    .command('accept')
    .description('mark a finding as accepted, and add it to the accepted deviations, which do not fail a run')
    .argument('<id>', 'number of the finding', parseCount)
    .requiredOption('--reason <text>', 'why the deviation is accepted')
    .addOption(acceptOption())
    .addOption(commitOption())
    .action(async (id: number, options: MarkOptions) => {
      const { reason = '', accept = ACCEPTED_FILE_DEFAULT } = options;
      const commit = await commitOf(options);
      const { fingerprint } = withFinding(options, id, (_, found) => found);
      await acceptDeviation(accept, { fingerprint, reason });
      markAll([id], options, { status: 'accepted', reason, commit });
      print(`Added to ${accept}.`);
    });
}

function addReopen(command: Command): void {
  command
    .command('reopen')
    .description('mark findings as open, and remove them from the accepted deviations')
    .argument('<ids...>', 'numbers of the findings', parseCounts)
    .addOption(acceptOption())
    .addOption(commitOption())
    .action(async (ids: readonly number[], options: MarkOptions) => {
      const { accept = ACCEPTED_FILE_DEFAULT } = options;
      const commit = await commitOf(options);
      const found = ids.map((id) => withFinding(options, id, (_, finding) => finding));
      for (const { fingerprint } of found)
        if (await withdrawDeviation(accept, fingerprint)) print(`Removed from ${accept}: ${fingerprint}`);
      markAll(ids, options, { status: 'open', reason: null, commit });
    });
}

function addSave(command: Command): void {
  command
    .command('save')
    .description('write the shortest counterexample of a finding to a file that replays')
    .argument('<id>', 'number of the finding', parseCount)
    .argument('[folder]', 'folder for the file; runs begin with those in the corpus', CORPUS_FOLDER_DEFAULT)
    .action(async (id: number, folder: string, options: StoreOptions) => {
      const { counterexample } = withFinding(options, id, (_, found) => found);
      print(`Saved ${join(await saveCounterexample(folder, counterexample))}`);
    });
}

interface Change {
  readonly status: FindingStatus;
  readonly reason: string | null;
  readonly commit: string | null;
}

/** @throws InputError, with nothing marked, if there is no such finding */
function markAll(ids: readonly number[], options: StoreOptions, change: Change): void {
  for (const id of ids) withFinding(options, id, (_, finding) => finding);
  const at = new Date().toISOString();
  withStore(pathOf(options), (store) => {
    for (const id of ids) store.setStatus(id, { ...change, at });
  });
  for (const id of ids) print(`#${id} is ${change.status}.`);
}

function withFinding<T>(
  options: StoreOptions,
  id: number,
  work: (store: FindingStore, finding: StoredFinding) => T,
): T {
  const path = pathOf(options);
  if (!existsSync(path))
    throw new InputError(`store ${shownPath(path)}: it does not exist; "npx upload-stress run" creates it`);
  return withStore(path, (store) => {
    const finding = store.finding(id);
    if (finding !== undefined) return work(store, finding);
    throw new InputError(
      `store ${shownPath(path)}: it has no finding ${id}; "npx upload-stress findings" lists them`,
    );
  });
}

/** @throws InputError if the configuration says that nothing is recorded, or if the named file does not exist */
function pathOf({ store }: StoreOptions): string {
  if (store === false)
    throw new InputError('the configuration has store: false, so no findings are recorded; pass --store');
  const { path, isNamed } = storeLocation(store);
  if (isNamed && !existsSync(path))
    throw new InputError(`store ${shownPath(path)}: it does not exist; "npx upload-stress run" creates it`);
  return path;
}

async function commitOf({ commit }: MarkOptions): Promise<string | null> {
  return currentCommit({ named: commit, folder: projectFolder() });
}

/** Parser of a variadic argument. */
function parseCounts(text: string, before: readonly number[] = []): readonly number[] {
  return [...before, parseCount(text)];
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
  process.exitCode ??= EXIT.ok;
}
