/** `upload-stress report FILE`: draws every report of a run again, from its run.json alone. */
import { dirname, join, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { InputError } from '../../harness/input-error.js';
import { readRunReport } from '../../reports/read-report.js';
import { writeReports } from '../../reports/write-reports.js';
import type { CommandContext } from '../context.js';
import { EXIT } from '../exit-codes.js';
import { openOutputFolder, reason } from '../output-folder.js';

export function addReportCommand(program: Command, _context: CommandContext): void {
  program
    .command('report')
    .description('draw the reports of a run again from its run.json')
    .argument('<file>', 'the run.json of a run')
    .option('--out <folder>', 'where they go (default: beside the file)')
    .action(async (file: string, options: { readonly out?: string }) => {
      process.exitCode = await report(file, options.out ?? dirname(file));
    });
}

async function report(file: string, out: string): Promise<number> {
  const document = await readRunReport(file);
  const folder = openOutputFolder(out);
  try {
    const written = await writeReports(folder.path, document, { except: resolve(file) });
    const names = written.map((path) => relative(folder.path, path)).join(', ');
    process.stdout.write(`${names}\nOpen ${relative(process.cwd(), join(folder.path, 'index.html'))}\n`);
    return EXIT.ok;
  } catch (error) {
    throw new InputError(
      `cannot write the reports to ${folder.path}: ${reason(error)}; pass --out with another folder`,
    );
  } finally {
    folder.release();
  }
}
