/** A server without sockets and threads: the same protocol, as a function in this thread. */
import type { HttpReply } from '../http/reply.js';
import { EngineBackend } from './engine-backend.js';
import { Router, type Request } from './router.js';

export interface InProcessServer {
  /** Never rejects. An operation blocks this thread until it ends. */
  readonly handle: (request: Request) => Promise<HttpReply>;
  readonly dispose: () => Promise<void>;
}

/** Of a request in the same thread: a long operation answers with its result, not with a name to ask for it. */
export const PATIENT_HEADERS = {
  'content-type': 'application/json',
  'processing-timeout-ms': '3600000',
} as const;

/** `cacheDir`: where instrumented modules are kept; default: nowhere. */
export function createInProcessServer({ cacheDir }: { readonly cacheDir?: string } = {}): InProcessServer {
  const router = new Router((options) =>
    Promise.resolve(new EngineBackend({ ...options, ...(cacheDir !== undefined && { cacheDir }) })),
  );
  return { handle: (request) => router.handle(request), dispose: () => router.dispose() };
}
