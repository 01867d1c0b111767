/** The kill matrix as text: a row a mutant, a column a checker. */
import { join } from 'node:path';
import {
  CANARY,
  checkersOf,
  type MutantResult,
  type MutantsReport,
} from '../reports/documents/mutants-report.js';
import type { Colors } from './terminal.js';

interface Column {
  readonly title: string;
  readonly isNumber: boolean;
  readonly cell: (mutant: MutantResult) => string;
}

const figure = (value: number | null) => (value === null ? '-' : String(value));

/** Checkers stand as letters, with a legend: their names are longer than what is in their columns. */
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

/** `3`: so many campaigns were told by this checker; `+`: it objects to what others told. */
function killsText(kills: number | undefined, also: number | undefined) {
  return kills === undefined ? (also === undefined ? '.' : '+') : String(kills);
}

function exampleCell({ exampleSuite }: MutantResult) {
  return exampleSuite === null
    ? ''
    : exampleSuite.example === null
      ? 'survived'
      : `killed: ${exampleSuite.example}`;
}

const letter = (index: number) => String.fromCharCode(97 + index);

export function renderMutants(report: MutantsReport, colors: Colors, next: string): string {
  // What survived stands last, where a terminal still shows it.
  const mutants = report.mutants.toSorted((a, b) =>
    a.verdict < b.verdict ? -1 : a.verdict > b.verdict ? 1 : 0,
  );
  const checkers = checkersOf(mutants);
  const columns = columnsOf(
    checkers,
    mutants.some(({ exampleSuite }) => exampleSuite !== null),
  );
  const cells = mutants.map((mutant) => columns.map(({ cell }) => cell(mutant)));
  const widths = columns.map(({ title }, i) => Math.max(title.length, ...cells.map((row) => row[i]!.length)));
  const line = (row: readonly string[]) =>
    row
      .map((text, i) => (columns[i]!.isNumber ? text.padStart(widths[i]!) : text.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd();
  const rows = cells.map((row, i) => (mutants[i]!.verdict === 'killed' ? line(row) : colors.red(line(row))));
  return [
    colors.bold(line(columns.map(({ title }) => title))),
    ...rows,
    '',
    checkers.map((checker, i) => `${letter(i)} ${checker}`).join(', '),
    'a number: kills that this checker told; +: it objects to a run that another told',
    ...summaryLines(report, colors),
    '',
    next,
    '',
  ].join('\n');
}

function summaryLines(
  { totals, mutants, seeds, profile, interrupted }: MutantsReport,
  colors: Colors,
): string[] {
  const { killed, campaigns, kills, exampleSuiteKilled, falseAlarms } = totals;
  const headline = `${killed} of ${totals.mutants} mutants killed by every seed (${kills} of ${campaigns} campaigns, profile ${profile}, seeds ${seeds[0]} to ${seeds.at(-1)})`;
  const medians = `median over the kills: ${figure(totals.runs)} runs, ${figure(totals.ms)} ms; shrunk to ${figure(totals.operations)} operations and ${figure(totals.contextSwitches)} context switches in ${figure(totals.shrinkMs)} ms`;
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
            `the ${CANARY} survived: something is wrong with the campaign itself; trust no figure above`,
          ),
        ]
      : []),
    ...(interrupted ? ['interrupted: mutants of which no campaign ended are left out'] : []),
  ];
}

/** The last line. `folder` is undefined if nothing was saved. */
export function nextStep(
  { mutants, profile, interrupted }: MutantsReport,
  folder: string | undefined,
): string {
  const survivor = mutants.find(({ verdict }) => verdict === 'survived');
  if (survivor !== undefined)
    return `Look closer: upload-stress run --fault ${survivor.name} --seed ${survivor.missed[0]!.seed} --profile ${profile} --budget 60s`;
  if (interrupted) return 'Run it again, with fewer --faults or --seeds.';
  return folder === undefined ? 'No report was written.' : `The page is ${join(folder, 'index.html')}.`;
}
