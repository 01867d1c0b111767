/** The experiments of `probe` as a table in plain text. */
import { promiseText, probeHeadline } from '../../reports/render/probe-markdown.js';
import type { ProbeExperiment, ProbeReport } from '../../reports/documents/probe-report.js';
import { visibleLine } from '../../reports/text/visible-text.js';
import type { Colors } from '../terminal/terminal.js';

export interface ProbeTableOptions {
  readonly colors: Colors;
  /** Characters of a line. */
  readonly width: number;
  /** The experiments whose calls are shown. */
  readonly evidence: ReadonlySet<string>;
}

const WIDTH_MIN = 80;
const WIDTH_MAX = 140;

export function renderProbe(report: ProbeReport, { colors, width, evidence }: ProbeTableOptions): string {
  const observed = report.experiments.filter((experiment) => experiment.observed !== null);
  const others = report.experiments.filter((experiment) => experiment.observed === null);
  const columns = columnsOf(observed, Math.min(WIDTH_MAX, Math.max(WIDTH_MIN, width)));
  const lines = [
    colors.bold(row(columns, 'experiment', 'what was tried, and what the canister does', 'promise')),
    ...observed.flatMap((experiment) => [
      ...experimentLines(experiment, columns, colors),
      ...(evidence.has(experiment.name) ? evidenceLines(experiment, colors) : []),
    ]),
    ...(others.length === 0 ? [] : ['', colors.dim('nothing to try:')]),
    ...others.map(({ name, lacks }) => colors.dim(row(columns, name, lacks ?? '', ''))),
    '',
    headline(report, colors),
  ];
  return `${lines.join('\n')}\n`;
}

interface Columns {
  readonly name: number;
  readonly text: number;
}

/** The promise comes last and may be as long as it is. */
function columnsOf(experiments: readonly ProbeExperiment[], width: number): Columns {
  const longest = (texts: readonly string[]) => Math.max(10, ...texts.map(({ length }) => length));
  const name = longest(experiments.map((experiment) => experiment.name));
  const promise = longest(
    experiments.map(({ promise: own }) => (own === null ? '' : `${own.field}: ${own.value}`)),
  );
  return { name, text: Math.max(40, width - name - promise - 4) };
}

function row({ name, text }: Columns, ...[first, second, third]: readonly [string, string, string]): string {
  return `${first.padEnd(name)}  ${second.padEnd(text)}  ${third}`.trimEnd();
}

function experimentLines(experiment: ProbeExperiment, columns: Columns, colors: Colors): readonly string[] {
  const { name, tried, observed, dangerous } = experiment;
  const text = `${dangerous ? 'DANGEROUS: ' : ''}${observed ?? ''}`;
  const [first = '', ...rest] = wrapped(tried, columns.text);
  const paint = dangerous ? colors.red : colors.reset;
  return [
    row(columns, name, first, promiseText(experiment)),
    ...rest.map((line) => row(columns, '', line, '')),
    ...wrapped(text, columns.text - 2).map((line) => paint(row(columns, '', `  ${line}`, ''))),
  ];
}

function evidenceLines({ evidence }: ProbeExperiment, colors: Colors): readonly string[] {
  const runs = new Set(evidence.map(({ run }) => run));
  return evidence.map(({ run, call, answer }) => {
    const number = runs.size > 1 ? `run ${run}: ` : '';
    return colors.dim(`    ${number}${visibleLine(call)} → ${visibleLine(answer)}`);
  });
}

function headline(report: ProbeReport, colors: Colors): string {
  const isDangerous = report.experiments.some(({ dangerous }) => dangerous);
  const paint = isDangerous ? colors.red : colors.green;
  return paint(probeHeadline(report));
}

/** Breaks a text into lines between words. A longer word stays whole. */
function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of visibleLine(text).split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
