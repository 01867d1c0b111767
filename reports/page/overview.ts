/** The head of the page: the most urgent verdict, what it rests on, and the verdict of every command. */
import { at } from '../../harness/at.js';
import type { BenchReport } from '../documents/bench-report.js';
import {
  DOCUMENT_KIND_INFO,
  documentKinds,
  type DocumentKind,
  type Documents,
  type ReportDocument,
} from '../documents/documents.js';
import { gateVerdictOf, type GateReport, type GateVerdict } from '../documents/gate-report.js';
import type { CoverageReport } from '../documents/coverage-report.js';
import type { ExploreReport } from '../documents/explore-report.js';
import type { MutantsReport } from '../documents/mutants-report.js';
import type { MutationReport } from '../documents/mutation-report.js';
import type { ProbeReport } from '../documents/probe-report.js';
import type { RunReport } from '../documents/run-report.js';
import type { ScalingReport } from '../documents/scaling-report.js';
import { benchHeadline, scalingHeadline } from '../render/bench-markdown.js';
import { coverageHeadline, shareText } from '../render/coverage-wording.js';
import { exploreHeadline, exploreTried } from '../render/explore-markdown.js';
import { gateHeadline } from '../render/gate-wording.js';
import { mutantsHeadline } from '../render/mutants-markdown.js';
import { mutationHeadline, mutationTried } from '../render/mutation-wording.js';
import { probeHeadline } from '../render/probe-markdown.js';
import { describeReplicas, describeTried, runHeadline } from '../render/run-wording.js';
import { decisiveTime, passedRows } from '../render/sweep-wording.js';
import { countOf, formatBytes, formatNumber } from '../text/format-units.js';
import { clip } from '../text/visible-text.js';
import { html, type Html } from './html.js';

type Tone = 'valid' | 'invalid' | 'unknown' | 'measured';

interface Verdict {
  readonly tone: Tone;
  readonly title: string;
  /** What the verdict rests on: how much was tried or measured. */
  readonly tried: string;
  /** What was tested or measured, and how. */
  readonly subject: string;
  /** Id of the first section about the document. */
  readonly anchor: string;
}

export interface Headline extends Verdict {
  readonly kind: DocumentKind;
  readonly startedAt: string;
}

const ICONS: Readonly<Record<Tone, string>> = { valid: '✓', invalid: '✕', unknown: '?', measured: '≈' };
/** Most urgent first. */
const URGENCY: readonly Tone[] = ['invalid', 'unknown', 'valid', 'measured'];

function verdictOf(document: ReportDocument): Verdict {
  switch (document.kind) {
    case 'run':
      return runVerdict(document);
    case 'mutants':
      return mutantsVerdict(document);
    case 'gate':
      return gateVerdict(document);
    case 'bench':
      return benchVerdict(document);
    case 'scaling':
      return scalingVerdict(document);
    case 'probe':
      return probeVerdict(document);
    case 'explore':
      return exploreVerdict(document);
    case 'coverage':
      return coverageVerdict(document);
    case 'mutation':
      return mutationVerdict(document);
  }
}

function runVerdict(report: RunReport): Verdict {
  const { wasm, runs, verdict, profile, seed } = report;
  const fault = wasm.fault === null ? '' : ` with fault ${clip(wasm.fault, 100)}`;
  return {
    // A run that judged nothing proves nothing.
    tone: runs === 0 && verdict === 'valid' ? 'unknown' : verdict,
    title: runHeadline(report),
    tried: `${describeTried(report)}.`,
    subject: `${clip(wasm.file, 200)}${fault} on ${clip(describeReplicas(report), 200)}, profile ${clip(profile, 60)}, seed ${seed}`,
    anchor: report.counterexamples.length > 0 ? 'finding-1' : 'this-run',
  };
}

function exploreVerdict(report: ExploreReport): Verdict {
  const { wasm, workload, strategy, seed, replica } = report;
  const fault = wasm.fault === null ? '' : ` with fault ${clip(wasm.fault, 100)}`;
  return {
    tone: report.verdict,
    title: exploreHeadline(report),
    tried: `${exploreTried(report)}.`,
    subject: `${clip(wasm.file, 200)}${fault} on ${clip(replica.name, 100)}, workload ${clip(workload, 100)}, strategy ${strategy}, seed ${seed}`,
    anchor: 'orders',
  };
}

function coverageVerdict(report: CoverageReport): Verdict {
  const { wasm, profile, seed, modules } = report;
  const tried = modules.map(
    ({ name, functions, branches }) =>
      `${clip(name, 100)}: functions ${shareText(functions)}, branches ${shareText(branches)}.`,
  );
  return {
    tone: 'measured',
    title: coverageHeadline(report),
    tried: tried.join(' '),
    subject: `${clip(wasm.file, 200)}, profile ${clip(profile, 60)}, seed ${seed}`,
    anchor: 'coverage',
  };
}

function mutationVerdict(report: MutationReport): Verdict {
  const { wasm, profile, seed, mutants } = report;
  return {
    tone: mutants.length === 0 ? 'unknown' : 'measured',
    title: mutationHeadline(report),
    tried: `${mutationTried(report)}.`,
    subject: `${clip(wasm.file, 200)}, profile ${clip(profile, 60)}, seed ${seed}`,
    anchor: 'mutation',
  };
}

