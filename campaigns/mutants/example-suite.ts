/**
 * An example-based suite to compare campaigns with: the uploads that a careful author would test by hand. The same checkers judge it as
 * judge campaigns, and they see more than assertions at the end of each example would.
 */
import {
  duplicates,
  immediateRetrieval,
  largeUpload,
  sparseInterleaving,
} from '../../generators/named-schedules.js';
import { judge } from '../../harness/judgement/judge.js';
import type { StopSignal } from '../../harness/execution/stop-signal.js';
import type { Schedule } from '../../model/schedule.js';
import { uploadTarget } from '../../targets/upload.js';
import type { ExamplesTrial, MutantsJob } from './job.js';
import { onFreshReplica } from './trial.js';

/** The cheapest first, because the first failure ends the suite. */
export const EXAMPLES: readonly { readonly name: string; readonly schedule: () => Schedule }[] = [
  { name: 'sparse interleaving', schedule: sparseInterleaving },
  { name: 'duplicates', schedule: duplicates },
  { name: '100 immediate retrievals', schedule: () => immediateRetrieval(100) },
  { name: '50 MB and the heap', schedule: () => largeUpload(50, uploadTarget.defaultChunkSize) },
];

/** @throws Interrupted if the signal is aborted */
export async function runExamples(
  mutant: string,
  { faultsWasm }: MutantsJob,
  signal: StopSignal,
): Promise<ExamplesTrial> {
  return onFreshReplica({ target: uploadTarget, wasm: faultsWasm, fault: mutant }, async (runner) => {
    const started = performance.now();
    for (const { name, schedule: make } of EXAMPLES) {
      const schedule = make();
      const verdict = judge(await runner.run(schedule, signal), schedule, uploadTarget);
      if (verdict.kind !== 'invalid') continue;
      const kill = { example: name, checker: verdict.violations[0].checker };
      return { mutant, ms: performance.now() - started, kill };
    }
    return { mutant, ms: performance.now() - started, kill: undefined };
  });
}
