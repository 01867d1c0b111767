import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { begin, call, finish, schedule } from '../../harness/testing/schedules.js';
import { PACKAGE_ROOT } from '../../package-root.js';
import {
  documentKinds,
  encodeDocument,
  fileNameOf,
  publishedSchemas,
  readDocument,
  readDocumentOf,
  type ReportDocument,
} from './documents.js';
import { sampleDocuments, sampleGate, sampleMutant, sampleMutants } from '../testing/sample-documents.js';
import { findingOf } from '../testing/sample-finding.js';
import { sampleReport } from '../testing/sample-report.js';

const DOCUMENTS = { run: sampleReport(), ...sampleDocuments() } as Record<
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

it('reads the former names of checkers and rules as the current ones', async () => {
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

describe.each(documentKinds)('the %s document', (kind) => {
  const document = DOCUMENTS[kind];

  it('is read back unchanged from a file of any name', async () => {
    expect(await read(encodeDocument(document))).toEqual(document);
  });

  it('is rejected in one line if it is newer than the program, or damaged', async () => {
    await expect(read({ ...document, formatVersion: 99 })).rejects.toThrow(
      /format version 99 is newer than the supported version 1/,
    );
    await expect(read({ ...document, tool: 'x' })).rejects.toThrow(
      /not a valid document of upload-stress .*: tool: /,
    );
    await expect(read(encodeDocument(document).slice(0, -20))).rejects.toThrow(/it is not JSON/);
  });
});

it('rejects JSON that is not a report document', async () => {
  for (const foreign of [[], 1, null, 'null', {}, { kind: 'soup', formatVersion: 1 }, { formatVersion: 1 }])
    await expect(read(foreign)).rejects.toThrow(/not a report document; pass run\.json/);
});

it('reads a run document without a kind, as the first version wrote it', async () => {
  const { kind: _, ...older } = sampleReport();
  expect(await read(older)).toEqual(sampleReport());
});

it('names the command of a document of another kind', async () => {
  const path = join(folder, 'bench.json');
  await writeFile(path, encodeDocument(DOCUMENTS.bench));
  await expect(readDocumentOf('gate', path)).rejects.toThrow(
    'expected a document of upload-stress gate, found one of upload-stress bench',
  );
});

it('gives each shard of a gate its own file name', () => {
  expect(fileNameOf(sampleGate({ shard: { index: 2, count: 3 } }))).toBe('gate-2-of-3.json');
});

it('publishes the current schemas in docs/schemas', () => {
  for (const [name, schema] of Object.entries(publishedSchemas()))
    expect(JSON.parse(readFileSync(join(PACKAGE_ROOT, 'docs/schemas', name), 'utf8'))).toEqual(schema);
});
