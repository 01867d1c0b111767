/** The server of this project in this thread, as the replay of a trace needs it. */
import { createInProcessServer } from '../../servers/pocketic/in-process.js';
import type { Send } from '../exchanges/exchange.js';

export function createInProcessSend(): { readonly send: Send; readonly dispose: () => Promise<void> } {
  const server = createInProcessServer();
  const send: Send = async ({ body, ...request }) => {
    const reply = await server.handle({ ...request, body: body ?? Buffer.alloc(0) });
    return { status: reply.status, contentType: reply.contentType, body: Buffer.from(reply.body) };
  };
  return { send, dispose: server.dispose };
}
