/** Creates the schedule runner of a subject: a canister on a replica, or an HTTP service. */
import { ScheduleRunner, type SetUpObserver } from '../../harness/execution/schedule-runner.js';
import type { CoverageRecorder } from '../../replicas/embedded/wasm/coverage-recorder.js';
import { createFileReader } from './file-reader.js';
import { createExplorer, type ReplicaChoice } from './replicas.js';
import { openService } from './service.js';
import type { Subject, SubjectSpec } from './subject.js';
import { scheduleTimeLimit } from './time-limits.js';

/** Collects what the modules execute, without counting the set-ups of a canister again. */
export interface RunnerCoverage extends SetUpObserver {
  readonly recorder: CoverageRecorder;
}

/** The caller disposes of the replica. `coverage` collects what the modules execute on the embedded engine. */
export async function openRunner(
  { wasm, fault, service: spec, messageMs }: SubjectSpec,
  { target }: Subject,
  choice: ReplicaChoice,
  coverage?: RunnerCoverage,
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
