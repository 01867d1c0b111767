/** Reading and writing the documents that the suite exchanges: schedules, counterexamples, and reports. */
import { z } from 'zod';
import { writeJsonFile, readJsonFile } from '../harness/files/json-file.js';
import { InputError } from '../harness/input-error.js';
import { scheduleSchema } from '../model/schedule.js';
import type { Schedule } from '../model/schedule.js';
import type { Counterexample } from '../harness/counterexamples/counterexample.js';
import { encodeDocument, readDocument, type ReportDocument } from '../reports/documents/documents.js';
import { writeReports as writeReportFiles } from '../reports/write-reports.js';

export { readCounterexample } from '../harness/counterexamples/counterexample.js';
export { listCorpus, loadCorpus, saveCounterexample } from '../harness/counterexamples/corpus.js';

/** @throws InputError if the file is missing, is not JSON, or is not a schedule */
export async function readSchedule(path: string): Promise<Schedule> {
  const parsed = scheduleSchema.safeParse(await readJsonFile(path, 'schedule'));
  if (parsed.success) return parsed.data;
  throw new InputError(
    `schedule ${path}: ${z.prettifyError(parsed.error).split('\n').slice(0, 2).join(' ')}`,
  );
}

/** @throws InputError if the file cannot be written */
export function writeSchedule(path: string, schedule: Schedule): Promise<void> {
  return writeJsonFile(path, schedule, 'schedule');
}

/** @throws InputError if the file cannot be written */
export function writeCounterexample(path: string, counterexample: Counterexample): Promise<void> {
  return writeJsonFile(path, counterexample, 'counterexample');
}

/**
 * Reads a document that a command left behind: `run.json`, `mutants.json`, `gate.json`, `bench.json`, or `scaling.json`.
 * @throws InputError if the file is missing, is not JSON, has a newer format, or is not a report
 */
export function readReport(path: string): Promise<ReportDocument> {
  return readDocument(path);
}

/** @throws InputError if the file cannot be written; ZodError if the document does not match its schema */
export function writeReport(path: string, report: ReportDocument): Promise<void> {
  return writeJsonFile(path, JSON.parse(encodeDocument(report)), 'report');
}

/**
 * Writes the documents and everything drawn from them (`index.html`, JUnit, Markdown) to a folder.
 * @returns the paths written
 */
export function writeReports(folder: string, reports: readonly ReportDocument[]): Promise<string[]> {
  return writeReportFiles(folder, reports);
}
