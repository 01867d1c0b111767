/** The end of a run: its reports, its summary, and its exit code. */
import { coverageProblems, type CoverageLimits } from '../campaigns/code-coverage/compare-coverage.js';
import type { OutputFolder } from '../campaigns/output/output-folder.js';
import { writeOutputs } from '../campaigns/output/write-outputs.js';
import type { RunOutcome } from '../campaigns/run/run.js';
import type { RunReport } from '../reports/documents/run-report.js';
import { coverageLines } from '../reports/render/coverage-wording.js';
import { emitRunAnnotations } from '../reports/render/run-annotations.js';
import { renderRunSummary } from '../reports/render/run-summary.js';
import { visibleLine } from '../reports/text/visible-text.js';
import { EXIT } from './exit-codes.js';
import { printResult, type PrintOptions } from './print-result.js';
import { reportNeverSucceeded } from './report-never-succeeded.js';
import { shownPath } from './terminal/shown-path.js';
import { wantsColor, type Terminal } from './terminal/terminal.js';

export interface FinishOptions extends PrintOptions {
  /** Exit with 4 if a declared state was never reached. */
  readonly requireCoverage?: boolean;
  /** Exit with 1 also if a verdict is unknown. */
  readonly strict?: boolean;
}

export interface Ending {
  readonly folder: OutputFolder;
  readonly options: FinishOptions;
  readonly terminal: Terminal;
  readonly coverageLimits?: CoverageLimits;
}

/** Writes the reports, prints the summary, and returns the exit code. Findings are printed even if nothing can be written. */
export async function finishRun(
  { run: report, coverage }: RunOutcome,
  { folder, options, terminal, coverageLimits }: Ending,
): Promise<number> {
  const failure = await writeOutputs(folder, report, ...(coverage === undefined ? [] : [coverage]));
  printResult(options, report, () =>
    renderRunSummary(report, {
      color: wantsColor(options.color, process.stdout),
      folder: failure === undefined ? shownPath(folder.path) : undefined,
      coverage: coverage === undefined ? [] : coverageLines(coverage),
    }),
  );
  const stream = options.json === true ? process.stderr : process.stdout;
  const unannotated = emitRunAnnotations(report, { env: process.env, stream });
  for (const line of [failure, unannotated]) if (line !== undefined) terminal.line(`upload-stress: ${line}`);
  if (report.verdict === 'invalid') return EXIT.violated;
  if (failure !== undefined) return EXIT.couldNotRun;
  if (report.interrupted) return EXIT.interrupted;
  if (reportNeverSucceeded(report.neverSucceeded, terminal)) return EXIT.statesMissing;
  if (options.requireCoverage === true && reportUnreached(report, terminal)) return EXIT.statesMissing;
  const problems = coverage && coverageLimits ? coverageProblems(coverage, coverageLimits) : [];
  for (const problem of problems) terminal.line(`upload-stress: ${visibleLine(problem)}`);
  if (problems.length > 0) return EXIT.statesMissing;
  if (report.verdict !== 'unknown') return EXIT.ok;
  // A message that did not end has ended the run, and the canister is not known to work.
  return options.strict === true || report.overdue !== null ? EXIT.violated : EXIT.ok;
}

/** Prints the states that were never reached. Returns whether there are any. */
function reportUnreached({ states }: RunReport, terminal: Terminal): boolean {
  const unreached = Object.entries(states).flatMap(([state, runs]) => (runs === 0 ? [state] : []));
  if (unreached.length === 0) return false;
  terminal.line(`upload-stress: states never reached: ${unreached.join(', ')}`);
  return true;
}
