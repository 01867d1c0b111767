/** Campaigns on several machines, as text. */
import type { ListedCampaign } from '../../campaigns/cluster/campaign-server.js';
import type { CampaignStatus } from '../../campaigns/cluster/status.js';
import type { WorkEvent } from '../../campaigns/cluster/work.js';
import { countOf, formatNumber } from '../../reports/text/format-units.js';
import { visibleLine } from '../../reports/text/visible-text.js';
import type { Colors } from '../terminal/terminal.js';

export function renderCampaigns(campaigns: readonly ListedCampaign[]): string {
  if (campaigns.length === 0)
    return 'The server has no campaigns. "npx upload-stress campaign start" starts one.\n';
  return campaigns
    .map(({ id, startedMs }) => `${id}  ${timeText(new Date(startedMs).toISOString())}\n`)
    .join('');
}

export function renderStatus(status: CampaignStatus, colors: Colors): string {
  const { state, problem, runs, ranges, rangesDone, runsMerged, jobs, workers, findings } = status;
  const threads = workers.reduce((sum, each) => sum + each.threads, 0);
  const paint = { complete: colors.green, running: colors.cyan, waiting: colors.yellow, failed: colors.red }[
    state
  ];
  const lines = [
    `${paint(state)}: ${formatNumber(rangesDone)} of ${countOf(ranges, 'range')} executed, ${formatNumber(runsMerged)} of ${countOf(runs, 'schedule')} merged`,
    `${visibleLine(status.subject)}, profile ${status.profile}, seed ${status.seed}, commit ${visibleLine(status.commit?.slice(0, 13) ?? 'unknown')}, started ${timeText(status.startedAt)}`,
    `jobs: ${formatNumber(jobs.waiting)} waiting, ${formatNumber(jobs.active)} active, ${formatNumber(jobs.failed)} failed`,
    `${countOf(workers.length, 'worker')} with ${countOf(threads, 'thread')}`,
    ...(problem === null
      ? []
      : [colors.red(visibleLine(problem)), 'To try again: start the same campaign again.']),
    ...findings.map(
      ({ fingerprint, severity, steps, isMinimal }) =>
        `${colors.red(visibleLine(severity))}: ${visibleLine(fingerprint)} (${countOf(steps, 'step')}${isMinimal ? '' : ', not shrunk yet'})`,
    ),
  ];
  return `${lines.join('\n')}\n`;
}

export function workLine({
  ranges,
  runs,
  shrunk,
}: Extract<WorkEvent, { readonly type: 'executed' }>): string {
  return `executed ${countOf(runs, 'schedule')} in ${countOf(ranges, 'job')}, shrunk ${countOf(shrunk, 'failure')}`;
}

/** `2026-11-28 20:41 UTC` */
function timeText(iso: string): string {
  return `${iso.slice(0, 16).replace('T', ' ')} UTC`;
}
