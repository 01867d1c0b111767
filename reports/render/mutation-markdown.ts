/** The results of `mutate` as Markdown. */
import type { MutationReport } from '../documents/mutation-report.js';
import { inlineCode, markdownTable } from './markdown.js';
import { mutationHeadline, mutationTried, scoreText, statesText, survivors } from './mutation-wording.js';

const SURVIVORS_MAX = 30;
const FUNCTIONS_MAX = 20;

export function renderMutationMarkdown(report: MutationReport): string {
  const { wasm, target, seed, profile, states, functions } = report;
  const shown = survivors(report).slice(0, SURVIVORS_MAX);
  const lines = [
    `# Upload stress: ${mutationHeadline(report)}`,
    '',
    `${mutationTried(report)}: ${statesText(states)}.`,
    '',
    `Wasm ${inlineCode(wasm.sha256.slice(0, 12))}, target ${inlineCode(target)}, profile ${inlineCode(profile)}, seed ${seed}.`,
    ...(shown.length === 0
      ? []
      : [
          '',
          ...markdownTable(
            ['survivor in', 'change', 'schedules'],
            shown.map(({ function: name, change, offset, runs }) => [
              name,
              `${change} (offset ${offset})`,
              `${runs}`,
            ]),
          ),
        ]),
    '',
    ...markdownTable(
      ['function', 'score', 'mutants'],
      functions
        .slice(0, FUNCTIONS_MAX)
        .map(({ name, score, states: own }) => [name, scoreText(score), statesText(own)]),
    ),
  ];
  return `${lines.join('\n')}\n`;
}
