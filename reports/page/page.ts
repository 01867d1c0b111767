/**
 * `index.html`: what a folder holds as one page that needs nothing else: no network, no script, light or dark, wide or narrow. The most
 * urgent verdict comes first, then each finding, then what the other commands found, then the run. A section whose data is missing is not there.
 */
import type { Documents } from '../documents/documents.js';
import type { Finding } from '../documents/run-report.js';
import { clip } from '../text/visible-text.js';
import { benchSection } from './bench-section.js';
import { findingId, findingInBrief, findingSection } from './finding-section.js';
import { gateSection, trendSection } from './gate-section.js';
import { html, Html, type HtmlValue } from './html.js';
import { mutantsSection } from './mutants-section.js';
import { originsSection } from './origins-section.js';
import { headlinesOf, pageHeader, type Headline } from './overview.js';
import { overTheRunSection, runSection, statesSection, userFileSection } from './run-sections.js';
import { scalingSection } from './scaling-section.js';
import { STYLE } from './style.js';

/** Characters of all findings with their pictures, and of all findings: the page stays under 2 MB of UTF-8. */
const DRAWN_MAX = 600_000;
const FINDINGS_MAX = 800_000;

type Section = readonly [id: string, name: string, section: Html | undefined];

/** At least one document. `unreadable`: why others of the folder are not shown, one line each. */
export function renderPage(documents: Documents, unreadable: readonly string[] = []): string {
  const { run } = documents;
  const counterexamples = run?.counterexamples ?? [];
  const findings = findingSections(counterexamples);
  const present = sectionsOf(documents).filter(([, , section]) => section !== undefined);
  const links: (readonly [id: string, name: string])[] = [
    ...counterexamples
      .slice(0, findings.length)
      .map(({ rule }, i) => [findingId(i), `${i + 1}. ${clip(rule, 80)}`] as const),
    ...present.map(([id, name]) => [id, name] as const),
  ];
  const headlines = headlinesOf(documents);
  return documentOf(
    headlines[0]!,
    html` <a class="skip" href="#main">Skip to the findings</a>
      ${pageHeader(headlines)}
      <nav aria-label="On this page">
        <ul role="list">
          ${links.map(([id, name]) => html`<li><a href="#${id}">${name}</a></li>`)}
        </ul>
      </nav>
      <main id="main" tabindex="-1">
        ${unreadable.map((line) => html`<p class="note">Not shown: ${clip(line, 400)}</p>`)} ${findings}
        ${leftOut(counterexamples.length - findings.length)} ${present.map(([, , section]) => section)}
      </main>
      <footer>
        <p>
          Everything here comes from the JSON files beside this page; upload-stress report FILE draws it
          again.
        </p>
      </footer>`,
  );
}

function sectionsOf(documents: Documents): readonly Section[] {
  const { run, mutants, gate, bench, scaling } = documents;
  const of = <T>(document: T | undefined, section: (document: T) => Html | undefined) =>
    document === undefined ? undefined : section(document);
  return [
    ['your-file', 'Your file', of(run, userFileSection)],
    ['gate', 'The gate', of(gate, gateSection)],
    ['trend', 'Trend', of(gate, trendSection)],
    ['mutants', 'Mutants', of(mutants, mutantsSection)],
    ['states', 'States reached', of(run, statesSection)],
    ['over-the-run', 'Over the run', of(run, overTheRunSection)],
    ['chunk-sizes', 'Chunk sizes', of(bench, benchSection)],
    ['growth', 'How costs grow', of(scaling, scalingSection)],
    ['this-run', 'This run', of(run, runSection)],
    ['origins', 'Where this comes from', originsSection(documents)],
  ];
}
function documentOf({ words }: Headline, body: Html): string {
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
        <title>${words} – upload-stress</title>
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

function findingSections(counterexamples: readonly Finding[]): Html[] {
  const sections: Html[] = [];
  let characters = 0;
  let isBrief = false;
  for (const [index, finding] of counterexamples.entries()) {
    const drawn: Html | undefined = isBrief ? undefined : findingSection(finding, index);
    isBrief ||= characters + (drawn?.markup.length ?? 0) > DRAWN_MAX;
    const section = isBrief || drawn === undefined ? findingInBrief(finding, index) : drawn;
    characters += section.markup.length;
    if (characters > FINDINGS_MAX) break;
    sections.push(section);
  }
  return sections;
}

function leftOut(hidden: number): HtmlValue {
  return hidden === 0 ? '' : html`<p class="note">${hidden} more findings are in run.json.</p>`;
}
