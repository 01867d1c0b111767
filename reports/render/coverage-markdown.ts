/** Coverage as Markdown. */
import type { CoverageReport, CoveredModule } from '../documents/coverage-report.js';
import { countOf, formatNumber } from '../text/format-units.js';
import {
  coverageHeadline,
  functionName,
  methodText,
  REASON_TEXT,
  reasonCounts,
  shareText,
  unprovoked,
} from './coverage-wording.js';
import { inlineCode, markdownTable } from './markdown.js';

const FUNCTIONS_MAX = 20;

export function renderCoverageMarkdown(report: CoverageReport): string {
  const { target, runs, seed, profile, modules } = report;
  const lines = [
    `# Upload stress: ${coverageHeadline(report)}`,
    '',
    `${formatNumber(runs)} schedules, target ${inlineCode(target)}, profile ${inlineCode(profile)}, seed ${seed}.`,
    '',
    ...markdownTable(
      ['module', 'functions', 'basic blocks', 'branches'],
      modules.map(({ name, functions, blocks, branches }) => [
        name,
        shareText(functions),
        shareText(blocks),
        shareText(branches),
      ]),
    ),
    ...modules.flatMap(moduleLines),
  ];
  return `${lines.join('\n')}\n`;
}

function moduleLines(module: CoveredModule): readonly string[] {
  const functions = unprovoked(module).slice(0, FUNCTIONS_MAX);
  return [
    '',
    `## ${inlineCode(module.name)}`,
    '',
    module.notCalled.length === 0
      ? 'Every method and system entry point ran.'
      : `Never ran: ${module.notCalled.map((name) => inlineCode(methodText(name))).join(', ')}.`,
    ...reasonCounts(module).map(
      ([reason, count], index) =>
        `${index === 0 ? '\n' : ''}- not reached: ${countOf(count, 'function')} ${REASON_TEXT[reason]}`,
    ),
    ...(functions.length === 0
      ? []
      : [
          '',
          ...markdownTable(
            ['function behind a condition that never held', 'basic blocks'],
            functions.map((each) => [functionName(each), formatNumber(each.blocks.total)]),
          ),
        ]),
  ];
}
