/** Creates the replica that an option names. */
import { InputError } from '../../harness/input-error.js';
import { createEmbeddedReplica, type EmbeddedReplica } from '../../replicas/embedded/embedded-replica.js';
import type { CoverageRecorder } from '../../replicas/embedded/wasm/coverage-recorder.js';
import type { FoundServer } from '../../replicas/pocketic/find-server.js';
import type { ServerProcess } from '../../replicas/pocketic/server-process.js';
import { MessageTimer } from '../../replicas/message-timer.js';
import type { Replica } from '../../replicas/replica.js';
import { cacheFolder } from '../../replicas/embedded/cache-folder.js';

export type ReplicaName = 'embedded' | 'pocketic';

/** `auto` explores on the embedded engine and confirms on PocketIC if its server is found. */
export type ReplicaChoice = 'auto' | ReplicaName;

/**
 * The embedded engine as commands run it. It keeps instrumented modules in the user's cache, so that the next thread or command starts
 * sooner. `messageMs` is the wall-clock limit of a message in milliseconds. With a recorder, it counts what the modules execute.
 */
export function createCachingEngine(messageMs?: number, coverage?: CoverageRecorder): EmbeddedReplica {
  const watch = new MessageTimer({ limitMs: messageMs });
  return createEmbeddedReplica({ cacheDir: cacheFolder(), watch, coverage });
}

/**
 * The replica that campaigns explore on. `messageMs` is the wall-clock limit of a message on the embedded engine, in milliseconds. Only
 * the engine counts for coverage.
 * @throws InputError if it needs a server and none is found
 */
export async function createExplorer(
  choice: ReplicaChoice,
  messageMs?: number,
  coverage?: CoverageRecorder,
): Promise<Replica> {
  if (choice !== 'pocketic') return createCachingEngine(messageMs, coverage);
  return createServerReplica(await requireServer());
}

/** One PocketIC server for several replicas, each with an instance of its own. */
export class SharedServer {
  #started: Promise<{ readonly server: ServerProcess; readonly version: string }> | undefined;

  /**
   * A new instance. The first call starts the server.
   * @throws InputError if no server is found; ReplicaError if it does not start
   */
  async createReplica(): Promise<Replica> {
    const { createPocketIcReplica } = await import('../../replicas/pocketic/pocketic-replica.js');
    return createPocketIcReplica(await (this.#started ??= this.#start()));
  }

  async stop(): Promise<void> {
    const started = await this.#started?.catch(() => undefined);
    await started?.server.stop();
  }

  async #start() {
    const { path: binary, version } = await requireServer();
    const { startServer } = await import('../../replicas/pocketic/server-process.js');
    return { server: await startServer({ binary }), version };
  }
}

/** @throws InputError if no PocketIC server is found; it lists the searched places */
export async function requireServer(): Promise<FoundServer> {
  const { findServer } = await serverSearch();
  const { found, rejected } = await findServer();
  if (found !== undefined) return found;
  const searched = rejected.map(({ source, reason }) => `${source}: ${reason}`).join('; ');
  throw new InputError(
    `no PocketIC server was found (${searched}); set POCKET_IC_BIN, install the package @dfinity/pic, or use --replica embedded`,
  );
}

/** A factory of the replica that confirms findings, or why there is none. */
export async function findConfirmer(): Promise<{ create: () => Promise<Replica> } | { reason: string }> {
  const { findServer } = await serverSearch();
  const { found } = await findServer();
  if (found !== undefined) return { create: () => createServerReplica(found) };
  return { reason: 'no PocketIC server was found ("npx upload-stress doctor" lists the searched places)' };
}

// A campaign that begins on the engine loads what a server needs only when it looks for one.

function serverSearch() {
  return import('../../replicas/pocketic/find-server.js');
}

async function createServerReplica({ path }: FoundServer): Promise<Replica> {
  const { createPocketIcReplica } = await import('../../replicas/pocketic/pocketic-replica.js');
  return createPocketIcReplica({ binary: path });
}
