/** Converts the requests and answers of a trace to and from HTTP. */
import { parseExactJson, stringifyExactJson } from '../../replicas/pocketic/exact-json.js';
import { expandBytes, expandJson, expandText } from './described-values.js';
import type { Exchange, TraceAnswer, WireAnswer, WireRequest } from './exchange.js';
import type { Identifiers } from './identifiers.js';
import { readableCborBody } from './readable-cbor.js';

const JSON_TYPE = 'application/json';

/** The server answers with the result, not with 202. */
const PATIENT = { 'processing-timeout-ms': '300000' };

/** Returns the request to send. */
export function toWireRequest(exchange: Exchange, identifiers: Identifiers): WireRequest {
  const body = bodyOf(exchange, identifiers);
  const headers: Record<string, string> = { ...(exchange.headers ?? PATIENT) };
  if (exchange.request !== undefined) headers['content-type'] ??= JSON_TYPE;
  return { method: exchange.method ?? 'POST', path: identifiers.mapPath(exchange.path), headers, body };
}

function bodyOf(exchange: Exchange, { mapText }: Identifiers): Buffer | undefined {
  const { request, request_text, request_bytes } = exchange;
  if (request !== undefined) return Buffer.from(stringifyExactJson(expandJson(request, mapText)));
  if (request_text !== undefined) return Buffer.from(expandText(request_text));
  return request_bytes === undefined ? undefined : expandBytes(request_bytes);
}

/** Returns the answer in the form of a trace, with all bytes and texts in full. */
export function fromWireAnswer({ status, contentType = '', body }: WireAnswer): TraceAnswer {
  if (typeof status === 'string') return { status };
  const answer = {
    status,
    ...(contentType !== JSON_TYPE && body.length > 0 && { response_type: contentType }),
  };
  if (contentType.startsWith(JSON_TYPE) && body.length > 0)
    return { ...answer, response: plainJson(parseExactJson(body.toString())) };
  if (contentType.startsWith('application/cbor')) return { ...answer, response: readableCborBody(body) };
  if (contentType.startsWith('application/octet-stream'))
    return { ...answer, response: body.toString('base64') };
  return { ...answer, response: plainText(body.toString()) };
}

/** A text of the server may name a source file by the place where the server was built. Only the part in the package is compared. */
const PLACE = /(?:\/[\w.+-]+)+\/([a-z0-9_-]+-\d+\.\d+\.\d+\/src\/[\w/]+\.rs:\d+)/g;

const plainText = (text: string): string => text.replace(PLACE, '$1');

function plainJson(value: unknown): unknown {
  if (typeof value === 'string') return plainText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(plainJson);
  return Object.fromEntries(
    Object.entries(value).map(([name, entry]) => [
      name,
      name === 'Ok' && typeof entry === 'string' ? plainReply(entry) : plainJson(entry),
    ]),
  );
}

/** A reply of a canister may hold a text of the server. */
function plainReply(base64: string): string {
  const text = Buffer.from(base64, 'base64').toString('latin1');
  const plain = plainText(text);
  return plain === text ? base64 : Buffer.from(plain, 'latin1').toString('base64');
}
