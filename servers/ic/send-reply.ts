/** Sends a reply with the headers that let web pages read it. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { HttpReply } from '../http/reply.js';

/** The values of these headers were recorded from a server of the IC. */
const EXPOSED_HEADERS = 'accept-ranges,content-length,content-range,x-request-id,x-ic-canister-id';
const VARY = 'origin, access-control-request-method, access-control-request-headers';
const ALLOWED_HEADERS = 'accept, authorization, content-type, x-request-id, x-ic-canister-id';
const PREFLIGHT_SECONDS = '7200';

/** `corsOrigin` is the origin of the pages that may read the reply. */
export function sendReply(
  request: IncomingMessage,
  response: ServerResponse,
  reply: HttpReply,
  corsOrigin: string,
): void {
  const body = typeof reply.body === 'string' ? Buffer.from(reply.body) : reply.body;
  const isPreflight = request.method === 'OPTIONS';
  const headers: OutgoingHttpHeaders = {
    'access-control-allow-origin': corsOrigin,
    'access-control-expose-headers': EXPOSED_HEADERS,
    vary: VARY,
    'x-request-id': randomUUID(),
    'content-length': body.length,
    ...(reply.contentType !== undefined && { 'content-type': reply.contentType }),
    ...(isPreflight && {
      'access-control-allow-methods': 'GET, HEAD, POST',
      'access-control-allow-headers': ALLOWED_HEADERS,
      'access-control-max-age': PREFLIGHT_SECONDS,
    }),
  };
  response.writeHead(reply.status, headers);
  response.end(request.method === 'HEAD' ? undefined : body);
}
