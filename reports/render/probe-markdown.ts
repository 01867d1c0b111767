/** The experiments of `probe` as Markdown. */
import { isContradiction, type ProbeExperiment, type ProbeReport } from '../documents/probe-report.js';
import { countOf } from '../text/format-units.js';
import { inlineCode, markdownTable } from './markdown.js';

export function probeHeadline({ experiments, interrupted }: ProbeReport): string {
  const observed = experiments.filter((experiment) => experiment.observed !== null).length;
  const dangerous = experiments.filter((experiment) => experiment.dangerous).length;
  const end = interrupted ? ' (interrupted)' : '';
  if (observed === 0) return `no experiment was run${end}`;
  const danger = dangerous === 0 ? 'no dangerous behavior' : `dangerous behavior in ${dangerous}`;
  return `${countOf(observed, 'experiment')}, ${danger}${end}`;
}

/** `access.put: owner`; what the target promises instead, if it does. */
export function promiseText(experiment: ProbeExperiment): string {
  const { promise, promised } = experiment;
  const own = promise === null ? '' : `${promise.field}: ${promise.value}`;
  if (!isContradiction(experiment)) return own;
  return `${own === '' ? '' : `${own}, `}but the target promises ${String(promised)}`;
}

export function renderProbeMarkdown(report: ProbeReport): string {
  const rows = report.experiments.map((experiment) => [
    experiment.name,
    experiment.tried,
    experiment.observed ?? `nothing to try: ${String(experiment.lacks)}`,
    experiment.dangerous ? 'dangerous' : '',
    promiseText(experiment),
  ]);
  const { wasm, target } = report;
  const lines = [
    `# Upload stress: ${probeHeadline(report)}`,
    '',
    `Target ${inlineCode(target)}, wasm ${inlineCode(wasm.sha256.slice(0, 12))}.`,
    '',
    ...markdownTable(['experiment', 'tried', 'observed', '', 'promise'], rows),
  ];
  return `${lines.join('\n')}\n`;
}
