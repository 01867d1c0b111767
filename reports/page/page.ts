/**
 * `index.html`: the documents of a folder as one self-contained page, without network access and scripts. The most urgent verdict comes
 * first, then the findings, then one section per topic. A section without data is omitted.
 */
import { at } from '../../harness/at.js';
import type { Documents } from '../documents/documents.js';
import type { Finding } from '../documents/run-report.js';
import { countOf } from '../text/format-units.js';
import { clip } from '../text/visible-text.js';
import { benchSection } from './bench-section.js';
import { findingId, findingInBrief, findingSection } from './finding-section.js';
import { gateSection } from './gate-section.js';
import { html, Html, type HtmlValue } from './html.js';
import { mutationSection } from './mutation-section.js';
import { mutantsSection } from './mutants-section.js';
import { originsSection } from './origins-section.js';
import { headlinesOf, pageHeader } from './overview.js';
import { coverageSection } from './coverage-section.js';
import { exploreSection } from './explore-section.js';
import { findingsTrendSection } from './findings-trend-section.js';
import { probeSection } from './probe-section.js';
import { acceptedSection } from './accepted-section.js';
import { runSection, seriesSection, statesSection, userFileSection } from './run-sections.js';
import { scalingSection } from './scaling-section.js';
import { STYLE } from './style.js';
import { trendSection } from './trend-section.js';

/** Limits in characters, so that the page stays below 2 MB of UTF-8: of the findings with pictures, and of all findings. */
const COMPLETE_FINDINGS_CHARACTERS_MAX = 600_000;
const FINDINGS_CHARACTERS_MAX = 800_000;

interface Section {
  readonly id: string;
  readonly title: string;
  readonly content: Html;
}

/** Requires at least one document. `unreadable` has one line for each file of the folder that could not be read. */
export function renderPage(documents: Documents, unreadable: readonly string[] = []): string {
  const counterexamples = documents.run?.counterexamples ?? [];
  const findings = findingSections(counterexamples);
  const omitted = counterexamples.length - findings.length;
  const sections = sectionsOf(documents);
  const headlines = headlinesOf(documents);
  const links = [
    ...findings.map((_, index) => ({ id: findingId(index), title: `Finding ${index + 1}` })),
    ...sections,
  ];
  return renderDocument(
    at(headlines, 0).title,
    html` <a class="skip" href="#main">Skip to the findings</a>
      ${pageHeader(headlines)}
      <nav aria-label="On this page">
        <ul role="list">
          ${links.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}
        </ul>
      </nav>
      <main id="main" tabindex="-1">
        ${unreadable.map((line) => html`<p class="note">Not shown: ${clip(line, 400)}</p>`)} ${findings}
        ${omitted === 0 ? '' : html`<p class="note">run.json contains ${countOf(omitted, 'more finding')}.</p>`}
        ${sections.map(({ content }) => content)}
      </main>
      <footer>
        <p>
          Rendered from the JSON documents in the folder of this page. To render it again, run
          <code>npx upload-stress report</code> with the path of the folder.
        </p>
      </footer>`,
  );
}

function sectionsOf(documents: Documents): readonly Section[] {
  const { run, mutants, gate, bench, scaling, probe, explore, coverage, mutation } = documents;
  const candidates: readonly (readonly [id: string, title: string, content: Html | undefined])[] = [
    ['your-file', 'Your file', run && userFileSection(run)],
    ['orders', 'Message orders', explore && exploreSection(explore)],
    ['probe', 'Experiments', probe && probeSection(probe)],
    ['accepted', 'Accepted deviations', run && acceptedSection(run)],
    ['findings-trend', 'Findings over time', run && findingsTrendSection(run)],
    ['states', 'States', run && statesSection(run)],
    ['coverage', 'Code coverage', coverage && coverageSection(coverage)],
    ['gate', 'Gate', gate && gateSection(gate)],
    ['trend', 'Trend', gate && trendSection(gate)],
    ['mutants', 'Mutants', mutants && mutantsSection(mutants)],
    ['mutation', 'Mutants of the module', mutation && mutationSection(mutation)],
    ['series', 'Memory and instructions', run && seriesSection(run)],
    ['chunk-sizes', 'Chunk sizes', bench && benchSection(bench)],
    ['growth', 'Scaling', scaling && scalingSection(scaling)],
    ['this-run', 'Run details', run && runSection(run)],
    ['origins', 'Sources', originsSection(documents)],
  ];
  return candidates.flatMap(([id, title, content]) =>
    content === undefined ? [] : [{ id, title, content }],
  );
}

/** A whole page with this body. */
export function renderDocument(title: string, body: HtmlValue): string {
  return `<!doctype html>\n${
    html`<html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"
        />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <title>${title} – upload-stress</title>
        <link rel="icon" href="data:," />
        <style>
          ${new Html(STYLE)}
        </style>
      </head>
      <body>
        ${body}
      </body>
    </html>`.markup
  }\n`;
}

/** Complete sections first, then brief ones, then nothing, as the limits allow. */
function findingSections(counterexamples: readonly Finding[]): readonly Html[] {
  const sections: Html[] = [];
  let characters = 0;
  let isBrief = false;
  for (const [index, finding] of counterexamples.entries()) {
    const complete: Html | undefined = isBrief ? undefined : findingSection(finding, index);
    isBrief ||= characters + (complete?.markup.length ?? 0) > COMPLETE_FINDINGS_CHARACTERS_MAX;
    const section = isBrief || complete === undefined ? findingInBrief(finding, index) : complete;
    characters += section.markup.length;
    if (characters > FINDINGS_CHARACTERS_MAX) break;
    sections.push(section);
  }
  return sections;
}
