/**
 * Entry of the command `gate`: counters, mutants, corpus, and a campaign in a worker thread, and their report.
 *
 * - `plan.ts`, `shard.ts`: the work of a gate or of one shard.
 * - `job.ts`, `worker.ts`: the job, its messages, and the thread.
 * - `gate-record.ts`: collects the messages into a report, also when the gate is cut short; `compare.ts` compares with the baseline.
 * - `limits.ts`: what is required of coverage and score; `score.ts` runs a sample of mutants after the other parts.
 * - `baseline.ts`, `history.ts`: the files that outlive a gate.
 * - `join.ts`: joins the reports of all shards.
 */
import { InputError } from '../../harness/input-error.js';
import { gateVerdictOf, historyEntryOf, type GateReport } from '../../reports/documents/gate-report.js';
import type { ReportDocument } from '../../reports/documents/documents.js';
import { writeOutputs } from '../output/write-outputs.js';
import type { OutputFolder } from '../output/output-folder.js';
import type { SubjectSpec } from '../subject/subject.js';
import { startThreadJob, type ThreadJob } from '../threads/thread-job.js';
import { baselineOf, readBaseline, writeBaseline, type Baseline } from './baseline.js';
import { environmentCommit } from './ci-variables.js';
import { GateRecord, type GateHeader } from './gate-record.js';
import { appendHistory } from './history.js';
import type { GateJob, GateMessage } from './job.js';
import { runScore } from './score.js';

export interface RunningGate extends Pick<ThreadJob, 'stop'> {
  /**
   * The report, complete or cut short by `stop` or the budget.
   * @throws InputError if the gate is not possible; the error of the thread if it crashed
   */
  readonly outcome: Promise<GateOutcome>;
}

export interface GateOutcome {
  readonly report: GateReport;
  /** Documents of coverage and mutants, if the gate measured them. */
  readonly others: readonly ReportDocument[];
}

/**
 * @param folder of the reports, which keeps the results of mutants
 * @param onMessage receives progress and findings as they arrive
 */
export function startGate(
  job: GateJob,
  header: GateHeader,
  folder: OutputFolder,
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
  let stop = thread.stop;
  let isStopped = false;
  const elapsedMs = () => Date.now() - started.getTime();
  const finish = async (): Promise<GateOutcome> => {
    await thread.done;
    const msLeft = job.budgetMs - elapsedMs();
    const { scoreSample: sample } = job;
    if (sample !== undefined && msLeft > 0 && !thread.isStopped && !record.isViolated) {
      const onStart = (stopScore: () => void) => void (stop = stopScore);
      const { version } = header;
      const run = { job, sample, version, msLeft, folder: folder.path, onProgress: onMessage, onStart };
      record.takeMutation(await runScore(run));
    }
    const report = record.report(elapsedMs(), isStopped);
    return { report, others: record.documents(report) };
  };
  const stopAll = () => {
    isStopped = true;
    stop();
  };
  return { outcome: finish(), stop: stopAll };
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
  { report, others }: GateOutcome,
  folder: OutputFolder,
  historyFile: string,
): Promise<string | undefined> {
  const failure = await writeOutputs(folder, report, ...others);
  if (failure !== undefined || report.shard.count > 1) return failure;
  const isCounted = report.only.includes('counters') && report.counters.length > 0;
  if (!isCounted || report.notDone.some((what) => what.startsWith('counters'))) return undefined;
  const entry = historyEntryOf(report, environmentCommit(process.env));
  return appendHistory(historyFile, entry).then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}
