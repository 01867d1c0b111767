/** The kill matrix as text: one row per mutant, one column per checker. */
import { join } from 'node:path';
import type { FaultDescription } from '../../campaigns/subject/subject.js';
import {
  CANARY,
  checkersOf,
  type MutantResult,
  type MutantsReport,
} from '../../reports/documents/mutants-report.js';
import type { Colors } from '../terminal/terminal.js';

interface Column {
  readonly title: string;
  readonly isNumber: boolean;
  readonly cell: (mutant: MutantResult) => string;
}

/** The titles of checker columns are letters with a legend, because the names of checkers are long. */
function columnsOf(checkers: readonly string[], hasExamples: boolean): Column[] {
  const number = (title: string, cell: Column['cell']): Column => ({ title, isNumber: true, cell });
  return [
    { title: 'mutant', isNumber: false, cell: ({ name }) => name },
    { title: 'verdict', isNumber: false, cell: ({ verdict }) => verdict },
    number('seeds', ({ seedsKilled, seeds }) => `${seedsKilled}/${seeds}`),
    ...checkers.map((checker, i) =>
      number(letter(i), ({ checkers: kills, alsoBy }) => killsText(kills[checker], alsoBy?.[checker])),
    ),
    number('runs', ({ runs }) => String(runs)),
    number('ms', ({ ms }) => String(ms)),
    number('ops', ({ operations }) => figure(operations)),
    number('switches', ({ contextSwitches }) => figure(contextSwitches)),
    number('shrink ms', ({ shrinkMs }) => figure(shrinkMs)),
    ...(hasExamples ? [{ title: 'examples', isNumber: false, cell: exampleCell }] : []),
  ];
}

/** `3`: this checker found the fault in 3 campaigns; `+`: it only confirmed findings of other checkers. */
function killsText(kills: number | undefined, confirmed: number | undefined): string {
  if (kills !== undefined) return String(kills);
  return confirmed === undefined ? '.' : '+';
}

function exampleCell({ exampleSuite }: MutantResult): string {
  if (exampleSuite === null) return '';
  return exampleSuite.example === null ? 'survived' : `killed: ${exampleSuite.example}`;
}

function figure(value: number | null): string {
  return value === null ? '-' : String(value);
}

function letter(index: number): string {
  return String.fromCharCode('a'.charCodeAt(0) + index);
}

export function renderMutants(report: MutantsReport, colors: Colors, next: string): string {
  // Survivors come last, where a terminal shows them.
  const mutants = report.mutants.toSorted((a, b) =>
    a.verdict < b.verdict ? -1 : a.verdict > b.verdict ? 1 : 0,
  );
  const checkers = checkersOf(mutants);
  const columns = columnsOf(
    checkers,
    mutants.some(({ exampleSuite }) => exampleSuite !== null),
  );
  const aligned = columns.map((column) => alignedColumn(column, mutants));
  const line = (row: number) =>
    aligned
      .map((cells) => cells[row] ?? '')
      .join('  ')
      .trimEnd();
  return [
    colors.bold(line(0)),
    ...mutants.map(({ verdict }, index) =>
      verdict === 'killed' ? line(index + 1) : colors.red(line(index + 1)),
    ),
    '',
    checkers.map((checker, i) => `${letter(i)} ${checker}`).join(', '),
    'number: campaigns in which this checker found the fault; +: it only confirmed findings of other checkers',
    ...summaryLines(report, colors),
    '',
    next,
    '',
  ].join('\n');
}

/** The title and the cells of a column, padded to the same width. */
function alignedColumn({ title, isNumber, cell }: Column, mutants: readonly MutantResult[]): string[] {
  const cells = [title, ...mutants.map(cell)];
  const width = Math.max(...cells.map((text) => text.length));
  return cells.map((text) => (isNumber ? text.padStart(width) : text.padEnd(width)));
}

function summaryLines(
  { totals, mutants, seeds, profile, interrupted }: MutantsReport,
  colors: Colors,
): string[] {
  const { killed, campaigns, kills, exampleSuiteKilled, falseAlarms } = totals;
  const headline = `${killed} of ${totals.mutants} mutants killed by every seed (${kills} of ${campaigns} campaigns, profile ${profile}, seeds ${seeds[0] ?? '-'} to ${seeds.at(-1) ?? '-'})`;
  const medians = `median of the kills: ${figure(totals.runs)} runs, ${figure(totals.ms)} ms; shrunk to ${figure(totals.operations)} operations and ${figure(totals.contextSwitches)} context switches in ${figure(totals.shrinkMs)} ms`;
  const refuted = mutants.flatMap(({ name, missed }) =>
    missed.flatMap(({ seed, refutation }) =>
      refutation === null ? [] : [colors.red(`not counted: ${name}, seed ${seed}: ${refutation}`)],
    ),
  );
  return [
    (killed === totals.mutants ? colors.green : colors.red)(headline),
    ...(kills > 0 ? [medians] : []),
    ...(exampleSuiteKilled === null
      ? []
      : [`the example-based suite kills ${exampleSuiteKilled} of ${totals.mutants}`]),
    ...(falseAlarms > 0 ? refuted : []),
    ...(totals.canaryKilled === false
      ? [
          colors.red(
            `the mutant "${CANARY}" survived, so the campaigns themselves are broken; do not trust the figures above`,
          ),
        ]
      : []),
    ...(interrupted ? ['interrupted: mutants without a finished campaign are omitted'] : []),
  ];
}

/**
 * The last line: what the user can do next.
 * @param folder undefined if nothing was saved
 * @param subjectFlags the options that select the canister, each with a space after it
 */
export function nextStep(
  { mutants, profile, interrupted }: MutantsReport,
  folder: string | undefined,
  subjectFlags = '',
): string {
  const survivor = mutants.find(({ verdict }) => verdict === 'survived');
  if (survivor !== undefined)
    return `Look closer: npx upload-stress run ${subjectFlags}--fault ${survivor.name} --seed ${survivor.missed[0]?.seed ?? 1} --profile ${profile} --budget 60s`;
  if (interrupted) return 'Run it again with fewer --faults or --seeds.';
  return folder === undefined ? 'No report was written.' : `Open ${join(folder, 'index.html')}`;
}

/** The list of `mutants --list`. */
export function renderFaults(faults: readonly FaultDescription[], colors: Colors): string {
  const lines = faults.map(({ name, description }) => `${colors.bold(name)}\n  ${description}`);
  return `${lines.join('\n')}\n`;
}
