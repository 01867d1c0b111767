/** What a command leaves in its output folder, and what is said where nothing can be written. */
import { reasonOf } from '../harness/files/system-error.js';
import { relative } from 'node:path';
import type { ReportDocument } from '../reports/documents/documents.js';
import { writeReports } from '../reports/write-reports.js';
import type { OutputFolder } from './output-folder.js';

/** Undefined if all was written; else why not, one line. What was found is not lost for want of room: it is still printed. */
export async function writeOutputs(
  folder: OutputFolder,
  document: ReportDocument,
): Promise<string | undefined> {
  try {
    await writeReports(folder.path, [document]);
    return undefined;
  } catch (error) {
    return `cannot write the reports to ${folder.path}: ${reasonOf(error)}; pass --out with another folder`;
  }
}

/** As the user would type it. */
export const shownPath = (path: string): string => relative(process.cwd(), path) || '.';
