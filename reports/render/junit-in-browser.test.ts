/**
 * Parses junit.xml with an XML parser other than the one that wrote it (Chromium's, which is libxml2), and checks it against the schema that
 * CI services use (jenkins-junit.xsd of the Jenkins xUnit plugin): elements, attributes, required attributes, and number formats.
 */
import fc from 'fast-check';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { renderGateJUnit, renderRunJUnit, renderMutantsJUnit, xmlText } from './junit.js';
import { findChromium, NO_BROWSER, startBrowser } from '../testing/browser.js';
import { sampleGate, sampleGateHeld, sampleMutant, sampleMutants } from '../testing/sample-documents.js';
import { sampleFinding, sampleReport } from '../testing/sample-report.js';

const executable = findChromium();
let browser: Browser | undefined;
let page: Page;
beforeAll(async () => {
  if (executable === undefined) {
    console.warn(NO_BROWSER);
    return;
  }
  browser = await startBrowser(executable);
  page = await browser.newPage();
});
afterAll(() => browser?.close());
beforeEach((context) => {
  if (executable === undefined) context.skip(NO_BROWSER);
});

interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Element[];
  readonly text: string;
}

/** The parts of the DOM that `parse` uses; the tests are compiled without the DOM library. */
interface DomNode {
  readonly nodeName: string;
  readonly nodeType: number;
  readonly data?: string;
  readonly attributes: Iterable<{ readonly name: string; readonly value: string }>;
  readonly children: Iterable<DomNode>;
  readonly childNodes: Iterable<DomNode>;
}
interface DomDocument {
  readonly documentElement: DomNode;
  querySelector(selector: string): { readonly textContent: string } | null;
}
interface BrowserGlobals {
  readonly DOMParser: new () => { parseFromString(text: string, type: string): DomDocument };
}

/** @throws Error with the parser's message if the text is not XML */
function parse(xml: string): Promise<Element> {
  return page.evaluate((text) => {
    const { DOMParser } = globalThis as unknown as BrowserGlobals;
    const document = new DOMParser().parseFromString(text, 'application/xml');
    const error = document.querySelector('parsererror');
    if (error !== null) throw new Error(error.textContent);
    const elementOf = (node: DomNode): Element => ({
      name: node.nodeName,
      attributes: Object.fromEntries([...node.attributes].map(({ name, value }) => [name, value])),
      children: [...node.children].map(elementOf),
      text: [...node.childNodes].map((each) => (each.nodeType === 3 ? (each.data ?? '') : '')).join(''),
    });
    return elementOf(document.documentElement);
  }, xml);
}

interface Rule {
  readonly required: readonly string[];
  readonly optional: readonly string[];
  readonly children: readonly string[];
}

const RULES: Readonly<Record<string, Rule>> = {
  testsuites: {
    required: [],
    optional: ['name', 'time', 'tests', 'failures', 'disabled', 'errors'],
    children: ['testsuite'],
  },
  testsuite: {
    required: ['name', 'tests'],
    optional: ['failures', 'errors', 'time', 'disabled', 'skipped', 'timestamp', 'hostname', 'id', 'package'],
    children: ['properties', 'testcase', 'system-out', 'system-err'],
  },
  testcase: {
    required: ['name', 'classname'],
    optional: ['assertions', 'time', 'status'],
    children: ['skipped', 'error', 'failure', 'system-out', 'system-err'],
  },
  failure: { required: [], optional: ['type', 'message'], children: [] },
  skipped: { required: [], optional: ['message'], children: [] },
};
const WHOLE = new Set(['tests', 'failures', 'errors', 'skipped']);

function complaintsOf({ name, attributes, children }: Element): string[] {
  const rule = RULES[name];
  if (rule === undefined) return [`no element ${name}`];
  const names = Object.keys(attributes);
  return [
    ...rule.required.filter((each) => !names.includes(each)).map((each) => `${name} lacks ${each}`),
    ...names
      .filter((each) => ![...rule.required, ...rule.optional].includes(each))
      .map((each) => `${name} has ${each}`),
    ...children
      .filter((child) => !rule.children.includes(child.name))
      .map((child) => `${child.name} in ${name}`),
    ...Object.entries(attributes).flatMap(([each, value]) =>
      (WHOLE.has(each) && !/^\d+$/.test(value)) ||
      (each === 'time' && !/^\d+\.\d{3}$/.test(value)) ||
      (each === 'timestamp' && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(value))
        ? [`${each}="${value}"`]
        : [],
    ),
    ...children.flatMap(complaintsOf),
  ];
}

