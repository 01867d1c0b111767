/** Sends requests to a server by its URL. It uses `node:http`, because `fetch` changes headers and paths. */
import { Agent, request as startRequest } from 'node:http';
import type { Send, WireAnswer, WireRequest } from './exchange.js';

/** `url` is for example `http://127.0.0.1:4943`. The connections close with the process, or when `close` is called. */
export function createHttpSend(url: string): { readonly send: Send; readonly close: () => void } {
  const { hostname, port } = new URL(url);
  const agent = new Agent({ keepAlive: true });
  const send = ({ method, path, headers, body }: WireRequest): Promise<WireAnswer> =>
    new Promise((resolve) => {
      const length = body === undefined ? {} : { 'content-length': body.length };
      const sent = startRequest(
        { hostname, port, method, path, agent, headers: { ...length, ...headers } },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.on('error', (error) => {
            resolve(noAnswer(error));
          });
          answer.on('end', () => {
            const contentType = answer.headers['content-type'];
            resolve({ status: answer.statusCode ?? 0, contentType, body: Buffer.concat(chunks) });
          });
        },
      );
      sent.on('error', (error) => {
        resolve(noAnswer(error));
      });
      sent.end(body);
    });
  return {
    send,
    close: () => {
      agent.destroy();
    },
  };
}

function noAnswer(error: NodeJS.ErrnoException): WireAnswer {
  return {
    status: `no answer: ${error.code ?? error.message}`,
    contentType: undefined,
    body: Buffer.alloc(0),
  };
}
