/** The page shows the findings of the recorded campaigns. */
import { describe, expect, it } from 'vitest';
import type { FindingsTrend } from '../documents/finding-trend.js';
import { sampleReport } from '../testing/sample-report.js';
import { renderPage } from './page.js';

const FINDING: FindingsTrend['findings'][number] = {
  id: 7,
  fingerprint: 'fact/no-trap: put answers <b>reject</b> instead of an answer',
  severity: 'wrong answer',
  status: 'open',
  first: { at: '2026-01-02T03:04:05.000Z', commit: '0123456789abcdef' },
  last: { at: '2026-02-03T04:05:06.000Z', commit: 'fedcba9876543210+' },
  sightings: 5,
  laterCampaigns: 2,
};

function campaign(day: number, findings: number): FindingsTrend['campaigns'][number] {
  return {
    startedAt: `2026-01-0${day}T03:04:05.000Z`,
    commit: null,
    verdict: 'invalid',
    runs: 100,
    findings,
  };
}

function pageOf(trend: FindingsTrend | null): string {
  return renderPage({ run: sampleReport({ trend }) });
}

describe('the section about findings over time', () => {
  it('shows the status of each finding and the commits that saw it first and last', () => {
    const page = pageOf({
      subject: 'mine.wasm',
      campaigns: [campaign(1, 2), campaign(2, 1)],
      findings: [FINDING, { ...FINDING, id: 8, status: 'fixed' }],
    });
    expect(page).toContain('2 recorded campaigns of mine.wasm: 1 open, 1 fixed, and 0 accepted findings.');
    expect(page).toContain('<code>0123456789ab</code>');
    expect(page).toContain('<code>fedcba987654+</code>');
    expect(page).toContain('put answers &lt;b&gt;reject&lt;/b&gt; instead');
    expect(page).toContain('Findings of each campaign: 2, 1');
    expect(page).toContain('<a href="#findings-trend">Findings over time</a>');
  });

  it('is omitted without a record, and after a first campaign that found nothing', () => {
    expect(pageOf(null)).not.toContain('Findings over time');
    expect(pageOf({ subject: 'mine.wasm', campaigns: [campaign(1, 0)], findings: [] })).not.toContain(
      'Findings over time',
    );
  });
});
