/** Writes all reports of a run into a folder, each file whole or not at all. */
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { renderJUnit } from './junit.js';
import { renderMarkdown } from './markdown.js';
import { runReportSchema, type RunReport } from './run-report.js';

const WRITERS: Readonly<Record<string, (report: RunReport) => string>> = {
  'run.json': (report) => `${JSON.stringify(runReportSchema.parse(report), null, 2)}\n`,
  'junit.xml': renderJUnit,
  'summary.md': renderMarkdown,
};

/** Returns the paths written. Throws the system's error (full disk, no permission) after leaving older files as they were. */
export function writeReports(folder: string, report: RunReport): string[] {
  return Object.entries(WRITERS).map(([name, render]) => {
    const path = join(folder, name);
    writeFileAtomic.sync(path, render(report));
    return path;
  });
}
