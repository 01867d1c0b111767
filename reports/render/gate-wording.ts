/** The result of a gate in words, shared by the terminal, the page, Markdown, and annotations. */
import {
  gateVerdictOf,
  type Change,
  type GatePart,
  type GateReport,
  type GateVerdict,
} from '../documents/gate-report.js';
import { countOf, formatNumber } from '../text/format-units.js';
import { shareText } from './coverage-wording.js';
import { scoreText } from './mutation-wording.js';

const HEADLINES: Readonly<Record<GateVerdict, string>> = {
  held: 'gate passed',
  violated: 'gate failed: a test failed',
  regression: 'gate failed: a counter regressed',
  untested: 'gate failed: too little was tested',
  incomplete: 'gate incomplete: the budget ran out',
  interrupted: 'gate interrupted',
};

export function gateHeadline(report: GateReport): string {
  const { index, count } = report.shard;
  return `${HEADLINES[gateVerdictOf(report)]}${count === 1 ? '' : ` (shard ${index} of ${count})`}`;
}

/** One line for each failure that ends the command with exit code 1. */
export function describeViolations({ campaign, mutants, corpus }: GateReport): string[] {
  return [
    ...campaign.findings.map(({ rule, checker }) => `rule violated: ${rule} (${checker})`),
    ...mutants
      .filter(({ killed }) => !killed)
      .map(({ name, runs }) => `mutant ${name} survived ${countOf(runs, 'schedule')}`),
    ...corpus.flatMap(({ file, problem }) => (problem === null ? [] : [`${file}: ${problem}`])),
  ];
}

/** One line for each requirement on how much is tested that is not met. */
export function describeUntested({ campaign, coverage, score }: GateReport): string[] {
  return [
    ...campaign.neverSucceeded.map((operation) => `never succeeded: ${operation}`),
    ...(coverage?.problems ?? []),
    ...(score?.problems ?? []),
  ];
}

/** `+10.00 %`; `from 0` if the old value is 0. */
export function formatPercentChange({ percent }: Pick<Change, 'percent'>): string {
  if (percent === null) return 'from 0';
  const digits = percent !== 0 && Math.abs(percent) < 0.01 ? 4 : 2;
  return `${percent > 0 ? '+' : ''}${percent.toFixed(digits)} %`;
}

export function describeChange(change: Change): string {
  return `${change.scenario}/${change.counter}: ${change.old} → ${change.new} (${formatPercentChange(change)})`;
}

/** What each part of the gate did, in one line. */
export function describeParts(report: GateReport): Readonly<Record<GatePart, string>> {
  const { counters, mutants, corpus, campaign, seed } = report;
  const { neverSucceeded } = campaign;
  const untested = neverSucceeded.length > 0 ? `, never succeeded: ${neverSucceeded.join(', ')}` : '';
  const unknowns = campaign.unknowns > 0 ? `, ${formatNumber(campaign.unknowns)} without a verdict` : '';
  return {
    counters: `${countOf(counters.length, 'scenario')}, ${describeComparison(report)}`,
    mutants: `${mutants.filter(({ killed }) => killed).length} of ${mutants.length} killed`,
    corpus: `${corpus.filter(({ problem }) => problem === null).length} of ${corpus.length} passed`,
    campaign: `${formatNumber(campaign.runs)} of ${countOf(campaign.planned, 'schedule')}, profile ${campaign.profile}, seed ${seed}${unknowns}${untested}`,
    coverage: describeCoverage(report),
    score: describeScore(report),
  };
}

function describeCoverage({ coverage }: GateReport): string {
  if (coverage === null) return 'not measured';
  const { reached, total, minPercent, baseline } = coverage;
  const required = minPercent === null ? '' : `, ${minPercent} % required`;
  const compared = baseline === null ? '' : `, compared with ${baseline}`;
  return `basic blocks ${shareText({ reached, total })}${required}${compared}`;
}

function describeScore({ score: part }: GateReport): string {
  if (part === null) return 'not determined';
  const { file, score, mutants, minScore, baseline } = part;
  const source = file === null ? '' : ` in ${file}`;
  const required = minScore === null ? '' : `, ${minScore} % required`;
  const compared = baseline === null ? '' : `, compared with ${baseline}`;
  return `${scoreText(score)} of ${countOf(mutants, 'mutant')}${source}${required}${compared}`;
}

function describeComparison({ comparison, baseline }: GateReport): string {
  if (baseline === null) return 'not compared';
  const { regressions, improvements, tolerated } = comparison;
  const changed = regressions.length + improvements.length + tolerated.length;
  return changed === 0
    ? 'all counters equal the baseline'
    : `${countOf(changed, 'counter')} ${changed === 1 ? 'differs' : 'differ'} from the baseline`;
}

/** The row of a changed counter: its name, the old value, the new value, and the change in percent. */
export function changeCells(change: Change): string[] {
  return [
    `${change.scenario}/${change.counter}`,
    `${change.old}`,
    `${change.new}`,
    formatPercentChange(change),
  ];
}

export const UNTESTED_TITLE = 'Too little was tested';

/** The sections that list differences from the baseline, with their titles. */
export const COMPARISON_TITLES = {
  regressions: 'Above the baseline',
  gone: 'Missing: in the baseline, but not measured',
  tolerated: 'Above the baseline, within the tolerance',
  improvements: 'Below the baseline',
  added: 'New: not in the baseline',
  slower: 'Slower on this machine (informational)',
} as const;

export function describeSlower({
  scenario,
  oldMs,
  newMs,
}: GateReport['comparison']['slower'][number]): string {
  return `${scenario}: ${newMs} ms, before ${oldMs} ms`;
}
