/** What is wrong, as annotations of GitHub Actions: they appear beside the change that is reviewed. */
import type { GateResult } from './result.js';
import { percentWords, violations } from './render.js';

/** Workflow commands, one a line (docs.github.com, "Workflow commands for GitHub Actions"). */
export function annotationsOf(result: GateResult, baselinePath: string): string[] {
  const { regressions, gone, improvements } = result.comparison;
  return [
    ...violations(result).map((text) => command('error', 'upload-stress: broken', text)),
    ...regressions.map((change) =>
      command(
        'error',
        'upload-stress: regression',
        `${change.scenario}/${change.counter}: ${change.old} → ${change.new} (${percentWords(change)})`,
        baselinePath,
      ),
    ),
    ...gone.map((name) =>
      command('error', 'upload-stress: gone', `"${name}" is not measured any more`, baselinePath),
    ),
    ...(improvements.length > 0
      ? [
          command(
            'notice',
            'upload-stress: better',
            `${improvements.length} counters are below the baseline: update it`,
            baselinePath,
          ),
        ]
      : []),
  ];
}

function command(level: 'error' | 'notice', title: string, text: string, file?: string): string {
  const where = file === undefined ? '' : `,file=${escapeProperty(file)}`;
  return `::${level} title=${escapeProperty(title)}${where}::${escapeData(text)}`;
}

const escapeData = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const escapeProperty = (text: string): string =>
  escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
