/** The findings of a store as text. */
import type { Sighting, StoredFinding } from '../../campaigns/store/rows.js';
import { describeCounterexample } from '../../harness/counterexamples/describe-schedule.js';
import { countOf } from '../../reports/text/format-units.js';
import { visibleLine } from '../../reports/text/visible-text.js';
import type { Colors } from '../terminal/terminal.js';

const COMMIT_CHARACTERS = 12;

export function renderFindings(
  findings: readonly StoredFinding[],
  { store, colors }: { readonly store: string; readonly colors: Colors },
): string {
  if (findings.length === 0) return `No findings in ${store}. "npx upload-stress run" records them.\n`;
  return findings.flatMap((finding) => [...headLines(finding, colors), '']).join('\n');
}

export function renderFinding(finding: StoredFinding, colors: Colors): string {
  const { counterexample, changed, status, reason } = finding;
  const { rule, checker, expected, seen, campaign, wasmSha256, context } = counterexample;
  return `${[
    ...headLines(finding, colors),
    ...(status === 'open' ? [] : [`  ${status} since ${sightingText(changed)}`]),
    ...(reason === null ? [] : [`  reason: ${visibleLine(reason)}`]),
    `  seed ${campaign.seed}, run ${campaign.runIndex}, profile ${campaign.profile}, module ${wasmSha256.slice(0, COMMIT_CHARACTERS)}`,
    '',
    visibleLine(`${rule} (${checker})`),
    ...[...describeCounterexample(counterexample), ...(context?.epilogue ?? [])].map(
      (step) => `  ${visibleLine(step)}`,
    ),
    `  expected: ${visibleLine(expected)}`,
    `  seen:     ${visibleLine(seen)}`,
    '',
    `To replay it: npx upload-stress findings save ${finding.id} FOLDER, then npx upload-stress replay FILE`,
  ].join('\n')}\n`;
}

function headLines(finding: StoredFinding, colors: Colors): string[] {
  const { id, status, severity, fingerprint, subject, first, last, sightings, laterCampaigns } = finding;
  const paint = { open: colors.red, fixed: colors.green, accepted: colors.yellow }[status];
  const since = laterCampaigns === 0 ? '' : `, not seen by ${countOf(laterCampaigns, 'later campaign')}`;
  return [
    `${paint(`#${id} ${status}`)}  ${visibleLine(severity)}`,
    `  ${visibleLine(fingerprint)}`,
    `  ${visibleLine(subject)}`,
    `  first ${sightingText(first)}, last ${sightingText(last)}, seen by ${countOf(sightings, 'campaign')}${since}`,
  ];
}

/** `2026-11-28 20:41 a1b2c3d4e5f6` */
function sightingText({ at, commit }: Sighting): string {
  const time = at.slice(0, 16).replace('T', ' ');
  if (commit === null) return `${time} (commit unknown)`;
  const short = `${commit.replace(/\+$/, '').slice(0, COMMIT_CHARACTERS)}${commit.endsWith('+') ? '+' : ''}`;
  return `${time} ${visibleLine(short)}`;
}
