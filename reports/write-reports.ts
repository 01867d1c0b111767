/** Writes all reports of a run into a folder, each file whole or not at all. */
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { renderJUnit } from './junit.js';
import { renderMarkdown } from './markdown.js';
import { runReportSchema, type RunReport } from './run-report.js';

type Writer = (report: RunReport) => string | Promise<string>;

/** The plots' library takes a moment to load, so the page is loaded only when it is written, and is the last to be. */
const WRITERS: Readonly<Record<string, Writer>> = {
  'run.json': (report) => `${JSON.stringify(runReportSchema.parse(report), null, 2)}\n`,
  'junit.xml': renderJUnit,
  'summary.md': renderMarkdown,
  'index.html': async (report) => (await import('./page/page.js')).renderPage(report),
};

/**
 * Returns the paths written. Throws the system's error (full disk, no permission) after leaving older files as they were. The file
 * `except`, which the report was read from, is not written over.
 */
export async function writeReports(
  folder: string,
  report: RunReport,
  { except }: { readonly except?: string } = {},
): Promise<string[]> {
  const written: string[] = [];
  for (const [name, render] of Object.entries(WRITERS)) {
    const path = join(folder, name);
    if (path === except) continue;
    await writeFileAtomic(path, await render(report));
    written.push(path);
  }
  return written;
}
