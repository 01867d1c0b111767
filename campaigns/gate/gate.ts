/**
 * Entry of the command `gate`: counters, mutants, corpus, and a campaign in a worker thread, and their report.
 *
 * - `plan.ts`, `shard.ts`: the work of a gate or of one shard.
 * - `job.ts`, `worker.ts`: the job, its messages, and the thread.
 * - `gate-record.ts`: collects the messages into a report, also when the gate is cut short; `compare.ts` compares with the baseline.
 * - `baseline.ts`, `history.ts`: the files that outlive a gate.
 * - `join.ts`: joins the reports of all shards.
 */
import { InputError } from '../../harness/input-error.js';
import { gateVerdictOf, historyEntryOf, type GateReport } from '../../reports/documents/gate-report.js';
import { writeOutputs } from '../output/write-outputs.js';
import type { OutputFolder } from '../output/output-folder.js';
import type { SubjectSpec } from '../subject/subject.js';
import { startThreadJob, type ThreadJob } from '../threads/thread-job.js';
import { baselineOf, readBaseline, writeBaseline, type Baseline } from './baseline.js';
import { environmentCommit } from './ci-variables.js';
import { GateRecord, type GateHeader } from './gate-record.js';
import { appendHistory } from './history.js';
import type { GateJob, GateMessage } from './job.js';

export interface RunningGate extends Pick<ThreadJob, 'stop'> {
  /**
   * The report, complete or cut short by `stop` or the budget.
   * @throws InputError if the gate is not possible; the error of the thread if it crashed
   */
  readonly report: Promise<GateReport>;
}

/** @param onMessage receives progress and findings as they arrive */
export function startGate(
  job: GateJob,
  header: GateHeader,
  onMessage: (message: GateMessage) => void,
): RunningGate {
  const started = new Date();
  const record = new GateRecord(job, header, started);
  const thread = startThreadJob<GateJob, GateMessage>({
    room: 'gate',
    job,
    onMessage: (message) => {
      record.take(message);
      onMessage(message);
    },
  });
  const report = thread.done.then(() => record.report(Date.now() - started.getTime(), thread.isStopped));
  return { report, stop: thread.stop };
}

/** @throws InputError if the file is unusable or belongs to another canister */
export async function openBaseline(path: string, { wasmLabel }: SubjectSpec): Promise<Baseline> {
  const baseline = await readBaseline(path);
  if (baseline.canister === wasmLabel) return baseline;
  throw new InputError(
    `baseline ${path}: it belongs to ${baseline.canister}, not to ${wasmLabel}; pass that module with --wasm, or another file with --baseline`,
  );
}

/**
 * Writes the counters of the report to the baseline, unless the gate failed or did not finish. An existing baseline may be missing or
 * damaged. Returns whether it wrote.
 */
export async function updateBaseline(
  path: string,
  report: GateReport,
  subject: SubjectSpec,
): Promise<boolean> {
  if (gateVerdictOf(report) !== 'held') return false;
  const old = await readBaseline(path).catch(() => undefined);
  const header = { canister: subject.wasmLabel, wasmSha256: subject.wasmSha256, engine: report.engine };
  await writeBaseline(path, baselineOf(header, report.counters, old));
  return true;
}

/**
 * Writes the reports, and adds the counters of a whole gate to the history if all of them were counted.
 * Returns one line that says why this failed, or undefined.
 */
export async function saveGate(
  report: GateReport,
  folder: OutputFolder,
  historyFile: string,
): Promise<string | undefined> {
  const failure = await writeOutputs(folder, report);
  if (failure !== undefined || report.shard.count > 1) return failure;
  const isCounted = report.only.includes('counters') && report.counters.length > 0;
  if (!isCounted || report.notDone.some((what) => what.startsWith('counters'))) return undefined;
  const entry = historyEntryOf(report, environmentCommit(process.env));
  return appendHistory(historyFile, entry).then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}
