/** The page in a real browser. The tests are skipped, with a message, on a machine without Chromium. */
import axe from 'axe-core';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Documents } from '../documents/documents.js';
import type { RunReport } from '../documents/run-report.js';
import { findChromium, NO_BROWSER, startBrowser } from '../testing/browser.js';
import { findingOf, interleavedSchedule } from '../testing/sample-finding.js';
import { sampleCoverageReport } from '../testing/sample-code-reports.js';
import { sampleGateHeld, sampleDocuments } from '../testing/sample-documents.js';
import { sampleReport, sampleSeries } from '../testing/sample-report.js';
import { begin, call, drain, file, finish, put, schedule } from '../../harness/testing/schedules.js';
import { visible } from '../text/visible-text.js';
import { renderPage } from './page.js';

const STATES = { Initiated: 10_000, Uploading: 9_800, Paused: 0, Finishing: 310, Completed: 8_000 };
const race = schedule(
  [
    call(begin('A', 0), 0),
    call(put('A', 1), 0),
    call(begin('B', 1), 1),
    call(put('B', 0), 1, true),
    call(put('A', 0), 0),
    call(finish('A'), 0),
  ],
  { files: [file(150), file(90)] },
);
const failure = sampleReport({
  verdict: 'invalid',
  counterexamples: [findingOf(race, 'hash-in-arrival-order', interleavedSchedule)],
  states: STATES,
  series: sampleSeries(40),
});
const LABELS = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H'];
const crowd = schedule(
  [
    ...LABELS.map((label, lane) => call(begin(label, lane), lane)),
    ...LABELS.map((label, lane) => call(put(label, 1), lane, lane % 2 === 0)),
    ...LABELS.map((label, lane) => call(put(label, 0), lane)),
    { do: 'upgrade' },
    drain,
    ...LABELS.map((label, lane) => call(finish(label), lane)),
  ],
  { files: LABELS.map((_, lane) => file(110 + lane)) },
);
const crowded = { ...failure, counterexamples: [findingOf(crowd, 'hash-in-arrival-order')] };
const long = sampleReport({ runs: 10_000, states: STATES, series: sampleSeries(10_000) });

const PHONE = { width: 360, height: 740 };
const DESKTOP = { width: 1200, height: 900 };

const executable = findChromium();
let browser: Browser | undefined;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'page-'));
  if (executable === undefined) console.warn(NO_BROWSER);
  else browser = await startBrowser(executable);
});
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach((context) => {
  if (executable === undefined) context.skip(NO_BROWSER);
});

interface Opened {
  readonly page: Page;
  /** Console messages, page errors, and requests other than for the page itself. */
  readonly complaints: readonly string[];
}

/** Pages by their documents: a page is rendered once for all its views. */
const pages = new WeakMap<RunReport | Documents, string>();

function pageOf(shown: RunReport | Documents): string {
  const page = pages.get(shown) ?? renderPage('kind' in shown ? { run: shown } : shown);
  pages.set(shown, page);
  return page;
}

async function open(
  shown: RunReport | Documents,
  {
    viewport = DESKTOP,
    colorScheme = 'light',
  }: { viewport?: typeof DESKTOP; colorScheme?: 'light' | 'dark' } = {},
): Promise<Opened> {
  const path = join(folder, 'index.html');
  writeFileSync(path, pageOf(shown));
  const url = pathToFileURL(path).href;
  const page = await browser!.newPage({ viewport, colorScheme });
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('request', (request) => {
    if (request.url() !== url && request.url() !== 'data:,') complaints.push(`request: ${request.url()}`);
  });
  await page.goto(url, { waitUntil: 'load' });
  return { page, complaints };
}

