/**
 * An HTTP server that answers from a script. Each request must equal the next request of the script in method, path, content type, and
 * body; the server records deviations. `GET /status` may come at any time.
 */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { matchesRecorded } from './golden-exchanges.js';

export interface ScriptedExchange {
  readonly method: string;
  readonly path: string;
  readonly content_type?: string;
  readonly request: string;
  readonly status: number;
  readonly response: string;
}

export interface ReplayServer {
  readonly url: string;
  /** The requests that differ from the script. */
  readonly deviations: readonly string[];
  /** Returns the number of exchanges that have not happened yet. */
  remaining(): number;
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** Starts a server that is closed when the test ends. */
export async function startReplayServer(script: readonly ScriptedExchange[]): Promise<ReplayServer> {
  const deviations: string[] = [];
  let next = 0;
  const answer = async (request: IncomingMessage): Promise<{ status: number; text: string }> => {
    const body = await read(request);
    const came = `${request.method} ${request.url}`;
    if (came === 'GET /status') return { status: 200, text: '' };
    const expected = script[next++];
    if (!expected) deviations.push(`${came} after the end of the script`);
    else if (came !== `${expected.method} ${expected.path}`) {
      deviations.push(`${came} in place of ${expected.method} ${expected.path}`);
    } else if (!matchesRecorded(body, expected.request)) {
      deviations.push(`${came} with ${body.slice(0, 300)} in place of ${expected.request.slice(0, 300)}`);
    } else if (
      expected.content_type !== undefined &&
      request.headers['content-type'] !== expected.content_type
    ) {
      deviations.push(`${came} as ${request.headers['content-type']} in place of ${expected.content_type}`);
    }
    return { status: expected?.status ?? 500, text: expected?.response ?? '{"message":"unexpected"}' };
  };
  const server = createServer((request, response) => {
    void answer(request).then(({ status, text }) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(text),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, deviations, remaining: () => script.length - next };
}
