/** Reads the workload that the user names. */
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { NAMED_WORKLOADS } from '../../explore/named-workloads.js';
import { workloadOf, workloadSchema } from '../../explore/workload.js';
import { counterexampleSchema } from '../../harness/counterexamples/counterexample.js';
import { readJsonFile } from '../../harness/files/json-file.js';
import { InputError } from '../../harness/input-error.js';
import type { WorkloadSource } from '../workloads/workloads-job.js';

/**
 * @param given the name of a workload that ships with the package, or the path of a workload or counterexample
 * @throws InputError, one line, if there is no such workload, or the file is neither
 */
export async function workloadSource(given: string): Promise<WorkloadSource> {
  if (Object.hasOwn(NAMED_WORKLOADS, given)) return { kind: 'named', name: given };
  if (!given.endsWith('.json') && !existsSync(given)) {
    const names = Object.keys(NAMED_WORKLOADS).join(', ');
    throw new InputError(
      `workload ${given}: there is no workload or file of this name; the workloads are ${names}`,
    );
  }
  const value = await readJsonFile(given, 'workload');
  const counterexample = counterexampleSchema.safeParse(value);
  if (counterexample.success)
    return { kind: 'given', workload: workloadOf(basename(given, '.json'), counterexample.data.schedule) };
  const workload = workloadSchema.safeParse(value);
  if (workload.success) return { kind: 'given', workload: workload.data };
  const [issue] = workload.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
  throw new InputError(
    `workload ${given}: it is neither a workload nor a counterexample: ${where}${issue?.message ?? ''}`,
  );
}
