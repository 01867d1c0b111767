/** An experiment as `probe.json` holds it. */
import type { ProbeExperiment } from '../../reports/documents/probe-report.js';
import type { Promises } from '../../targets/promises.js';
import type { EvidenceLine } from './evidence.js';
import { promisedValue } from './promise-fields.js';
import type { ExperimentResult } from './run-experiments.js';

/** Experiments that search for a number run dozens of times; the first and the last runs show it. */
const RUNS_MAX = 6;

export function reportedExperiment(result: ExperimentResult, promises: Promises): ProbeExperiment {
  const { name, tried } = result;
  if ('lacks' in result)
    return {
      name,
      tried,
      observed: null,
      lacks: result.lacks,
      promise: null,
      promised: null,
      dangerous: false,
      evidence: [],
    };
  const { observed, suggests, isDangerous = false } = result.observation;
  const promised = suggests === undefined ? undefined : promisedValue(promises, suggests.field);
  return {
    name,
    tried,
    observed,
    lacks: null,
    promise: suggests?.value === undefined ? null : { field: suggests.field, value: suggests.value },
    promised: typeof promised === 'string' || typeof promised === 'number' ? promised : null,
    dangerous: isDangerous,
    evidence: result.evidence.flatMap((lines, run) =>
      isShown(run, result.evidence.length) ? lines.map((line) => numbered(line, run + 1)) : [],
    ),
  };
}

function isShown(run: number, runs: number): boolean {
  return runs <= RUNS_MAX || run < RUNS_MAX / 2 || run >= runs - RUNS_MAX / 2;
}

function numbered({ call, answer }: EvidenceLine, run: number): ProbeExperiment['evidence'][number] {
  return { run, call, answer };
}
