import { InputError } from '../harness/input-error.js';
import { readJsonFile } from '../harness/json-file.js';
import { RUN_REPORT_FORMAT_VERSION, runReportSchema, type RunReport } from './run-report.js';

/** @throws InputError, one line, if the file is missing, no JSON, of a newer format, or of another shape */
export async function readRunReport(path: string): Promise<RunReport> {
  const value = await readJsonFile(path, 'report');
  const version = (value as { readonly formatVersion?: unknown } | null)?.formatVersion;
  if (typeof version === 'number' && version > RUN_REPORT_FORMAT_VERSION) {
    throw new InputError(
      `report ${path}: it has format version ${version}, this program knows ${RUN_REPORT_FORMAT_VERSION}; ` +
        `use the version of the program that wrote it, or a newer one`,
    );
  }
  const parsed = runReportSchema.safeParse(value);
  if (parsed.success) return parsed.data as unknown as RunReport;
  const [issue] = parsed.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
  throw new InputError(
    `report ${path}: it is no report of a run: ${where}${issue?.message ?? 'wrong shape'}`,
  );
}
