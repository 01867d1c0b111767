/** The connection to a Redis or Valkey server. The password is never part of a text. */
import { Redis } from 'ioredis';
import { InputError } from '../../harness/input-error.js';

/** Names the server, with its password, so that it is not on the command line. */
export const URL_VARIABLE = 'REDIS_URL';

const CONNECT_MS = 10_000;
/** Milliseconds between attempts to connect again, at most. */
const RETRY_MS_MAX = 2_000;

export interface Connection {
  readonly redis: Redis;
  /** `redis://host:port`, without user and password. */
  readonly shown: string;
  /** Whether the traffic can be read on the way: the server is on another machine, and the connection has no TLS. */
  readonly isExposed: boolean;
  readonly close: () => void;
}

/**
 * Connects. Once connected, it connects again whenever the connection is lost.
 * @param onLost is called when the connection is lost, `onBack` when it is there again
 * @throws InputError, one line, if there is no URL, or the server cannot be reached or refuses the password
 */
export async function connect(
  named: string | undefined,
  { env = process.env, onLost, onBack }: ConnectOptions = {},
): Promise<Connection> {
  const url = parsedUrl(named ?? env[URL_VARIABLE]);
  const shown = `${url.protocol}//${url.host}`;
  let isConnected = false;
  const redis = new Redis(url.href, {
    lazyConnect: true,
    maxRetriesPerRequest: null,
    connectTimeout: CONNECT_MS,
    connectionName: 'upload-stress',
    retryStrategy: (times) => (isConnected ? Math.min(50 * times, RETRY_MS_MAX) : null),
  });
  let last: Error | undefined;
  redis.on('error', (error: Error) => void (last = error));
  try {
    await redis.connect();
    await redis.ping();
  } catch (error) {
    redis.disconnect();
    throw new InputError(`server ${shown}: ${problemOf(last ?? error)}`);
  }
  isConnected = true;
  let isClosing = false;
  redis.on('close', () => {
    if (!isClosing) onLost?.(shown);
  });
  redis.on('ready', () => onBack?.(shown));
  const close = () => {
    isClosing = true;
    redis.disconnect();
  };
  return { redis, shown, close, isExposed: url.protocol === 'redis:' && !isLoopback(url.hostname) };
}

export interface ConnectOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly onLost?: (shown: string) => void;
  readonly onBack?: (shown: string) => void;
}

function parsedUrl(text: string | undefined): URL {
  if (text === undefined || text === '')
    throw new InputError(
      `no server is named; set the variable ${URL_VARIABLE} or pass --redis, for example redis://:PASSWORD@127.0.0.1:6390`,
    );
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'redis:' && url.protocol !== 'rediss:') || url.hostname === '')
    throw new InputError('the URL of the server must start with redis:// or rediss:// and name a host');
  return url;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function problemOf(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (/NOAUTH|WRONGPASS|invalid password|no password/i.test(message))
    return 'it requires another password; give it in the URL, as in redis://:PASSWORD@HOST:PORT';
  if (message.includes('NOPERM')) return 'the user of the URL lacks the permission';
  if (code === 'ECONNREFUSED') return 'nothing listens there; start the server, or correct the URL';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'the host is unknown';
  if (code === 'ETIMEDOUT' || /timeout|ETIMEDOUT/i.test(message)) return 'it does not answer';
  if (/certificate|self.signed|TLS|SSL/i.test(`${code} ${message}`))
    return `the TLS connection fails: ${message.split('\n')[0] ?? ''}; a private authority is named by NODE_EXTRA_CA_CERTS`;
  if (/Connection is closed|ECONNRESET|EPIPE/.test(`${code} ${message}`))
    return 'it closes the connection; does it expect TLS (rediss://), or none (redis://)?';
  return code === '' ? (message.split('\n')[0] ?? '') : code;
}
