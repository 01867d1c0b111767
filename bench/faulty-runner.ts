/** A runner on the embedded engine for a canister with a seeded fault. */
import { join } from 'node:path';
import { openRunner } from '../campaigns/subject/open-runner.js';
import { openSubject, resolveSubject } from '../campaigns/subject/subject.js';
import type { ScheduleRunner } from '../harness/execution/schedule-runner.js';
import { PACKAGE_ROOT } from '../package-root.js';

/** @param example folder of an example; absent: the reference canister */
export async function faultyRunner(fault: string, example?: string): Promise<ScheduleRunner> {
  const spec = await resolveSubject({ fault, ...(example === undefined ? {} : subjectOf(example)) });
  return openRunner(spec, await openSubject(spec), 'embedded');
}

function subjectOf(example: string) {
  const folder = join(PACKAGE_ROOT, 'examples', example);
  return { wasm: join(folder, 'wasm', `${example}-faults.wasm.gz`), target: join(folder, 'target.ts') };
}
