/** `upload-stress record` for the second batch of golden traces: sends their requests to a server and writes its answers. */
import type { ReplicaName } from '../campaigns/subject/replicas.js';
import { requireServer } from '../campaigns/subject/replicas.js';
import type { Send } from '../conformance/exchanges/exchange.js';
import { createHttpSend } from '../conformance/exchanges/http-send.js';
import { recordedTrace } from '../conformance/exchanges/record.js';
import { replayExchanges } from '../conformance/exchanges/replay.js';
import { formatExchangeTrace, readExchangeTrace } from '../conformance/exchanges/trace-files.js';
import { startServer } from '../replicas/pocketic/server-process.js';
import { createInProcessServer } from '../servers/pocketic/in-process.js';

export interface ExchangeSource {
  readonly replica: ReplicaName;
  readonly serverUrl?: string;
  /** Time without a request after which a started server ends. */
  readonly ttlSeconds: number;
}

export interface RecordedExchanges {
  /** The text of the new file. */
  readonly text: string;
  readonly exchanges: number;
  readonly differing: number;
}

/** Records one trace on a fresh server, or on the running one of `serverUrl`. */
export async function recordExchanges(
  name: string,
  source: ExchangeSource,
  onExchange: (done: number) => void,
): Promise<RecordedExchanges> {
  const trace = readExchangeTrace(name);
  const { send, close } = await openServer(source);
  try {
    const results = await replayExchanges(trace, send, onExchange);
    return {
      text: formatExchangeTrace(recordedTrace(trace, results)),
      exchanges: results.length,
      differing: results.filter(({ differences }) => differences.length > 0).length,
    };
  } finally {
    await close();
  }
}

interface OpenServer {
  readonly send: Send;
  readonly close: () => Promise<void>;
}

async function openServer({ replica, serverUrl, ttlSeconds }: ExchangeSource): Promise<OpenServer> {
  if (replica === 'embedded') return openEmbedded();
  if (serverUrl !== undefined) {
    const { send, close } = createHttpSend(serverUrl);
    return {
      send,
      close: async () => {
        close();
      },
    };
  }
  const server = await startServer({ binary: (await requireServer()).path, ttlSeconds });
  const { send, close } = createHttpSend(server.url);
  return {
    send,
    close: async () => {
      close();
      await server.stop();
    },
  };
}

function openEmbedded(): OpenServer {
  const server = createInProcessServer();
  return {
    send: async ({ body, ...request }) => {
      const reply = await server.handle({ ...request, body: body ?? Buffer.alloc(0) });
      return { status: reply.status, contentType: reply.contentType, body: Buffer.from(reply.body) };
    },
    close: server.dispose,
  };
}