/** The counts in the attributes match the test cases. */
function expectCorrectCounts({ children: [suite] }: Element): void {
  const having = (name: string) =>
    suite!.children.filter(({ children }) => children.some((child) => child.name === name)).length;
  expect(suite!.attributes).toMatchObject({
    tests: String(suite!.children.length),
    failures: String(having('failure')),
    skipped: String(having('skipped')),
  });
}

const bytes = fc
  .uint8Array({ minLength: 1, maxLength: 60 })
  .map((array) => Buffer.from(array).toString('latin1'));
const units = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 40 })
  .map((codes) => String.fromCharCode(...codes));
const anyText = fc.oneof(
  bytes,
  units,
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    ']]>',
    '\u0000',
    '\ud800',
    '\udc00x',
    '\uffff',
    '\u0085\u2028',
    '<!--',
    '\r\n\t',
    '&#0;',
    '&#xD800;',
    '&#99999999;',
    '&lt;',
    '&amp;#1;',
    '&nbsp;',
  ),
);

describe('junit.xml in an XML parser', () => {
  it('is valid JUnit XML and preserves the text, for any text in a result', async () => {
    await fc.assert(
      fc.asyncProperty(anyText, async (text) => {
        const finding = {
          ...sampleFinding,
          checker: text,
          rule: text,
          expected: text,
          seen: text,
          steps: [text],
        };
        const run = sampleReport({
          verdict: 'invalid',
          target: text,
          profile: text,
          counterexamples: [finding],
          userFile: { path: text, bytes: 1, sha256: '', readBack: 0, problem: text, calls: [] },
        });
        const mutants = sampleMutants({
          mutants: [
            sampleMutant(text, {
              verdict: 'survived',
              missed: [{ seed: 1, refutation: text }],
              description: text,
            }),
          ],
        });
        const gate = sampleGate({ corpus: [{ file: text, problem: text }], notDone: [text], engine: text });
        for (const xml of [renderRunJUnit(run), renderMutantsJUnit(mutants), renderGateJUnit(gate)]) {
          const root = await parse(xml);
          expect(complaintsOf(root)).toEqual([]);
          expectCorrectCounts(root);
        }
        const cases = (await parse(renderRunJUnit(run))).children[0]!.children;
        // XML parsers normalise line ends, and replace those in attributes with spaces.
        const folded = (value: string) => value.replace(/\r\n?/g, '\n').replace(/\s/g, ' ');
        const name = `${text}: ${sampleFinding.fingerprint}`;
        expect(folded(cases.at(-1)!.attributes['name']!)).toBe(folded(xmlText(name)));
      }),
      { numRuns: 60 },
    );
  });

  it('names each scenario, mutant, and corpus file of a gate, and marks the failed ones', async () => {
    const names = async (xml: string, wanted: 'failure' | 'skipped') =>
      (await parse(xml)).children[0]!.children.filter(({ children }) =>
        children.some(({ name }) => name === wanted),
      ).map(({ attributes }) => attributes['name']);
    expect(await names(renderGateJUnit(sampleGate()), 'failure')).toEqual([
      'upload 0 B',
      '50 aborted uploads',
      'key-ignored',
      'corpus/lost.json',
      'every answer is allowed',
    ]);
    expect(await names(renderGateJUnit(sampleGate()), 'skipped')).toEqual(['mutant gaps-by-count']);
    expect(await names(renderGateJUnit(sampleGateHeld()), 'failure')).toEqual([]);
    const score = { file: null, score: 50, mutants: 4, minScore: 60, baseline: null };
    const weak = sampleGateHeld({ score: { ...score, problems: ['the score is 50.0 %'] } });
    expect(await names(renderGateJUnit(weak), 'failure')).toEqual(['score']);
  });

  it('the schema check of these tests detects violations', async () => {
    await expect(parse('<testsuites><testsuite name="\u0001"/></testsuites>')).rejects.toThrow(/error/i);
    expect(
      complaintsOf(await parse('<testsuites skipped="1"><testsuite tests="x"/><p/></testsuites>')),
    ).toEqual([
      'testsuites has skipped',
      'p in testsuites',
      'testsuite lacks name',
      'tests="x"',
      'no element p',
    ]);
  });
});
