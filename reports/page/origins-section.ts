/** Section about the sources of the results: wasm module, machine, and time of each command. */
import {
  DOCUMENT_KIND_INFO,
  documentKinds,
  type Documents,
  type ReportDocument,
} from '../documents/documents.js';
import { formatSeconds } from '../text/format-units.js';
import { clip } from '../text/visible-text.js';
import { html, type Html } from './html.js';
import { figureTable } from './figures.js';
import { formatTime } from './overview.js';

const moduleOf = (document: ReportDocument) => (document.kind === 'gate' ? document.canister : document.wasm);

/** Returns `undefined` for a run alone, because the run details contain the same facts. */
export function originsSection(documents: Documents): Html | undefined {
  const present = documentKinds.flatMap((kind): ReportDocument[] => {
    const document = documents[kind];
    return document === undefined ? [] : [document];
  });
  if (present.every(({ kind }) => kind === 'run')) return undefined;
  return html`<section aria-labelledby="origins">
    <h2 id="origins">Sources of the results</h2>
    ${moduleWarning(present)}
    ${figureTable({
      caption: 'Commands with results on this page',
      header: ['command', 'started', 'duration', 'wasm module', 'SHA-256', 'machine', 'version'],
      rows: present.map((document) => {
        const { file, sha256 } = moduleOf(document);
        const { node, platform, cpus, loadAverage } = document.environment;
        return [
          DOCUMENT_KIND_INFO[document.kind].command,
          formatTime(document.startedAt),
          formatSeconds(document.durationMs),
          clip(file, 200),
          html`<code>${sha256.slice(0, 12)}</code>`,
          clip(`Node ${node}, ${platform}, ${cpus} cores, load ${loadAverage.toFixed(1)}`, 200),
          clip(document.tool.version, 40),
        ];
      }),
    })}
  </section>`;
}

/** Ignores mutants and runs with a fault, which always use a different module. */
function moduleWarning(present: readonly ReportDocument[]): Html | '' {
  const measured = present.filter(
    (document) => document.kind !== 'mutants' && !(document.kind === 'run' && document.wasm.fault !== null),
  );
  if (new Set(measured.map((document) => moduleOf(document).sha256)).size < 2) return '';
  return html`<p class="note">
    The results on this page are of different wasm modules. Compare the SHA-256 values below, and run the
    older command again.
  </p>`;
}
