/** Section about the recorded campaigns of the same subject: the number of findings of each, and when each finding was seen. */
import type { FindingsTrend } from '../documents/finding-trend.js';
import type { RunReport } from '../documents/run-report.js';
import { countOf, formatNumber } from '../text/format-units.js';
import { clip } from '../text/visible-text.js';
import { categoryPlot, LINE_STYLES } from './axis-plots.js';
import { collapsible, figureTable } from './figures.js';
import { html, type Html } from './html.js';
import { formatTime } from './overview.js';

const COMMIT_CHARACTERS = 12;

/** `undefined` if the run is not recorded, or if it is the first one and found nothing. */
export function findingsTrendSection({ trend }: RunReport): Html | undefined {
  if (trend === null || (trend.campaigns.length < 2 && trend.findings.length === 0)) return undefined;
  const count = (status: string) => trend.findings.filter((finding) => finding.status === status).length;
  return html`<section aria-labelledby="findings-trend">
    <h2 id="findings-trend">Findings over time</h2>
    <p class="meta">
      ${`${countOf(trend.campaigns.length, 'recorded campaign')} of ${clip(trend.subject, 200)}: ${count('open')} open, ${count('fixed')} fixed, and ${count('accepted')} accepted findings.`}
      <code>npx upload-stress findings</code> lists and marks them.
    </p>
    ${trend.campaigns.length < 2 ? '' : campaignsPlot(trend)}
    ${trend.findings.length === 0 ? '' : findingsTable(trend)}
    ${collapsible('Recorded campaigns', campaignsTable(trend))}
  </section>`;
}

function campaignsPlot({ campaigns }: FindingsTrend): Html {
  const values = campaigns.map(({ findings }) => findings);
  const names = campaigns.map(({ startedAt }) => startedAt.slice(5, 16).replace('T', ' '));
  const label = `Findings of each campaign: ${values.join(', ')}`;
  return html`<figure class="alone">
    <figcaption>Findings per campaign<span class="range">without accepted ones</span></figcaption>
    ${categoryPlot({
      id: 'plot-findings-trend',
      label: clip(label, 1_500),
      categories: names,
      lines: [{ look: LINE_STYLES[0], values }],
      unit: '',
      range: [0, Math.max(2, 2 * Math.ceil(Math.max(...values) / 2))],
    })}
  </figure>`;
}

function findingsTable({ findings }: FindingsTrend): Html {
  return figureTable({
    caption: 'Findings, last seen first',
    header: ['finding', 'status', 'severity', 'first seen', 'last seen', 'seen by', 'not seen by later'],
    rows: findings.map(({ id, fingerprint, status, severity, first, last, sightings, laterCampaigns }) => [
      html`${`#${id} `}<code>${clip(fingerprint, 400)}</code>`,
      status,
      clip(severity, 80),
      sightingCell(first),
      sightingCell(last),
      formatNumber(sightings),
      formatNumber(laterCampaigns),
    ]),
  });
}

function campaignsTable({ campaigns }: FindingsTrend): Html {
  return figureTable({
    caption: 'Campaigns, oldest first',
    header: ['started', 'commit', 'verdict', 'schedules', 'findings'],
    rows: campaigns.map(({ startedAt, commit, verdict, runs, findings }) => [
      formatTime(startedAt),
      commitText(commit),
      verdict,
      formatNumber(runs),
      formatNumber(findings),
    ]),
  });
}

type Sighting = FindingsTrend['findings'][number]['first'];

function sightingCell({ at, commit }: Sighting): Html {
  return html`${clip(at.slice(0, 10), 10)} ${commitText(commit)}`;
}

function commitText(commit: string | null): Html {
  if (commit === null) return html`<code>–</code>`;
  const changed = commit.endsWith('+') ? '+' : '';
  return html`<code>${clip(commit.replace(/\+$/, '').slice(0, COMMIT_CHARACTERS), 20)}${changed}</code>`;
}
