/** Where a subject is run: a replica with the module installed on it, or the service that it is. */
import { ScheduleRunner } from '../../harness/execution/schedule-runner.js';
import { createFileReader } from './file-reader.js';
import { createExplorer } from './replicas.js';
import { openService } from './service.js';
import type { Subject, SubjectSpec } from './subject.js';

/** The replica is the caller's to dispose of. */
export async function openRunner(
  { wasm, fault, service: spec }: SubjectSpec,
  { target }: Subject,
  choice: 'auto' | 'embedded' | 'pocketic',
): Promise<ScheduleRunner> {
  const reader = createFileReader();
  if (spec !== undefined) {
    const { service, ...opened } = openService(spec);
    return new ScheduleRunner({ ...opened, service, wasm, reader });
  }
  return new ScheduleRunner({ replica: await createExplorer(choice), target, wasm, fault, reader });
}
