/** Writes the reports of a command into its output folder. */
import { reasonOf } from '../../harness/files/system-error.js';
import type { ReportDocument } from '../../reports/documents/documents.js';
import type { OutputFolder } from './output-folder.js';

/** Returns one line that says why the reports could not be written, or undefined. It does not throw: the findings must still be printed. */
export async function writeOutputs(
  folder: OutputFolder,
  ...documents: readonly ReportDocument[]
): Promise<string | undefined> {
  try {
    // Commands start sooner without the libraries that draw reports.
    const { writeReports } = await import('../../reports/write-reports.js');
    await writeReports(folder.path, documents);
    return undefined;
  } catch (error) {
    return `cannot write the reports to ${folder.path}: ${reasonOf(error)}; pass another folder with --out`;
  }
}
