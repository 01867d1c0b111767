/** An HTTP proxy that drops, delays, duplicates, reorders, and holds back whole requests. */
import { createServer, request as requestOf, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * - `drop-request`: the connection breaks before the request reaches the server.
 * - `drop-answer`: the server handles the request, and the connection breaks before the response.
 * - `delay`: the request reaches the server `DELAY_MS` later.
 * - `twice`: the request reaches the server twice; the client gets one response.
 * - `overtaken`: the request reaches the server after the next one, or after `OVERTAKEN_MAX_MS` if none follows.
 */
export type HttpFault = 'drop-request' | 'drop-answer' | 'delay' | 'twice' | 'overtaken';

/** The fault of the n-th request, counted from 0, by its path. */
export type ProxyPlan = (number: number, path: string) => HttpFault | undefined;

export interface FaultyProxy {
  readonly url: string;
  /** Counts requests from 0 again and applies the plan to them. Before the first plan every request passes. */
  readonly begin: (plan: ProxyPlan) => void;
  /** Requests that arrive from now on wait until the promise is settled. */
  readonly hold: (until: Promise<unknown>) => void;
  /** Number of requests that each fault was applied to. */
  readonly met: Readonly<Record<HttpFault, number>>;
  readonly close: () => Promise<void>;
}

const DELAY_MS = 120;
const OVERTAKEN_MAX_MS = 300;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

interface Answer {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly body: Buffer;
}

export async function startFaultyProxy(target: string): Promise<FaultyProxy> {
  const met: Record<HttpFault, number> = {
    'drop-request': 0,
    'drop-answer': 0,
    delay: 0,
    twice: 0,
    overtaken: 0,
  };
  let plan: ProxyPlan = () => undefined;
  let seen = 0;
  let overtake: () => void = () => undefined;
  let held: Promise<unknown> = Promise.resolve();

  const serve = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = incoming.url ?? '/';
    const body = await bodyOf(incoming);
    await held;
    const fault = plan(seen++, path);
    if (fault !== undefined) met[fault] += 1;
    const forward = (): Promise<Answer> => {
      overtake();
      return ask(target, incoming, body);
    };
    if (fault === 'drop-request') return void response.destroy();
    if (fault === 'delay') await sleep(DELAY_MS);
    if (fault === 'overtaken') {
      await Promise.race([sleep(OVERTAKEN_MAX_MS), new Promise<void>((resolve) => (overtake = resolve))]);
    }
    const answer = await forward();
    if (fault === 'twice') await forward();
    if (fault === 'drop-answer') return void response.destroy();
    if (answer.contentType !== undefined) response.setHeader('content-type', answer.contentType);
    response.writeHead(answer.status).end(answer.body);
  };

  const server = createServer((incoming, response) => {
    serve(incoming, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    begin: (next) => {
      plan = next;
      seen = 0;
    },
    hold: (until) => {
      held = until.catch(() => undefined);
    },
    met,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function ask(target: string, { method, url, headers }: IncomingMessage, body: Buffer): Promise<Answer> {
  const { host: _, connection: __, ...passed } = headers;
  return new Promise((resolve, reject) => {
    const outgoing = requestOf(new URL(url ?? '/', target), { method, headers: passed });
    outgoing.on('error', reject);
    outgoing.on('response', (answer) => {
      const status = answer.statusCode ?? 502;
      const contentType = answer.headers['content-type'];
      bodyOf(answer).then((read) => resolve({ status, contentType, body: read }), reject);
    });
    outgoing.end(body);
  });
}
