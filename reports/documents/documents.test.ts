import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { begin, call, finish, schedule } from '../../harness/testing/schedules.js';
import { projectRoot } from '../../suites/tidy/tracked-files.js';
import {
  documentKinds,
  encodeDocument,
  fileNameOf,
  publishedSchemas,
  readDocument,
  readDocumentOf,
  type ReportDocument,
} from './documents.js';
import { sampleGate, sampleMutant, sampleMutants, sampleOthers } from '../testing/sample-documents.js';
import { findingOf } from '../testing/sample-finding.js';
import { sampleReport } from '../testing/sample-report.js';
import { writeReports } from '../write-reports.js';

const DOCUMENTS = { run: sampleReport(), ...sampleOthers() } as Record<
  (typeof documentKinds)[number],
  ReportDocument
>;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'documents-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function read(content: unknown): Promise<ReportDocument> {
  const path = join(folder, 'given.json');
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return readDocument(path);
}

it('reads the former names of checkers and rules as the present ones', async () => {
  const finding = findingOf(schedule([call(begin('A')), call(finish('A'))]), 'gap-not-checked');
  const old = { checker: 'coverage', rule: 'finish answers Ok only with every index stored' };
  const current = { checker: 'completeness', rule: 'finish succeeds only if every chunk is stored' };
  expect(await read(sampleReport({ counterexamples: [{ ...finding, ...old }] }))).toMatchObject({
    counterexamples: [current],
  });
  const checkers = { checker: 'coverage', checkers: { coverage: 2 }, alsoBy: { coverage: 1 } };
  expect(await read(sampleMutants({ mutants: [sampleMutant('a', checkers)] }))).toMatchObject({
    mutants: [{ checker: 'completeness', checkers: { completeness: 2 }, alsoBy: { completeness: 1 } }],
  });
});

describe.each(documentKinds)('a document of %s', (kind) => {
  const document = DOCUMENTS[kind];

  it('is read as it was written, whatever its file is called', async () => {
    expect(await read(encodeDocument(document))).toEqual(document);
  });

  it('is refused with one line if it is newer, or damaged', async () => {
    await expect(read({ ...document, formatVersion: 99 })).rejects.toThrow(
      /format version 99, this program knows 1/,
    );
    await expect(read({ ...document, tool: 'x' })).rejects.toThrow(
      /it is no result of upload-stress .*: tool: /,
    );
    await expect(read(encodeDocument(document).slice(0, -20))).rejects.toThrow(/it is no JSON/);
  });

  it('is drawn again to the same bytes from its JSON alone', async () => {
    const [first, second] = [join(folder, 'first'), join(folder, 'second')];
    await Promise.all([first, second].map((path) => mkdir(path)));
    const written = await writeReports(first, [document]);
    const again = await writeReports(second, [await readDocument(join(first, fileNameOf(document)))]);
    expect(again.map((path) => basename(path))).toEqual(written.map((path) => basename(path)));
    for (const [index, path] of written.entries())
      expect(readFileSync(again[index]!, 'utf8')).toBe(readFileSync(path, 'utf8'));
  });
});

it('what is no document of this program is told so', async () => {
  for (const foreign of [[], 1, null, 'null', {}, { kind: 'soup', formatVersion: 1 }, { formatVersion: 1 }])
    await expect(read(foreign)).rejects.toThrow(/it is no result of this program; give a run\.json/);
});

it('a run without a kind is of the first format', async () => {
  const { kind: _, ...older } = sampleReport();
  expect(await read(older)).toEqual(sampleReport());
});

it('a document of another kind is named', async () => {
  await writeReports(folder, [DOCUMENTS.bench]);
  await expect(readDocumentOf('gate', join(folder, 'bench.json'))).rejects.toThrow(
    'it is a result of upload-stress bench, not of upload-stress gate',
  );
});

it('a part of a gate has a file of its own', () => {
  expect(fileNameOf(sampleGate({ shard: { index: 2, count: 3 } }))).toBe('gate-2-of-3.json');
});

it('the published schemas are current', () => {
  for (const [name, schema] of Object.entries(publishedSchemas()))
    expect(JSON.parse(readFileSync(join(projectRoot, 'docs/schemas', name), 'utf8'))).toEqual(schema);
});

describe('the page of a folder', () => {
  const page = () => readFileSync(join(folder, 'index.html'), 'utf8');

  it('shows what every command left in it, the most urgent verdict first', async () => {
    await writeReports(folder, [DOCUMENTS.run]);
    expect(page()).not.toContain('id="chunk-sizes"');
    for (const kind of ['bench', 'scaling', 'mutants', 'gate'] as const)
      await writeReports(folder, [DOCUMENTS[kind]]);
    for (const id of ['gate', 'trend', 'mutants', 'chunk-sizes', 'growth', 'this-run', 'origins'])
      expect(page()).toContain(`<h2 id="${id}">`);
    expect(page()).toMatch(/<h1>.*2 of 3 mutants killed by every seed<\/h1>/s);
    // Of two results of one command the later one is shown.
    await writeReports(folder, [sampleReport({ runs: 7_654 })]);
    expect(page()).toContain('7,654');
    expect(page()).toContain('<h2 id="gate">');
  });

  it('says which file it could not read, and shows the rest', async () => {
    await writeFile(join(folder, 'bench.json'), '{"kind":"bench"');
    await writeFile(join(folder, 'gate.json'), JSON.stringify({ ...sampleGate(), formatVersion: 7 }));
    await writeReports(folder, [DOCUMENTS.run]);
    expect(page()).toContain('Not shown: report bench.json: it is no JSON');
    expect(page()).toContain('Not shown: report gate.json: it has format version 7');
    expect(page()).toContain('<h2 id="this-run">');
  });
});