/** Every plot has an accessible name and a drawing, and no mark or letter is outside its frame. */
async function everyPlotIsDrawnAndNamed(page: Page): Promise<void> {
  const wrong = await page.evaluate(`[...document.querySelectorAll('svg.plot')].flatMap((plot) => {
    const name = plot.getAttribute('aria-label') ?? '';
    const frame = plot.getBoundingClientRect();
    const slack = 1.5;
    const outside = [...plot.querySelectorAll('path, text, circle')].filter((mark) => {
      if (mark.closest('clipPath, defs')) return false;
      const box = mark.getBoundingClientRect();
      return box.left < frame.left - slack || box.right > frame.right + slack || box.top < frame.top - slack || box.bottom > frame.bottom + slack;
    });
    return [
      ...(name.length < 10 ? ['no name: ' + name] : []),
      ...(plot.querySelectorAll('path').length < 2 ? ['nothing drawn: ' + name] : []),
      ...(/NaN|Infinity|undefined/.test(plot.outerHTML) ? ['no figure: ' + name] : []),
      ...outside.map((mark) => 'outside: ' + name + ': ' + mark.outerHTML.slice(0, 200)),
    ];
  })`);
  expect(wrong).toEqual([]);
}

/** The violations of these rules, by default of all. */
async function violationsOf(page: Page, rules?: readonly string[]): Promise<readonly string[]> {
  const options = rules === undefined ? {} : { runOnly: rules };
  const { violations } = await page.evaluate<axe.AxeResults>(`axe.run(${JSON.stringify(options)})`);
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

/** Colors do not depend on the width, and widths not on the colors. */
const VIEWS = [
  ['on a desktop, in light and in dark mode', DESKTOP],
  ['on a phone', PHONE],
] as const;

const PAGES: readonly (readonly [string, RunReport | Documents])[] = [
  ['the page of a failed run', failure],
  ['the page of a finding with eight lanes', crowded],
  ['the page of 10,000 runs', long],
  ['the page of all commands', { run: failure, ...sampleDocuments() }],
  ['the page of a gate alone', { gate: sampleGateHeld({ history: [] }) }],
];

describe.each(PAGES)('%s', (_, report) => {
  it.each(VIEWS)(
    '%s: has no errors, requests, horizontal scrolling, or axe violations',
    async (_, viewport) => {
      const { page, complaints } = await open(report, { viewport });
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(viewport.width);
      await everyPlotIsDrawnAndNamed(page);
      await page.evaluate(`for (const details of document.querySelectorAll('details')) details.open = true`);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(viewport.width);
      await page.evaluate(axe.source);
      expect(await violationsOf(page)).toEqual([]);
      if (viewport === DESKTOP) {
        await page.emulateMedia({ colorScheme: 'dark' });
        expect(await violationsOf(page, ['color-contrast'])).toEqual([]);
      }
      expect(complaints).toEqual([]);
      await page.close();
    },
  );
});

it('sorts the functions of the coverage by the selected figure', async () => {
  const { page, complaints } = await open({ coverage: sampleCoverageReport() }, { viewport: DESKTOP });
  await page.evaluate(`for (const details of document.querySelectorAll('details')) details.open = true`);
  const names = async () =>
    page.evaluate<readonly string[]>(`[...document.querySelectorAll('.functions tbody tr')]
      .sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top)
      .map((row) => row.querySelector('th').textContent.trim())`);
  expect(await names()).toEqual(['begin (update)', 'stats (query)', 'store', 'grow']);
  await page.getByLabel('blocks not reached').check();
  expect(await names()).toEqual(['grow', 'store', 'stats (query)', 'begin (update)']);
  expect(complaints).toEqual([]);
  await page.close();
});

it('has a dark background in dark mode and a light one in light mode', async () => {
  const grounds = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    const { page } = await open(failure, { colorScheme });
    const ground = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    grounds.push(Math.max(...ground.match(/\d+/g)!.map(Number)));
    await page.close();
  }
  expect(grounds[0]).toBeGreaterThan(220);
  expect(grounds[1]).toBeLessThan(40);
});

