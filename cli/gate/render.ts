/** The gate on one screen: the verdict first, what to do next last. */
import { renderTable } from '../../bench/table.js';
import type { Colors } from '../terminal.js';
import type { Change } from './compare.js';
import type { GatePart } from './job.js';
import { verdictOf, type GateResult, type GateVerdict } from './result.js';

const ROWS_MAX = 8;

export function renderGate(result: GateResult, colors: Colors, next: string): string {
  const verdict = verdictOf(result);
  const paint = verdict === 'held' ? colors.green : verdict === 'incomplete' ? colors.yellow : colors.red;
  const { comparison, shard } = result;
  const part = shard.count === 1 ? '' : ` (part ${shard.index} of ${shard.count})`;
  const lines = [
    paint(colors.bold(`${HEADLINES[verdict]}${part}`)),
    ...whatRan(result),
    ...violations(result).map((line) => colors.red(line)),
    ...changes('more than the baseline', comparison.regressions),
    ...cut(comparison.gone.map((name) => `gone: "${name}" is in the baseline and is not measured any more`)),
    ...changes('more, within the tolerance', comparison.tolerated),
    ...changes('less than the baseline', comparison.improvements),
    ...cut(comparison.added.map((name) => `new: "${name}" is not in the baseline`)),
    ...cut(
      comparison.slower.map(
        ({ scenario, oldMs, newMs }) =>
          `slower on this machine (advice): ${scenario}, ${newMs} ms after ${oldMs} ms`,
      ),
    ),
    ...cut(result.notDone.map((what) => colors.yellow(`not done: ${what}`))),
    '',
    next,
  ];
  return `${lines.join('\n')}\n`;
}

const HEADLINES: Readonly<Record<GateVerdict, string>> = {
  held: 'the gate is passed',
  violated: 'the gate is closed: something is broken',
  regression: 'the gate is closed: a regression',
  incomplete: 'the gate did not finish within its budget',
  interrupted: 'the gate was interrupted',
};

function whatRan(result: GateResult): string[] {
  const { counters, mutants, corpus, campaign, comparison, durationMs } = result;
  const killed = mutants.filter(({ killed }) => killed).length;
  const unknowns = campaign.unknowns > 0 ? `, ${campaign.unknowns} not judged` : '';
  const same = comparison.regressions.length + comparison.improvements.length + comparison.tolerated.length;
  const compared = same === 0 ? 'all as in the baseline' : `all but ${same} figures as in the baseline`;
  const lines: Readonly<Record<GatePart, string>> = {
    counters: `${counters.length} scenarios, ${result.baseline === null ? 'not compared' : compared}`,
    mutants: `${killed} of ${mutants.length} killed`,
    corpus: `${corpus.filter(({ problem }) => problem === null).length} of ${corpus.length} as they should be`,
    campaign: `${campaign.runs} of ${campaign.planned} schedules, profile ${campaign.profile}, seed ${result.seed}${unknowns}`,
  };
  const width = 'campaign'.length + 3;
  return [
    ...result.only.map((part) => `${part.padEnd(width)}${lines[part]}`),
    `${' '.repeat(width)}${result.canister.file} on ${result.engine}, ${(durationMs / 1_000).toFixed(1)} s`,
  ];
}

/** One line for each thing that makes exit code 1. */
export function violations({ campaign, mutants, corpus }: GateResult): string[] {
  return cut([
    ...campaign.findings.map(({ rule, checker }) => `found: ${rule} (${checker})`),
    ...mutants
      .filter(({ killed }) => !killed)
      .map(({ name, runs }) => `mutant ${name} survived ${runs} schedules`),
    ...corpus.flatMap(({ file, problem }) => (problem === null ? [] : [`${file}: ${problem}`])),
  ]);
}

function changes(title: string, list: readonly Change[]): string[] {
  if (list.length === 0) return [];
  const rows = list
    .slice(0, ROWS_MAX)
    .map((each) => [`${each.scenario}/${each.counter}`, `${each.old}`, `${each.new}`, percentWords(each)]);
  const hidden = list.length - rows.length;
  return [
    '',
    ...renderTable([title, 'old', 'new', 'percent'], rows),
    ...(hidden > 0 ? [`… and ${hidden} more`] : []),
  ];
}

export function percentWords({ percent }: Pick<Change, 'percent'>): string {
  if (percent === null) return 'from 0';
  const digits = Math.abs(percent) < 0.01 ? 4 : 2;
  return `${percent > 0 ? '+' : ''}${percent.toFixed(digits)} %`;
}

function cut(lines: readonly string[]): string[] {
  const hidden = lines.length - ROWS_MAX;
  return hidden > 0 ? [...lines.slice(0, ROWS_MAX), `… and ${hidden} more`] : [...lines];
}

/** The last line. */
export function nextStep(result: GateResult, { baselinePath, savedAs }: NextOptions): string {
  const [finding] = result.campaign.findings;
  switch (verdictOf(result)) {
    case 'violated':
      if (finding?.file != null) return `Repeat it: upload-stress replay ${finding.file}`;
      return result.mutants.some(({ killed }) => !killed)
        ? 'Look closer: upload-stress mutants --profile quick --no-baseline'
        : `Repeat it: upload-stress replay ${result.corpus.find(({ problem }) => problem !== null)?.file}`;
    case 'regression':
      return `If it is meant: upload-stress gate --baseline ${baselinePath} --update, and let a reviewer read the diff.`;
    case 'interrupted':
    case 'incomplete':
      return 'Run it again, with a longer --budget or in parts with --shard.';
    case 'held':
      return result.comparison.improvements.length + result.comparison.added.length > 0
        ? `Keep it: upload-stress gate --baseline ${baselinePath} --update writes the new figures.`
        : `The result is in ${savedAs}.`;
  }
}

export interface NextOptions {
  readonly baselinePath: string;
  readonly savedAs: string;
}
