/** Creates the schedule runner of a subject: a canister on a replica, or an HTTP service. */
import { ScheduleRunner } from '../../harness/execution/schedule-runner.js';
import type { CoverageCollector } from '../code-coverage/coverage-collector.js';
import { createFileReader } from './file-reader.js';
import { createExplorer, type ReplicaChoice } from './replicas.js';
import { openService } from './service.js';
import type { Subject, SubjectSpec } from './subject.js';
import { scheduleTimeLimit } from './time-limits.js';

/** The caller disposes of the replica. `coverage` collects what the modules execute on the embedded engine. */
export async function openRunner(
  { wasm, fault, service: spec, messageMs }: SubjectSpec,
  { target }: Subject,
  choice: ReplicaChoice,
  coverage?: CoverageCollector,
): Promise<ScheduleRunner> {
  const reader = createFileReader();
  if (spec !== undefined) {
    const { service, ...opened } = openService(spec);
    return new ScheduleRunner({ ...opened, service, wasm, reader });
  }
  const replica = await createExplorer(choice, messageMs, coverage?.recorder);
  const timeLimit = () => scheduleTimeLimit(messageMs);
  return new ScheduleRunner({ replica, target, wasm, fault, reader, timeLimit, setUpObserver: coverage });
}
