/** Makes the replica that an option names. */
import { createEmbeddedReplica } from '../../replicas/embedded/embedded-replica.js';
import { findServer, type FoundServer } from '../../replicas/pocketic/find-server.js';
import { createPocketIcReplica } from '../../replicas/pocketic/pocketic-replica.js';
import type { Replica } from '../../replicas/replica.js';
import { InputError } from '../../harness/input-error.js';
import { cacheFolder } from './cache-folder.js';

export function createExplorer(choice: 'auto' | 'embedded' | 'pocketic'): Promise<Replica> {
  return choice === 'pocketic'
    ? createPocketIc()
    : Promise.resolve(createEmbeddedReplica({ cacheDir: cacheFolder() }));
}

async function createPocketIc(): Promise<Replica> {
  return createPocketIcReplica({ binary: (await requireServer()).path });
}

/** @throws InputError that says where a server was looked for. */
export async function requireServer(): Promise<FoundServer> {
  const { found, rejected } = await findServer();
  if (found === undefined) {
    const looked = rejected.map(({ source, reason }) => `${source}: ${reason}`).join('; ');
    throw new InputError(
      `no PocketIC server was found (${looked}); set POCKET_IC_BIN, run "npm run pocketic:install", or use --replica embedded`,
    );
  }
  return found;
}

/** The replica that confirms what another one found, if its server is here. */
export async function findConfirmer(): Promise<{ create: () => Promise<Replica> } | { reason: string }> {
  const { found } = await findServer();
  if (found !== undefined) return { create: () => createPocketIcReplica({ binary: found.path }) };
  return { reason: 'no PocketIC server was found ("upload-stress doctor" says where it was looked for)' };
}