function mutantsVerdict(report: MutantsReport): Verdict {
  const { totals, wasm, profile, interrupted } = report;
  const isComplete = totals.mutants > 0 && !interrupted;
  return {
    tone: totals.survived > 0 ? 'invalid' : isComplete ? 'valid' : 'unknown',
    title: mutantsHeadline(report),
    tried: `${countOf(totals.mutants, 'mutant')}, ${countOf(totals.campaigns, 'campaign')}, ${formatNumber(totals.survived)} survived.`,
    subject: `${clip(wasm.file, 200)}, profile ${clip(profile, 60)}`,
    anchor: 'mutants',
  };
}

const GATE_TONES: Readonly<Record<GateVerdict, Tone>> = {
  held: 'valid',
  violated: 'invalid',
  regression: 'invalid',
  untested: 'unknown',
  incomplete: 'unknown',
  interrupted: 'unknown',
};

function gateVerdict(report: GateReport): Verdict {
  const { canister, engine, counters, mutants, corpus, campaign, baseline } = report;
  return {
    tone: GATE_TONES[gateVerdictOf(report)],
    title: gateHeadline(report),
    tried: `${countOf(counters.length, 'scenario')}, ${countOf(mutants.length, 'mutant')}, ${countOf(corpus.length, 'corpus file')}, ${countOf(campaign.runs, 'schedule')}.`,
    subject: `${clip(canister.file, 200)} on ${clip(engine, 60)}${baseline === null ? '' : `, compared with ${clip(baseline.file, 200)}`}`,
    anchor: 'gate',
  };
}

function benchVerdict(report: BenchReport): Verdict {
  const { chunkSizes, wasm } = report;
  const { replica, rows, fileSize } = chunkSizes;
  const passed = passedRows(chunkSizes);
  const best = passed.find(({ chunkSize }) => chunkSize === chunkSizes.best);
  const bestFigures =
    best === undefined
      ? ''
      : ` The best one takes ${decisiveTime(best).seconds} s on a network, in ${countOf(best.counters.calls, 'call')}.`;
  return {
    tone: 'measured',
    title: benchHeadline(report),
    tried: `${passed.length} of ${countOf(rows.length, 'chunk size')} passed.${bestFigures}`,
    subject: `${formatBytes(fileSize)} uploaded to ${clip(wasm.file, 200)} on ${clip(`${replica.name} ${replica.version}`, 120)}`,
    anchor: 'chunk-sizes',
  };
}

function scalingVerdict(report: ScalingReport): Verdict {
  const points = report.series.reduce((sum, { points: { length } }) => sum + length, 0);
  return {
    tone: 'measured',
    title: scalingHeadline(report),
    tried: `${countOf(report.series.length, 'operation')} measured at ${countOf(points, 'size')}.`,
    subject: clip(report.wasm.file, 200),
    anchor: 'growth',
  };
}

function probeVerdict(report: ProbeReport): Verdict {
  const { experiments, interrupted, target, wasm } = report;
  const observed = experiments.filter((experiment) => experiment.observed !== null);
  const isDangerous = observed.some(({ dangerous }) => dangerous);
  return {
    tone: isDangerous ? 'invalid' : interrupted || observed.length === 0 ? 'unknown' : 'measured',
    title: probeHeadline(report),
    tried: `${countOf(observed.length, 'experiment')}, ${countOf(experiments.length - observed.length, 'more')} with nothing to try.`,
    subject: `${clip(wasm.file, 200)}, target ${clip(target, 100)}`,
    anchor: 'probe',
  };
}

/** Most urgent first; equally urgent ones in the order of the page. */
export function headlinesOf(documents: Documents): readonly Headline[] {
  return documentKinds
    .flatMap((kind) => documents[kind] ?? [])
    .map((document) => ({
      kind: document.kind,
      startedAt: document.startedAt,
      ...verdictOf(document),
    }))
    .toSorted((a, b) => URGENCY.indexOf(a.tone) - URGENCY.indexOf(b.tone));
}

/** Shows the first headline large and, if there are several, all of them as a list. */
export function pageHeader(headlines: readonly Headline[]): Html {
  const { tone, title, tried, subject } = at(headlines, 0);
  return html`<header class="hero ${tone}">
    <p class="brand">upload-stress</p>
    <h1><span class="icon" aria-hidden="true">${ICONS[tone]}</span> <span>${title}</span></h1>
    <p class="tried">${tried}</p>
    <p class="subject">${subject}</p>
    ${headlines.length === 1 ? '' : verdictList(headlines)}
  </header>`;
}

/** Shows the time of each document, because the commands may have run on different days. */
function verdictList(headlines: readonly Headline[]): Html {
  return html`<ul class="verdicts" role="list" aria-label="Verdict of each command">
    ${headlines.map(
      ({ kind, tone, title, startedAt, anchor }) =>
        html`<li class="${tone}">
          <a href="#${anchor}">
            <span class="icon" aria-hidden="true">${ICONS[tone]}</span>
            <span class="what">${title}</span>
            <span class="when">${DOCUMENT_KIND_INFO[kind].command}, ${formatTime(startedAt)}</span>
          </a>
        </li>`,
    )}
  </ul>`;
}

/** `2026-11-27 11:07 UTC`. Any other text stays unchanged. */
export function formatTime(iso: string): string {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(iso)
    ? `${iso.slice(0, 16).replace('T', ' ')}\u00a0UTC`
    : clip(iso, 40);
}
