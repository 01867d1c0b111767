/** The result of `explore` as Markdown, and its sentences about coverage. */
import type { ExploredFinding, ExploreReport } from '../documents/explore-report.js';
import { countOf, formatNumber } from '../text/format-units.js';
import { inlineCode, markdownTable } from './markdown.js';
import { CONFIRMED } from './run-wording.js';

/** What was covered, in one sentence without a period. */
export function exploreTried(report: ExploreReport): string {
  const { complete, orders, states, messages, boundedBy, givenUp, executed, workloads } = report;
  const several = workloads.length > 1 ? ` of ${countOf(workloads.length, 'workload')}` : '';
  const length =
    workloads.length > 1 ? `at most ${countOf(messages, 'message')}` : countOf(messages, 'message');
  const distinct = states === null ? '' : `, ${countOf(states, 'distinct state')}`;
  const run = executed === orders ? '' : `, ${formatNumber(executed)} of them run to the end`;
  const cut = givenUp === 0 ? '' : `, ${countOf(givenUp, 'order')} given up`;
  if (complete) return `complete: all ${countOf(orders, 'order')} of ${length}${several}${run}${distinct}`;
  const covered = `${countOf(orders, 'order')} of ${length}${several}${run}${distinct}${cut}`;
  return `incomplete: ${covered}, bounded by ${boundedBy ?? 'nothing'}`;
}

export function exploreHeadline({ findings, verdict, complete, orders, interrupted }: ExploreReport): string {
  const end = interrupted ? ' (interrupted)' : '';
  if (findings.length > 0)
    return `${countOf(findings.length, 'finding')} in ${countOf(orders, 'order')}${end}`;
  if (verdict === 'invalid') return `a rule is broken in some of ${countOf(orders, 'order')}${end}`;
  if (orders === 0) return `no order was run${end}`;
  if (verdict === 'unknown') return `some orders could not be judged${end}`;
  return complete
    ? `no violation in any order${end}`
    : `no violation in ${countOf(orders, 'order')}, which are not all${end}`;
}

export function renderExploreMarkdown(report: ExploreReport): string {
  const { wasm, target, workload, strategy, findings, workloads } = report;
  const lines = [
    `# Upload stress: ${exploreHeadline(report)}`,
    '',
    `${exploreTried(report)}.`,
    '',
    `Target ${inlineCode(target)}, wasm ${inlineCode(wasm.sha256.slice(0, 12))}, workload ${inlineCode(workload)}, strategy ${inlineCode(strategy)}.`,
    ...findings.flatMap((finding, index) => ['', ...findingLines(finding, index)]),
    '',
    ...markdownTable(
      ['workload', 'orders', 'distinct states', 'messages', 'complete', 'failing orders'],
      workloads.map((one) => [
        one.name,
        formatNumber(one.orders),
        one.states === null ? '' : formatNumber(one.states),
        formatNumber(one.messages),
        one.complete ? 'yes' : 'no',
        formatNumber(one.failing),
      ]),
    ),
  ];
  return `${lines.join('\n')}\n`;
}

function findingLines({ rule, expected, seen, steps, choice }: ExploredFinding, index: number): string[] {
  return [
    `## Finding ${index + 1}: ${rule}`,
    '',
    `Expected: ${expected}`,
    '',
    `Seen: ${seen}`,
    '',
    ...steps.map((step) => `    ${step}`),
    ...(choice === null ? [] : ['', choiceSentence(choice)]),
  ];
}

/** The choice that makes the difference, in one sentence. */
export function choiceSentence({ before, failing, passing }: NonNullable<ExploredFinding['choice']>): string {
  const [chosen = 'the end', instead = 'the end'] = [failing[0], passing[0]];
  const after = before.length === 0 ? 'At the start' : `After ${countOf(before.length, 'step')}`;
  return `${after}, the order fails with "${chosen}" and passes with "${instead}".`;
}

/** How a finding behaves on the replica that repeated it. PocketIC chooses the order of the messages within a round. */
export const CONFIRMED_ORDER: Readonly<Record<NonNullable<ExploredFinding['confirmed']>, string>> = {
  ...CONFIRMED,
  'not-reproduced': 'does not fail: the server chooses the order of messages, and did not choose this one',
};
