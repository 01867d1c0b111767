/**
 * `index.html`: the run as one page that needs nothing else: no network, no script, light or dark, wide or narrow. The verdict comes
 * first, then each finding, then the run. A section whose data is missing is not there.
 */
import { verdictWords } from '../markdown.js';
import type { RunReport } from '../run-report.js';
import { clip } from '../visible-text.js';
import { findingId, findingInBrief, findingSection } from './finding-section.js';
import { html, Html, type HtmlValue } from './html.js';
import { overTheRunSection, runSection, statesSection, userFileSection } from './run-sections.js';
import { STYLE } from './style.js';

/** Characters of all findings with their pictures, and of all findings: the page stays under 2 MB of UTF-8. */
const DRAWN_MAX = 900_000;
const FINDINGS_MAX = 1_100_000;

const ICONS: Readonly<Record<RunReport['verdict'], string>> = { valid: '✓', invalid: '✕', unknown: '?' };

export function renderPage(report: RunReport): string {
  const findings = findingSections(report);
  const sections: readonly (readonly [id: string, name: string, section: Html | undefined])[] = [
    ['your-file', 'Your file', userFileSection(report)],
    ['states', 'States reached', statesSection(report)],
    ['over-the-run', 'Over the run', overTheRunSection(report)],
    ['this-run', 'This run', runSection(report)],
  ];
  const present = sections.filter(([, , section]) => section !== undefined);
  const links: (readonly [id: string, name: string])[] = [
    ...report.counterexamples
      .slice(0, findings.length)
      .map(({ rule }, i) => [findingId(i), `${i + 1}. ${clip(rule, 80)}`] as const),
    ...present.map(([id, name]) => [id, name] as const),
  ];
  return documentOf(
    report,
    html` <a class="skip" href="#main">Skip to the findings</a>
      ${hero(report)}
      <nav aria-label="On this page">
        <ul role="list">
          ${links.map(([id, name]) => html`<li><a href="#${id}">${name}</a></li>`)}
        </ul>
      </nav>
      <main id="main" tabindex="-1">
        ${findings} ${leftOut(report, findings.length)} ${present.map(([, , section]) => section)}
      </main>
      <footer><p>Everything here comes from run.json; upload-stress report FILE draws it again.</p></footer>`,
  );
}

function documentOf(report: RunReport, body: Html): string {
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
        <title>${verdictWords(report)} – upload-stress</title>
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

function hero(report: RunReport): Html {
  const { verdict, wasm } = report;
  const operations = Object.values(report.operations).reduce((sum, count) => sum + count, 0);
  const figures: readonly (readonly [name: string, value: string])[] = [
    ['schedules', report.runs.toLocaleString('en')],
    ['operations', operations.toLocaleString('en')],
    ['schedules a second', report.schedulesPerSecond.toFixed(report.schedulesPerSecond < 10 ? 1 : 0)],
    ['seed', String(report.seed)],
  ];
  return html`<header class="hero ${verdict}">
    <p class="brand">upload-stress</p>
    <h1><span class="icon" aria-hidden="true">${ICONS[verdict]}</span> ${verdictWords(report)}</h1>
    <p class="lead">
      ${clip(wasm.file, 200)}${wasm.fault === null ? '' : ` with the seeded fault ${clip(wasm.fault, 100)}`},
      on
      ${report.replicas.map(({ name, version }) => `${clip(name, 60)} ${clip(version, 60)}`).join(' and ')},
      profile ${clip(report.profile, 60)}.
    </p>
    <dl class="figures">
      ${figures.map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>
  </header>`;
}

function findingSections({ counterexamples }: RunReport): Html[] {
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

function leftOut({ counterexamples }: RunReport, shown: number): HtmlValue {
  const hidden = counterexamples.length - shown;
  return hidden === 0 ? '' : html`<p class="note">${hidden} more findings are in run.json.</p>`;
}
