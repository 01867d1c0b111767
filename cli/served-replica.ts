/** The embedded engine as a server that runs in rounds, in this process. */
import { cacheFolder } from '../replicas/embedded/cache-folder.js';
import { EMBEDDED_ENGINE_VERSION } from '../replicas/embedded/embedded-replica.js';
import { createPocketIcReplica } from '../replicas/pocketic/pocketic-replica.js';
import type { Send } from '../replicas/pocketic/rest-client.js';
import type { Replica } from '../replicas/replica.js';
import { createInProcessServer } from '../servers/pocketic/in-process.js';

/** Long operations answer with their result, not with a name to ask for it. */
const HEADERS = { 'content-type': 'application/json', 'processing-timeout-ms': '3600000' };

/**
 * The engine behind the protocol and the driver of a PocketIC server, without HTTP. It runs in rounds, as the server does: an installation,
 * a stop, and a question for the status are messages that take rounds.
 */
export async function createServedReplica(): Promise<Replica> {
  const server = createInProcessServer({ cacheDir: cacheFolder() });
  const send: Send = async ({ method, path, body }) => {
    const request = { method, path, headers: HEADERS, body: Buffer.from(body ?? '') };
    const reply = await server.handle(request);
    return { status: reply.status, text: Buffer.from(reply.body).toString() };
  };
  return await createPocketIcReplica({ send, name: 'embedded', version: EMBEDDED_ENGINE_VERSION });
}
