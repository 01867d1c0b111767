/** A gate's result in words, for the terminal, the page and a CI service alike. */
import { gateVerdictOf, type Change, type GateReport, type GateVerdict } from '../documents/gate-report.js';

const HEADLINES: Readonly<Record<GateVerdict, string>> = {
  held: 'the gate is passed',
  violated: 'the gate is closed: something is broken',
  regression: 'the gate is closed: a regression',
  incomplete: 'the gate did not finish within its budget',
  interrupted: 'the gate was interrupted',
};

export function gateHeadline(report: GateReport): string {
  const { index, count } = report.shard;
  return `${HEADLINES[gateVerdictOf(report)]}${count === 1 ? '' : ` (part ${index} of ${count})`}`;
}

/** One line for each thing that makes exit code 1. */
export function describeViolations({ campaign, mutants, corpus }: GateReport): string[] {
  return [
    ...campaign.findings.map(({ rule, checker }) => `found: ${rule} (${checker})`),
    ...mutants
      .filter(({ killed }) => !killed)
      .map(({ name, runs }) => `mutant ${name} survived ${runs} schedules`),
    ...corpus.flatMap(({ file, problem }) => (problem === null ? [] : [`${file}: ${problem}`])),
  ];
}

export function formatPercentChange({ percent }: Pick<Change, 'percent'>): string {
  if (percent === null) return 'from 0';
  const digits = percent !== 0 && Math.abs(percent) < 0.01 ? 4 : 2;
  return `${percent > 0 ? '+' : ''}${percent.toFixed(digits)} %`;
}

export function describeChange(change: Change): string {
  return `${change.scenario}/${change.counter}: ${change.old} → ${change.new} (${formatPercentChange(change)})`;
}

/** What each part did, in a line. */
export function describeParts({
  counters,
  mutants,
  corpus,
  campaign,
  comparison,
  baseline,
  seed,
}: GateReport) {
  const killed = mutants.filter((mutant) => mutant.killed).length;
  const unknowns = campaign.unknowns > 0 ? `, ${campaign.unknowns} not judged` : '';
  const changed =
    comparison.regressions.length + comparison.improvements.length + comparison.tolerated.length;
  const compared =
    changed === 0
      ? 'all as in the baseline'
      : `all but ${changed} ${changed === 1 ? 'figure' : 'figures'} as in the baseline`;
  return {
    counters: `${counters.length} scenarios, ${baseline === null ? 'not compared' : compared}`,
    mutants: `${killed} of ${mutants.length} killed`,
    corpus: `${corpus.filter(({ problem }) => problem === null).length} of ${corpus.length} as they should be`,
    campaign: `${campaign.runs} of ${campaign.planned} schedules, profile ${campaign.profile}, seed ${seed}${unknowns}`,
  };
}
