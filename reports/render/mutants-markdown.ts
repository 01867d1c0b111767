/** The kill matrix as Markdown. */
import type { MutantsReport } from '../documents/mutants-report.js';
import { countOf } from '../text/format-units.js';
import { inlineCode, markdownTable } from './markdown.js';

export function mutantsHeadline({ totals, interrupted }: MutantsReport): string {
  if (totals.mutants === 0) return `no mutant was tried${interrupted ? ' (interrupted)' : ''}`;
  return `${totals.killed} of ${totals.mutants} mutants killed by every seed${interrupted ? ' (interrupted)' : ''}`;
}

export function renderMutantsMarkdown(report: MutantsReport): string {
  const figure = (value: number | null) => (value === null ? '-' : String(value));
  const { mutants, profile, seeds, wasm, totals } = report;
  const rows = mutants.map((mutant) => [
    mutant.name,
    mutant.verdict,
    `${mutant.seedsKilled}/${mutant.seeds}`,
    mutant.checker ?? '-',
    `${mutant.runs}`,
    figure(mutant.operations),
    figure(mutant.contextSwitches),
    mutant.exampleSuite === null ? '-' : mutant.exampleSuite.verdict,
  ]);
  const lines = [
    `# Upload stress: ${mutantsHeadline(report)}`,
    '',
    `Profile ${inlineCode(profile)}, ${countOf(seeds.length, 'seed')}, wasm ${inlineCode(wasm.sha256.slice(0, 12))}.` +
      (totals.exampleSuiteKilled === null
        ? ''
        : ` The example-based suite kills ${totals.exampleSuiteKilled} of ${totals.mutants}.`),
    '',
    ...markdownTable(
      ['mutant', 'verdict', 'seeds', 'checker', 'schedules', 'operations', 'switches', 'examples'],
      rows,
    ),
  ];
  return `${lines.join('\n')}\n`;
}
