/** `upload-stress report PATH…`: renders the reports again from the JSON documents that commands saved. */
import { existsSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { openOutputFolder } from '../../campaigns/output/output-folder.js';
import { reasonOf } from '../../harness/files/system-error.js';
import { InputError } from '../../harness/input-error.js';
import {
  DOCUMENT_KIND_INFO,
  documentKinds,
  readDocument,
  type ReportDocument,
} from '../../reports/documents/documents.js';
import { writeReports } from '../../reports/write-reports.js';
import { EXIT } from '../exit-codes.js';
import { addExamples, GROUPS } from '../options/shared-options.js';
import { shownPath } from '../terminal/shown-path.js';

const FILE_NAMES = documentKinds.map((kind) => DOCUMENT_KIND_INFO[kind].fileName);

export function addReportCommand(program: Command): void {
  const command = program
    .command('report')
    .summary('render the page and the other reports again')
    .description(
      `Render the page and the other reports again from the files that commands saved: ${FILE_NAMES.join(', ')}.`,
    )
    .argument('<paths...>', 'such files, or a folder that contains some of them')
    .addOption(
      new Option(
        '--out <folder>',
        'folder for the reports (default: the folder of the first file)',
      ).helpGroup(GROUPS.output),
    )
    .action(async (paths: string[], options: { readonly out?: string }) => {
      process.exitCode = await report(paths, options.out);
    });
  addExamples(command, [
    'report reports/out',
    'report reports/out/run.json reports/out/bench.json --out pages',
  ]);
}

interface Source {
  readonly path: string;
  readonly document: ReportDocument;
}

async function report(paths: readonly string[], out: string | undefined): Promise<number> {
  const sources: Source[] = [];
  for (const path of paths.flatMap(documentsAt)) sources.push({ path, document: await readDocument(path) });
  checkDistinctKinds(sources);
  const folder = openOutputFolder(out ?? dirname(sources[0]?.path ?? '.'));
  try {
    const isInFolder = ({ path }: Source) => resolve(dirname(path)) === folder.path;
    const written = await writeReports(
      folder.path,
      sources.map(({ document }) => document),
      { inPlace: sources.filter(isInFolder).map(({ document }) => document) },
    );
    const names = written.map((path) => relative(folder.path, path)).join(', ');
    process.stdout.write(`Wrote ${names}\nOpen ${shownPath(join(folder.path, 'index.html'))}\n`);
    return EXIT.ok;
  } catch (error) {
    throw new InputError(
      `cannot write the reports to ${folder.path}: ${reasonOf(error)}; pass another folder with --out`,
    );
  } finally {
    folder.release();
  }
}

/** The path itself, or the documents in the folder. @throws InputError if the folder contains none */
function documentsAt(path: string): string[] {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return [path];
  const files = FILE_NAMES.map((name) => join(path, name)).filter((file) => existsSync(file));
  if (files.length > 0) return files;
  throw new InputError(`report ${path}: the folder contains none of ${FILE_NAMES.join(', ')}`);
}

/** A page shows one document of each kind. @throws InputError if there are two of a kind */
function checkDistinctKinds(sources: readonly Source[]): void {
  for (const [index, { path, document }] of sources.entries()) {
    const twin = sources.slice(0, index).find((other) => other.document.kind === document.kind);
    if (twin !== undefined)
      throw new InputError(
        `${twin.path} and ${path} are both results of ${DOCUMENT_KIND_INFO[document.kind].command}; render them into two folders with --out`,
      );
  }
}
