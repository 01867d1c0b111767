/**
 * Writes a document and the reports rendered from it to a folder. Each file is written atomically. `index.html` is the page of the folder:
 * it shows this document and the documents of other commands in the same folder.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '../harness/files/write-file-atomic.js';
import { renderBenchMarkdown, renderScalingMarkdown } from './render/bench-markdown.js';
import {
  DOCUMENT_KIND_INFO,
  documentKinds,
  encodeDocument,
  fileNameOf,
  readDocumentOf,
  type DocumentByKind,
  type DocumentKind,
  type Documents,
  type ReportDocument,
} from './documents/documents.js';
import { renderCobertura, renderLcov } from './render/coverage-files.js';
import { renderCoverageMarkdown } from './render/coverage-markdown.js';
import { renderExploreMarkdown } from './render/explore-markdown.js';
import { renderGateMarkdown } from './render/gate-markdown.js';
import { renderGateJUnit, renderRunJUnit, renderMutantsJUnit } from './render/junit.js';
import { renderProbeMarkdown } from './render/probe-markdown.js';
import { renderRunMarkdown } from './render/run-markdown.js';
import { renderMutationElements } from './render/mutation-elements.js';
import { renderMutationMarkdown } from './render/mutation-markdown.js';
import { renderMutantsMarkdown } from './render/mutants-markdown.js';

/** A writer returns `undefined` if the document has nothing for its file. */
type Writers<K extends DocumentKind> = Readonly<
  Record<string, (document: DocumentByKind[K]) => string | undefined>
>;

/** File names differ by kind, so that no command overwrites the reports of another. */
const WRITERS: { readonly [K in DocumentKind]: Writers<K> } = {
  run: { 'junit.xml': renderRunJUnit, 'summary.md': renderRunMarkdown },
  mutants: { 'mutants-junit.xml': renderMutantsJUnit, 'mutants-summary.md': renderMutantsMarkdown },
  gate: { 'gate-junit.xml': renderGateJUnit, 'gate-summary.md': renderGateMarkdown },
  bench: { 'bench-summary.md': renderBenchMarkdown },
  scaling: { 'scaling-summary.md': renderScalingMarkdown },
  probe: { 'probe-summary.md': renderProbeMarkdown },
  explore: { 'explore-summary.md': renderExploreMarkdown },
  coverage: {
    'coverage-summary.md': renderCoverageMarkdown,
    'coverage.lcov': renderLcov,
    'cobertura.xml': renderCobertura,
  },
  mutation: {
    'mutation-summary.md': renderMutationMarkdown,
    'mutation-elements.json': renderMutationElements,
  },
};

export interface WriteOptions {
  /** Documents that were read from this folder. They stay unchanged; only the reports rendered from them are written. */
  readonly inPlace?: readonly ReportDocument[];
}

/**
 * Writes at most one document of each kind. Returns the paths of the written files.
 * @throws the system error (full disk, missing permission); existing files then keep their content
 */
export async function writeReports(
  folder: string,
  documents: readonly ReportDocument[],
  { inPlace = [] }: WriteOptions = {},
): Promise<string[]> {
  const written: string[] = [];
  const write = async (name: string, text: string) => {
    const path = join(folder, name);
    await writeFileAtomic(path, text);
    written.push(path);
  };
  for (const document of documents) {
    if (!inPlace.includes(document)) await write(fileNameOf(document), encodeDocument(document));
    const writers = WRITERS[document.kind] as Readonly<
      Record<string, (document: ReportDocument) => string | undefined>
    >;
    for (const [name, render] of Object.entries(writers)) {
      const text = render(document);
      if (text !== undefined) await write(name, text);
    }
  }
  const page = await documentsOfFolder(folder, documents);
  // The plot library is slow to load, so the page module is imported only here, after the other files are written.
  const { renderPage } = await import('./page/page.js');
  await write('index.html', renderPage(page.documents, page.unreadable));
  return written;
}

interface FolderContent {
  readonly documents: Documents;
  /** One line for each file that cannot be shown, with the reason. */
  readonly unreadable: readonly string[];
}

/** The given documents, and the documents of other kinds that the folder contains. */
async function documentsOfFolder(folder: string, given: readonly ReportDocument[]): Promise<FolderContent> {
  const documents: Partial<Record<DocumentKind, ReportDocument>> = {};
  const unreadable: string[] = [];
  for (const kind of documentKinds) {
    const own = given.find((document) => document.kind === kind);
    const { fileName } = DOCUMENT_KIND_INFO[kind];
    const path = join(folder, fileName);
    if (own !== undefined) documents[kind] = own;
    else if (existsSync(path)) {
      try {
        documents[kind] = await readDocumentOf(kind, path);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        unreadable.push(reason.replaceAll(path, fileName));
      }
    }
  }
  return { documents: documents as Documents, unreadable };
}
