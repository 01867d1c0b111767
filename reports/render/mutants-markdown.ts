/** The kill matrix as a Markdown page. */
import { inlineCode, markdownTable } from './run-markdown.js';
import type { MutantsReport } from '../documents/mutants-report.js';

export function mutantsHeadline({ totals, interrupted }: MutantsReport): string {
  if (totals.mutants === 0) return 'interrupted before a mutant was done';
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
    `Profile ${inlineCode(profile)}, ${seeds.length} ${seeds.length === 1 ? 'seed' : 'seeds'}, wasm ${inlineCode(wasm.sha256.slice(0, 12))}.` +
      (totals.exampleSuiteKilled === null
        ? ''
        : ` The example-based suite kills ${totals.exampleSuiteKilled}.`),
    '',
    ...markdownTable(
      ['mutant', 'verdict', 'seeds', 'checker', 'runs', 'operations', 'switches', 'examples'],
      rows,
    ),
  ];
  return `${lines.join('\n')}\n`;
}
