/** `upload-stress report PATH…`: draws the reports again from the documents that commands have saved. */
import { existsSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { InputError } from '../../harness/input-error.js';
import { reasonOf } from '../../harness/files/system-error.js';
import {
  DOCUMENT_KIND_INFO,
  documentKinds,
  readDocument,
  type ReportDocument,
} from '../../reports/documents/documents.js';
import { writeReports } from '../../reports/write-reports.js';
import type { CommandContext } from '../context.js';
import { EXIT } from '../../campaigns/exit-codes.js';
import { openOutputFolder } from '../output-folder.js';
import { shownPath } from '../write-outputs.js';

export function addReportCommand(program: Command, _context: CommandContext): void {
  const names = documentKinds.map((kind) => DOCUMENT_KIND_INFO[kind].fileName).join(', ');
  program
    .command('report')
    .description(`draw the page and the other reports again from what commands have saved: ${names}`)
    .argument('<paths...>', 'such files, or a folder with some of them')
    .option('--out <folder>', 'where they go (default: beside the first)')
    .action(async (paths: string[], options: { readonly out?: string }) => {
      process.exitCode = await report(paths, options.out);
    });
}

interface Source {
  readonly path: string;
  readonly document: ReportDocument;
}

async function report(paths: readonly string[], out: string | undefined): Promise<number> {
  const sources: Source[] = [];
  for (const path of paths.flatMap(filesOf)) sources.push({ path, document: await readDocument(path) });
  checkDistinct(sources);
  const folder = openOutputFolder(out ?? dirname(sources[0]!.path));
  try {
    const isThere = ({ path }: Source) => resolve(dirname(path)) === folder.path;
    const written = await writeReports(
      folder.path,
      sources.map(({ document }) => document),
      { inPlace: sources.filter(isThere).map(({ document }) => document) },
    );
    const names = written.map((path) => relative(folder.path, path)).join(', ');
    process.stdout.write(`${names}\nOpen ${shownPath(join(folder.path, 'index.html'))}\n`);
    return EXIT.ok;
  } catch (error) {
    throw new InputError(
      `cannot write the reports to ${folder.path}: ${reasonOf(error)}; pass --out with another folder`,
    );
  } finally {
    folder.release();
  }
}

/** A folder stands for its documents. @throws InputError if it has none */
function filesOf(path: string): string[] {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return [path];
  const files = documentKinds
    .map((kind) => join(path, DOCUMENT_KIND_INFO[kind].fileName))
    .filter((file) => existsSync(file));
  if (files.length > 0) return files;
  throw new InputError(
    `report ${path}: the folder has none of ${documentKinds.map((kind) => DOCUMENT_KIND_INFO[kind].fileName).join(', ')}`,
  );
}

/** A page shows one of each kind. @throws InputError if there are two */
function checkDistinct(sources: readonly Source[]): void {
  for (const [index, { path, document }] of sources.entries()) {
    const twin = sources.slice(0, index).find((other) => other.document.kind === document.kind);
    if (twin !== undefined)
      throw new InputError(
        `${twin.path} and ${path} are both of ${DOCUMENT_KIND_INFO[document.kind].command}: draw them into two folders with --out`,
      );
  }
}
