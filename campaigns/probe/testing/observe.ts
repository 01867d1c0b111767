/** Runs a few experiments on a canister with a seeded fault. */
import { readFileSync } from 'node:fs';
import { ScheduleRunner } from '../../../harness/execution/schedule-runner.js';
import { inProject } from '../../../suites/testing/fixtures.js';
import { createEmbeddedReplica } from '../../../replicas/embedded/embedded-replica.js';
import type { Target } from '../../../targets/target.js';
import { EXPERIMENTS } from '../experiments.js';
import { runExperiments, type ExperimentResult } from '../run-experiments.js';

export interface Observed {
  readonly target: Target;
  /** Path of the module in this repository. */
  readonly wasm: string;
  readonly fault?: string;
  /** Default: all. */
  readonly names?: readonly string[];
}

export async function observe({
  target,
  wasm,
  fault,
  names,
}: Observed): Promise<readonly ExperimentResult[]> {
  const replica = createEmbeddedReplica();
  const bytes = Uint8Array.from(readFileSync(inProject(wasm)));
  const experiments = EXPERIMENTS.filter(({ name }) => names === undefined || names.includes(name));
  try {
    const runner = new ScheduleRunner({ replica, target, wasm: bytes, fault });
    return await runExperiments({ runner, experiments });
  } finally {
    await replica.dispose();
  }
}

/** `DANGEROUS accepted; the file is right [chunkOrder: any]`. */
export function textOf(result: ExperimentResult | undefined): string {
  if (result === undefined) return 'not run';
  if ('lacks' in result) return `nothing to try: ${result.lacks}`;
  const { observed, suggests, isDangerous = false } = result.observation;
  const promise = suggests === undefined ? '' : ` [${suggests.field}: ${String(suggests.value)}]`;
  return `${isDangerous ? 'DANGEROUS ' : ''}${observed}${promise}`;
}
