import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { documentKinds, fileNameOf, readDocument } from './documents/documents.js';
import { sampleDocuments, sampleGate } from './testing/sample-documents.js';
import { sampleReport } from './testing/sample-report.js';
import { writeReports } from './write-reports.js';

const DOCUMENTS = { run: sampleReport(), ...sampleDocuments() };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reports-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('writeReports', () => {
  it('writes the document, JUnit XML, Markdown, and the page', async () => {
    const written = await writeReports(folder, [sampleReport()]);
    expect(written.map((path) => basename(path))).toEqual([
      'run.json',
      'junit.xml',
      'summary.md',
      'index.html',
    ]);
    for (const path of written) expect(readFileSync(path, 'utf8')).not.toBe('');
  });

  it('keeps the older document if the new one violates its schema', async () => {
    await writeFile(join(folder, 'run.json'), 'older');
    await expect(writeReports(folder, [sampleReport({ runs: -1 })])).rejects.toThrow();
    expect(readFileSync(join(folder, 'run.json'), 'utf8')).toBe('older');
  });

  it.each(documentKinds)('renders the same bytes from the saved %s document', async (kind) => {
    const document = DOCUMENTS[kind];
    const [first, second] = [join(folder, 'first'), join(folder, 'second')];
    await Promise.all([first, second].map((path) => mkdir(path)));
    const written = await writeReports(first, [document]);
    const again = await writeReports(second, [await readDocument(join(first, fileNameOf(document)))]);
    expect(again.map((path) => basename(path))).toEqual(written.map((path) => basename(path)));
    for (const [index, path] of written.entries())
      expect(readFileSync(again[index]!, 'utf8')).toBe(readFileSync(path, 'utf8'));
  });
});

describe('the page of a folder', () => {
  const page = () => readFileSync(join(folder, 'index.html'), 'utf8');

  it('shows every document in the folder, with the most urgent verdict first', async () => {
    await writeReports(folder, [DOCUMENTS.run]);
    expect(page()).not.toContain('id="chunk-sizes"');
    for (const kind of ['bench', 'scaling', 'mutants', 'gate'] as const)
      await writeReports(folder, [DOCUMENTS[kind]]);
    for (const id of ['gate', 'trend', 'mutants', 'chunk-sizes', 'growth', 'this-run', 'origins'])
      expect(page()).toContain(`<h2 id="${id}">`);
    expect(page()).toMatch(/<h1>.*2 of 3 mutants killed by every seed<\/span><\/h1>/s);
    // A later document of the same command replaces the earlier one.
    await writeReports(folder, [sampleReport({ runs: 7_654 })]);
    expect(page()).toContain('7,654');
    expect(page()).toContain('<h2 id="gate">');
  });

  it('names the files that cannot be read, and shows the others', async () => {
    await writeFile(join(folder, 'bench.json'), '{"kind":"bench"');
    await writeFile(join(folder, 'gate.json'), JSON.stringify({ ...sampleGate(), formatVersion: 7 }));
    await writeReports(folder, [DOCUMENTS.run]);
    expect(page()).toContain('Not shown: report bench.json: it is not JSON');
    expect(page()).toContain('Not shown: report gate.json: format version 7');
    expect(page()).toContain('<h2 id="this-run">');
  });
});
