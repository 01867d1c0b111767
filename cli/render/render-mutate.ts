/** The result of `mutate` on one terminal screen. */
import { join } from 'node:path';
import type { MutationReport } from '../../reports/documents/mutation-report.js';
import {
  mutationHeadline,
  mutationTried,
  scoreText,
  statesText,
  survivors,
} from '../../reports/render/mutation-wording.js';
import { formatNumber, formatSeconds } from '../../reports/text/format-units.js';
import { visibleLine } from '../../reports/text/visible-text.js';
import type { Colors } from '../terminal/terminal.js';

const SURVIVORS_SHOWN_MAX = 20;

/** @param folder of the reports, as the user would type it; undefined if none was written */
export function renderMutate(report: MutationReport, colors: Colors, folder: string | undefined): string {
  const survived = survivors(report);
  const shown = survived.slice(0, SURVIVORS_SHOWN_MAX);
  const hidden = survived.length - shown.length;
  const lines = [
    colors.bold(mutationHeadline(report)),
    `${mutationTried(report)} (${formatSeconds(report.durationMs)})`,
    statesText(report.states),
    ...(shown.length === 0 ? [] : ['', colors.red('survived, although something observable differs:')]),
    ...shown.map(
      ({ function: name, change, location, runs }) =>
        `  ${visibleLine(name)}${location === null ? '' : ` at ${visibleLine(location)}`}: ${visibleLine(change)} (${formatNumber(runs)} schedules)`,
    ),
    ...(hidden > 0 ? [`  … and ${formatNumber(hidden)} more in mutation.json`] : []),
    ...weakest(report),
    '',
    folder === undefined ? 'No report was written.' : `Report: ${join(folder, 'index.html')}`,
  ];
  return `${lines.join('\n')}\n`;
}

const FUNCTIONS_SHOWN_MAX = 5;

function weakest({ functions }: MutationReport): readonly string[] {
  const weak = functions.filter(({ states }) => states.Survived > 0).slice(0, FUNCTIONS_SHOWN_MAX);
  if (weak.length === 0) return [];
  return [
    '',
    'functions with most survivors:',
    ...weak.map(
      ({ name, score, states }) => `  ${visibleLine(name)}: ${scoreText(score)} (${statesText(states)})`,
    ),
  ];
}
