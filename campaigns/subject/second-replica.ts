/** The second replica of a command: PocketIC, if its server is found. It confirms what the embedded engine shows. */
import { ScheduleRunner } from '../../harness/execution/schedule-runner.js';
import type { ReplicaInfo } from '../../replicas/replica.js';
import { createFileReader } from './file-reader.js';
import { findConfirmer, type ReplicaChoice } from './replicas.js';
import type { Subject, SubjectSpec } from './subject.js';

export interface SecondReplica {
  /** Undefined if no second replica ran. */
  readonly replica: Pick<ReplicaInfo, 'name' | 'version'> | undefined;
  /** Why this replica ran, or why none did. */
  readonly reason: string;
}

export interface SecondReplicaWork<T> extends SecondReplica {
  /** What the work returned; undefined if no second replica ran. */
  readonly result: T | undefined;
}

export interface SecondReplicaOptions {
  readonly spec: SubjectSpec;
  readonly subject: Subject;
  readonly choice: ReplicaChoice;
  /** Called when the replica is ready. */
  readonly onStart?: (replica: Pick<ReplicaInfo, 'name' | 'version'>) => void;
}

/** Runs the work on the second replica, with the same module, and disposes of the replica. */
export async function onSecondReplica<T>(
  { spec, subject, choice, onStart }: SecondReplicaOptions,
  work: (runner: ScheduleRunner) => Promise<T>,
): Promise<SecondReplicaWork<T>> {
  const none = (reason: string) => ({ replica: undefined, reason, result: undefined });
  if (spec.service !== undefined) return none('confirmation is not supported for HTTP services');
  if (choice !== 'auto') return none(`--replica ${choice} does not use a second replica`);
  const confirmer = await findConfirmer();
  if ('reason' in confirmer) return none(confirmer.reason);
  const replica = await confirmer.create();
  try {
    const { name, version } = replica.info;
    onStart?.({ name, version });
    const { wasm, fault } = spec;
    const reader = createFileReader();
    const runner = new ScheduleRunner({ replica, target: subject.target, wasm, fault, reader });
    return { replica: { name, version }, reason: 'a PocketIC server was found', result: await work(runner) };
  } finally {
    await replica.dispose();
  }
}
