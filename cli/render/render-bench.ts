/** The result of `bench` as text. */
import { join } from 'node:path';
import type { BenchReport } from '../../reports/documents/bench-report.js';
import type { ScalingReport } from '../../reports/documents/scaling-report.js';
import { formatBytes } from '../../reports/text/format-units.js';
import { renderScaling } from './render-scaling.js';
import { renderSweep } from './render-sweep.js';

export type BenchDocument = BenchReport | ScalingReport;

/** @param folder the output folder as the user would type it; undefined if nothing was saved */
export function renderBench(document: BenchDocument, folder: string | undefined): string {
  const { wasm, environment } = document;
  const machine = `load average ${environment.loadAverage.toFixed(2)} on ${environment.cpus} CPUs`;
  const saved = folder === undefined ? 'No report was written.' : `Open ${join(folder, 'index.html')}`;
  const lines = document.isInterrupted ? ['interrupted: these are the measurements up to then'] : [];
  if (document.kind === 'scaling') {
    lines.push(`${wasm.file}, ${machine}`, ...renderScaling(document), saved);
  } else {
    const { fileSize, replica, best } = document.chunkSizes;
    const next =
      best === null
        ? 'Next: try smaller sizes with --chunk-sizes'
        : 'Next: npx upload-stress bench --scaling measures how costs grow';
    lines.push(
      `${formatBytes(fileSize)} to ${wasm.file} on ${replica.name} ${replica.version}, ${machine}`,
      ...renderSweep(document.chunkSizes),
      saved,
      next,
    );
  }
  return `${lines.join('\n')}\n`;
}
