/** The head of the page: one verdict for all that the folder holds, and what each command says. */
import { benchHeadline, scalingHeadline } from '../render/bench-markdown.js';
import {
  DOCUMENT_KIND_INFO,
  type DocumentKind,
  type Documents,
  type ReportDocument,
} from '../documents/documents.js';
import { gateVerdictOf } from '../documents/gate-report.js';
import { gateHeadline } from '../render/gate-wording.js';
import { runHeadline } from '../render/run-markdown.js';
import { mutantsHeadline } from '../render/mutants-markdown.js';
import { formatBytes } from '../text/format-units.js';
import { passedRows } from '../render/sweep-wording.js';
import { clip } from '../text/visible-text.js';
import { html, type Html } from './html.js';

type Tone = 'valid' | 'invalid' | 'unknown' | 'measured';

export interface Headline {
  readonly kind: DocumentKind;
  readonly tone: Tone;
  readonly words: string;
  readonly lead: string;
  readonly figures: readonly (readonly [name: string, value: string])[];
  readonly startedAt: string;
  /** Where on the page it begins. */
  readonly anchor: string;
}

const ICONS: Readonly<Record<Tone, string>> = { valid: '✓', invalid: '✕', unknown: '?', measured: '≈' };
/** What a reader has to know first comes first. */
const URGENCY: readonly Tone[] = ['invalid', 'unknown', 'valid', 'measured'];

export function headlineOf(document: ReportDocument): Headline {
  const { kind, startedAt } = document;
  switch (document.kind) {
    case 'run': {
      const { verdict, wasm, replicas, profile } = document;
      const operations = Object.values(document.operations).reduce((sum, count) => sum + count, 0);
      const fault = wasm.fault === null ? '' : ` with the seeded fault ${clip(wasm.fault, 100)}`;
      const on = replicas.map(({ name, version }) => `${clip(name, 60)} ${clip(version, 60)}`).join(' and ');
      return {
        ...{ kind, startedAt, tone: verdict, words: runHeadline(document), anchor: 'this-run' },
        lead: `${clip(wasm.file, 200)}${fault}, on ${on}, profile ${clip(profile, 60)}.`,
        figures: [
          ['schedules', document.runs.toLocaleString('en')],
          ['operations', operations.toLocaleString('en')],
          [
            'schedules a second',
            document.schedulesPerSecond.toFixed(document.schedulesPerSecond < 10 ? 1 : 0),
          ],
          ['seed', String(document.seed)],
        ],
      };
    }
    case 'mutants': {
      const { totals, wasm, profile } = document;
      const tone = totals.survived > 0 ? 'invalid' : document.interrupted ? 'unknown' : 'valid';
      return {
        ...{ kind, startedAt, tone, words: mutantsHeadline(document), anchor: 'mutants' },
        lead: `Seeded faults of ${clip(wasm.file, 200)}, profile ${clip(profile, 60)}.`,
        figures: [
          ['mutants', `${totals.mutants}`],
          ['survived', `${totals.survived}`],
          ['campaigns', `${totals.campaigns}`],
          ['schedules, median', totals.runs === null ? '–' : totals.runs.toLocaleString('en')],
        ],
      };
    }
    case 'gate': {
      const verdict = gateVerdictOf(document);
      const tones = { held: 'valid', violated: 'invalid', regression: 'invalid' } as const;
      const tone = verdict in tones ? tones[verdict as keyof typeof tones] : 'unknown';
      const { comparison, canister, engine, counters, mutants, campaign } = document;
      return {
        ...{ kind, startedAt, tone, words: gateHeadline(document), anchor: 'gate' },
        lead: `${clip(canister.file, 200)} on ${clip(engine, 60)}${document.baseline === null ? '' : `, against ${clip(document.baseline.file, 200)}`}.`,
        figures: [
          ['scenarios counted', `${counters.length}`],
          ['regressions', `${comparison.regressions.length + comparison.gone.length}`],
          ['mutants killed', `${mutants.filter(({ killed }) => killed).length} of ${mutants.length}`],
          ['schedules', campaign.runs.toLocaleString('en')],
        ],
      };
    }
    case 'bench': {
      const { chunkSizes, wasm } = document;
      const best = passedRows(chunkSizes).find(({ chunkSize }) => chunkSize === chunkSizes.best);
      return {
        ...{ kind, startedAt, tone: 'measured', words: benchHeadline(document), anchor: 'chunk-sizes' },
        lead: `${formatBytes(chunkSizes.fileSize)} to ${clip(wasm.file, 200)} on ${clip(chunkSizes.replica.name, 60)} ${clip(chunkSizes.replica.version, 60)}.`,
        figures:
          best === undefined
            ? []
            : [
                ['on a network', `${best.network[0]!.seconds} s`],
                ['calls', `${best.counters.calls}`],
                ['knee', chunkSizes.knee === null ? '–' : formatBytes(chunkSizes.knee)],
              ],
      };
    }
    case 'scaling': {
      const { speed, wasm } = document;
      return {
        ...{ kind, startedAt, tone: 'measured', words: scalingHeadline(document), anchor: 'growth' },
        lead: `${clip(wasm.file, 200)}, by size.`,
        figures: speed
          .slice(0, 1)
          .map(({ perSecond }) => ['schedules a second', perSecond.toFixed(0)] as const),
      };
    }
  }
}

/** The most urgent first; of equals in the order of the page. */
export function headlinesOf(documents: Documents): readonly Headline[] {
  const kinds = Object.keys(DOCUMENT_KIND_INFO) as readonly DocumentKind[];
  return kinds
    .flatMap((kind) => documents[kind] ?? [])
    .map(headlineOf)
    .toSorted((a, b) => URGENCY.indexOf(a.tone) - URGENCY.indexOf(b.tone));
}

export function pageHeader(headlines: readonly Headline[]): Html {
  const [{ tone, words, lead, figures }, ...others] = headlines as [Headline, ...Headline[]];
  return html`<header class="hero ${tone}">
    <p class="brand">upload-stress</p>
    <h1><span class="icon" aria-hidden="true">${ICONS[tone]}</span> ${words}</h1>
    <p class="lead">${lead}</p>
    <dl class="figures">
      ${figures.map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>
    ${others.length === 0 ? '' : everyVerdict(headlines)}
  </header>`;
}

/** What each command found, and when: parts of one folder need not be of one day. */
function everyVerdict(headlines: readonly Headline[]): Html {
  return html`<ul class="verdicts" role="list" aria-label="What each command found">
    ${headlines.map(
      ({ kind, tone, words, startedAt, anchor }) =>
        html`<li class="${tone}">
          <a href="#${anchor}">
            <span class="icon" aria-hidden="true">${ICONS[tone]}</span>
            <span class="what">${words}</span>
            <span class="when">${DOCUMENT_KIND_INFO[kind].command}, ${formatTime(startedAt)}</span>
          </a>
        </li>`,
    )}
  </ul>`;
}

/** `2026-11-27 11:07 UTC`; what is no such time stays as it is. */
export function formatTime(iso: string): string {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(iso)
    ? `${iso.slice(0, 16).replace('T', ' ')}\u00a0UTC`
    : clip(iso, 40);
}
