/** The replicas that the suites run on: the embedded engine always, PocketIC where its server is found. */
import { createEmbeddedReplica } from '../../replicas/embedded/embedded-replica.js';
import { findServer } from '../../replicas/pocketic/find-server.js';
import { createPocketIcReplica } from '../../replicas/pocketic/pocketic-replica.js';
import type { Replica } from '../../replicas/replica.js';

export interface PresentReplica {
  readonly name: string;
  create(): Promise<Replica>;
}

/** A replica that is absent is named with the reason, so that a report can say what was not run. */
export interface AbsentReplica {
  readonly name: string;
  readonly reason: string;
}

export async function presentReplicas(): Promise<{ present: PresentReplica[]; absent: AbsentReplica[] }> {
  const present: PresentReplica[] = [
    { name: 'embedded', create: () => Promise.resolve(createEmbeddedReplica()) },
  ];
  const { found, rejected } = await findServer();
  if (found === undefined) {
    const reason = rejected.map(({ source, reason }) => `${source}: ${reason}`).join('; ');
    return { present, absent: [{ name: 'pocketic', reason }] };
  }
  const { path } = found;
  present.push({ name: `pocketic ${found.version}`, create: () => createPocketIcReplica({ binary: path }) });
  return { present, absent: [] };
}
