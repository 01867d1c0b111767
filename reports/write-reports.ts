/**
 * Writes a document into a folder with everything that is drawn from it, each file whole or not at all. `index.html` is the page of the
 * folder: it shows this document and those of other commands that lie beside it.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { writeWhole } from '../harness/files/write-whole.js';

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
import { renderGateMarkdown } from './render/gate-markdown.js';
import { renderGateJUnit, renderRunJUnit, renderMutantsJUnit } from './render/junit.js';
import { renderRunMarkdown } from './render/run-markdown.js';
import { renderMutantsMarkdown } from './render/mutants-markdown.js';

type Writers<K extends DocumentKind> = Readonly<Record<string, (document: DocumentByKind[K]) => string>>;

/** Names differ by kind, so that no command writes over what another has left. */
const WRITERS: { readonly [K in DocumentKind]: Writers<K> } = {
  run: { 'junit.xml': renderRunJUnit, 'summary.md': renderRunMarkdown },
  mutants: { 'mutants-junit.xml': renderMutantsJUnit, 'mutants-summary.md': renderMutantsMarkdown },
  gate: { 'gate-junit.xml': renderGateJUnit, 'gate-summary.md': renderGateMarkdown },
  bench: { 'bench-summary.md': renderBenchMarkdown },
  scaling: { 'scaling-summary.md': renderScalingMarkdown },
};

export interface WriteOptions {
  /** Documents that were read from this folder and stay there as they are; only what is drawn from them is written. */
  readonly inPlace?: readonly ReportDocument[];
}

/**
 * At most one document of each kind. Returns the paths written. Throws the system's error (full disk, no permission) after leaving older
 * files as they were.
 */
export async function writeReports(
  folder: string,
  documents: readonly ReportDocument[],
  { inPlace = [] }: WriteOptions = {},
): Promise<string[]> {
  const written: string[] = [];
  const write = async (name: string, text: string) => {
    const path = join(folder, name);
    await writeWhole(path, text);
    written.push(path);
  };
  for (const document of documents) {
    if (!inPlace.includes(document)) await write(fileNameOf(document), encodeDocument(document));
    const writers = WRITERS[document.kind] as Readonly<Record<string, (document: ReportDocument) => string>>;
    for (const [name, render] of Object.entries(writers)) await write(name, render(document));
  }
  const page = await documentsOfFolder(folder, documents);
  // The plots' library takes a moment to load, so the page is loaded only when it is written, and is the last to be.
  const { renderPage } = await import('./page/page.js');
  await write('index.html', renderPage(page.documents, page.unreadable));
  return written;
}

interface FolderContent {
  readonly documents: Documents;
  /** Why a file of the folder is not shown, one line each. */
  readonly unreadable: readonly string[];
}

/** The documents given, and of the other kinds those that lie in the folder. */
async function documentsOfFolder(folder: string, given: readonly ReportDocument[]): Promise<FolderContent> {
  const documents: Partial<Record<DocumentKind, ReportDocument>> = {};
  const unreadable: string[] = [];
  for (const kind of documentKinds) {
    const own = given.find((document) => document.kind === kind);
    const { fileName } = DOCUMENT_KIND_INFO[kind];
    const path = join(folder, fileName);
    if (own !== undefined) documents[kind] = own;
    else if (existsSync(path)) {
      await readDocumentOf(kind, path).then(
        (other) => void (documents[kind] = other),
        (error: Error) => void unreadable.push(error.message.replaceAll(path, fileName)),
      );
    }
  }
  return { documents: documents as Documents, unreadable };
}
