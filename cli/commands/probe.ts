/** `upload-stress probe`: options, terminal, and exit code. `campaigns/probe/` runs the experiments. */
import { Option, type Command } from 'commander';
import { openOutputFolder } from '../../campaigns/output/output-folder.js';
import { writeOutputs } from '../../campaigns/output/write-outputs.js';
import { EXPERIMENT_NAMES } from '../../campaigns/probe/experiments.js';
import { startProbe } from '../../campaigns/probe/probe.js';
import { writePromises } from '../../campaigns/probe/write-promises.js';
import { serviceUrl } from '../../campaigns/subject/service.js';
import { resolveSubject, type SubjectOptions } from '../../campaigns/subject/subject.js';
import { InputError } from '../../harness/input-error.js';
import type { ProbeReport } from '../../reports/documents/probe-report.js';
import type { CommandContext } from '../context.js';
import { EXIT } from '../exit-codes.js';
import {
  addExamples,
  addOutputOptions,
  addSubjectOptions,
  GROUPS,
  type OutputOptions,
} from '../options/shared-options.js';
import { printResult } from '../print-result.js';
import { renderProbe } from '../render/render-probe.js';
import { withInterrupts } from '../terminal/interrupts.js';
import { shownPath } from '../terminal/shown-path.js';
import { createTerminal, type Terminal } from '../terminal/terminal.js';

const WIDTH_DEFAULT = 120;

interface ProbeOptions extends SubjectOptions, OutputOptions {
  /** A name; `true` for all experiments. */
  readonly evidence?: string | true;
  readonly write?: boolean;
}

export function addProbeCommand(program: Command, { version }: CommandContext): void {
  const command = program
    .command('probe')
    .summary('try what a canister does, and print it as a table')
    .description(
      `Run ${EXPERIMENT_NAMES.length} fixed experiments on a canister and print what it does, independent of what its target promises.`,
    );
  addSubjectOptions(command, ['wasm', 'initArg', 'target', 'fault', 'messageTime'])
    .addOption(
      new Option(
        '--evidence [experiment]',
        'show the calls and answers of this experiment (default: of every experiment)',
      ).helpGroup(GROUPS.output),
    )
    .addOption(
      new Option(
        '--write',
        "copy the behavior into the target's promises, except dangerous behavior",
      ).helpGroup(GROUPS.output),
    );
  addOutputOptions(command, { out: 'folder for probe.json and the page' }).action(
    async (options: ProbeOptions) => {
      process.exitCode = await probe(options, version);
    },
  );
  addExamples(command, [
    'probe',
    'probe --wasm mine.wasm --target my-target.ts',
    'probe --wasm mine.wasm --target my-target.ts --write',
    'probe --evidence finish-twice',
  ]);
}

async function probe(options: ProbeOptions, toolVersion: string): Promise<number> {
  checkOptions(options);
  const subject = await resolveSubject(options);
  const folder = openOutputFolder(options.out);
  try {
    const terminal = createTerminal(options);
    const running = startProbe({ subject, toolVersion }, ({ name, done, of }) =>
      terminal.live(`${done} of ${of} experiments | ${name}`),
    );
    const report = await withInterrupts(running.stop, () => running.report).finally(() => terminal.clear());
    const failure = await writeOutputs(folder, report);
    printReport(report, options);
    if (failure !== undefined) terminal.line(`upload-stress: ${failure}`);
    else if (options.json !== true)
      terminal.line(terminal.colors.dim(`page: ${shownPath(folder.path)}/index.html`));
    if (options.write === true) await copyPromises(report, options, terminal);
    if (failure !== undefined) return EXIT.couldNotRun;
    return report.interrupted ? EXIT.interrupted : EXIT.ok;
  } finally {
    folder.release();
  }
}

function checkOptions({ target, evidence, write }: ProbeOptions): void {
  if (serviceUrl(target) !== undefined)
    throw new InputError('--target: probe needs a canister; HTTP services are not supported');
  if (write === true && target === undefined)
    throw new InputError('--write requires --target, the module whose promises it completes');
  if (typeof evidence === 'string' && !EXPERIMENT_NAMES.includes(evidence))
    throw new InputError(
      `--evidence: there is no experiment "${evidence}"; the experiments are ${EXPERIMENT_NAMES.join(', ')}`,
    );
}

function printReport(report: ProbeReport, options: ProbeOptions): void {
  const { evidence } = options;
  const shown = evidence === true ? EXPERIMENT_NAMES : evidence === undefined ? [] : [evidence];
  printResult(options, report, (colors) =>
    renderProbe(report, { colors, width: terminalWidth(process.stdout), evidence: new Set(shown) }),
  );
}

/** A pipe has no width. */
function terminalWidth({ columns }: { readonly columns?: number }): number {
  return columns ?? WIDTH_DEFAULT;
}

/** Prints the promises that could not be written, so that the author can paste them. */
async function copyPromises(report: ProbeReport, { target = '' }: ProbeOptions, terminal: Terminal) {
  if (report.interrupted) return;
  const { added, failure } = await writePromises(report, target);
  if (added.length === 0) {
    terminal.line(`${shownPath(target)} already promises what the canister does`);
    return;
  }
  const texts = added.map(
    ({ field, value }) => `${field}: ${typeof value === 'string' ? `'${value}'` : value}`,
  );
  if (failure === undefined) {
    terminal.line(`${shownPath(target)} now promises ${texts.join(', ')}`);
    return;
  }
  terminal.line(`upload-stress: ${shownPath(target)} is unchanged: ${failure}. Promises to add by hand:`);
  for (const text of texts) terminal.line(`  ${text},`);
}