it('moves the keyboard focus from top to bottom, shows it, and first offers to skip the links', async () => {
  const { page } = await open(failure);
  await page.evaluate(
    `window.stops = []; document.addEventListener('focusin', ({ target }) => window.stops.push(target))`,
  );
  const names: string[] = [];
  for (;;) {
    await page.keyboard.press('Tab');
    const name = await page.evaluate(`(() => {
      const focused = document.activeElement;
      if (focused === document.body || window.stops.indexOf(focused) < window.stops.length - 1) return '';
      if (getComputedStyle(focused).outlineStyle === 'none') return 'unseen';
      return focused.getAttribute('aria-label') ?? focused.textContent.trim();
    })()`);
    if (name === '' || names.length > 60) break;
    names.push(String(name));
  }
  const isInOrder = await page.evaluate(`window.stops.slice(1).every((stop, i) =>
    stop === window.stops[0] || window.stops[i].compareDocumentPosition(stop) & Node.DOCUMENT_POSITION_FOLLOWING)`);
  expect(isInOrder).toBe(true);
  expect(names[0]).toBe('Skip to the findings');
  expect(names).not.toContain('unseen');
  expect(names).toContain('Timeline of finding 1: lanes side by side, time from top to bottom');
  expect(names.some((name) => /^All \d+ events$/.test(name))).toBe(true);
  await page.goto(`${page.url()}#`);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  expect(await page.evaluate('document.activeElement.id')).toBe('main');
  await page.close();
});

it('draws lanes side by side, held calls past the calls of other lanes, and a mark on the first wrong event', async () => {
  const { page } = await open(failure, { viewport: PHONE });
  const box = async (text: string) => (await page.locator('.card', { hasText: text }).boundingBox())!;
  const [held, other, wrong] = [await box('put B[0]'), await box('put A[0]'), await box('finish A')];
  expect(held.y + held.height).toBeGreaterThan(other.y + other.height);
  expect(held.x).toBeGreaterThanOrEqual(other.x + other.width);
  expect(wrong.x + wrong.width).toBeLessThanOrEqual(PHONE.width);
  const marked = await page.locator('.timeline .wrong').allInnerTexts();
  expect(marked.map((text) => text.replace(/\s+/g, ' ').trim())).toEqual([
    'Step 6, lane 0: finish A',
    'Step end, lane 0: answer to finish A: ✕ ChecksumMismatch first wrong event',
  ]);
  await page.close();
});

it('gives screen readers the events of the timeline in order', async () => {
  const { page } = await open(failure);
  const items = (await page.locator('.timeline li:not([aria-hidden])').allTextContents()).map((text) =>
    text.replace(/\s+/g, ' ').trim(),
  );
  expect(items.slice(0, 4).map((text) => text.replace(/ \(file.*?\)/, ''))).toEqual([
    'Step 1, lane 0: begin A ✓ Ok',
    'Step 2, lane 0: put A[1] ✓ Ok',
    'Step 3, lane 1, switched from lane 0: begin B ✓ Ok',
    'Step 4, lane 1: put B[0]',
  ]);
  expect(items.slice(-2)).toEqual([
    'Step end, lane 1: answer to put B[0]: ✓ Ok',
    'Step end, lane 0: answer to finish A: ✕ ChecksumMismatch first wrong event',
  ]);
  await page.close();
});

it('shows any text of a canister as text', async () => {
  const texts = [
    '<img src=x onerror=x()>',
    '</style><script>x()</script>',
    '"><b>',
    '\u0000\u001b[2J',
    '\u202Eabc',
    '&amp;<!--',
  ];
  const [finding] = failure.counterexamples;
  const counterexamples = texts.map((text) => ({ ...finding!, expected: text, seen: text }));
  const { page, complaints } = await open({ ...failure, counterexamples });
  expect(await page.locator('.seen dd').allTextContents()).toEqual(texts.map(visible));
  expect(await page.locator('img, script').count()).toBe(0);
  expect(complaints).toEqual([]);
  await page.close();
});
