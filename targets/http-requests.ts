import { HTTP_OPERATIONS, requestsOf, type HttpRequestName } from '../model/operations.js';
import type { Request } from './target.js';

/** A request of an operation that is available over HTTP. */
export type HttpRequest = Extract<Request, { op: HttpRequestName }>;

const HTTP_REQUESTS: ReadonlySet<string> = new Set([...HTTP_OPERATIONS].flatMap(requestsOf));

export function isHttpRequest(request: Request): request is HttpRequest {
  return HTTP_REQUESTS.has(request.op);
}
