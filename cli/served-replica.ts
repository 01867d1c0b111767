/** The embedded engine as a server that runs in rounds, in this process. */
import { cacheFolder } from '../replicas/embedded/cache-folder.js';
import { EMBEDDED_ENGINE_VERSION } from '../replicas/embedded/embedded-replica.js';
import { createPocketIcReplica } from '../replicas/pocketic/pocketic-replica.js';
import type { Send } from '../replicas/pocketic/rest-client.js';
import type { Replica } from '../replicas/replica.js';
import { createInProcessServer, PATIENT_HEADERS } from '../servers/pocketic/in-process.js';

/**
 * The engine behind the protocol and the driver of a PocketIC server, without HTTP. It runs in rounds, as the server does: an installation,
 * a stop, and a question for the status are messages that take rounds.
 */
export async function createServedReplica(): Promise<Replica> {
  const server = createInProcessServer({ cacheDir: cacheFolder() });
  const send: Send = async ({ method, path, body }) => {
    const request = { method, path, headers: PATIENT_HEADERS, body: Buffer.from(body ?? '') };
    const reply = await server.handle(request);
    return { status: reply.status, text: Buffer.from(reply.body).toString() };
  };
  const close = () => server.dispose();
  return await createPocketIcReplica({ send, close, name: 'embedded', version: EMBEDDED_ENGINE_VERSION });
}
