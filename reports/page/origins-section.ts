/** Where the results of every command but `run` come from: module, machine, time. A run has a section of its own. */
import {
  DOCUMENT_KIND_INFO,
  documentKinds,
  type Documents,
  type ReportDocument,
} from '../documents/documents.js';
import { clip } from '../text/visible-text.js';
import { html, type Html } from './html.js';
import { figureTable } from './figures.js';
import { formatTime } from './overview.js';

const moduleOf = (document: ReportDocument) => (document.kind === 'gate' ? document.canister : document.wasm);

export function originsSection(documents: Documents): Html | undefined {
  const present = documentKinds.flatMap((kind): ReportDocument[] => {
    const document = documents[kind];
    return document === undefined ? [] : [document];
  });
  if (present.every(({ kind }) => kind === 'run')) return undefined;
  return html`<section aria-labelledby="origins">
    <h2 id="origins">Where this comes from</h2>
    ${otherModules(present)}
    ${figureTable({
      caption: 'Commands whose results are on this page',
      header: ['command', 'started', 'took', 'module', 'its SHA-256', 'machine', 'version'],
      rows: present.map((document) => {
        const { file, sha256 } = moduleOf(document);
        const { node, platform, cpus, loadAverage } = document.environment;
        return [
          DOCUMENT_KIND_INFO[document.kind].command,
          formatTime(document.startedAt),
          `${(document.durationMs / 1_000).toFixed(1)} s`,
          clip(file, 200),
          html`<code>${sha256.slice(0, 12)}</code>`,
          clip(`Node ${node}, ${platform}, ${cpus} cores, load ${loadAverage.toFixed(1)}`, 200),
          clip(document.tool.version, 40),
        ];
      }),
    })}
  </section>`;
}

/** Mutants are of a build of their own. */
function otherModules(present: readonly ReportDocument[]): Html | '' {
  const measured = present.filter(
    (document) => document.kind !== 'mutants' && !(document.kind === 'run' && document.wasm.fault !== null),
  );
  if (new Set(measured.map((document) => moduleOf(document).sha256)).size < 2) return '';
  return html`<p class="note">
    These results are not of one module: compare the SHA-256 below, and run the older command again.
  </p>`;
}
