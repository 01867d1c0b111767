/**
 * HTTP requests and responses in Candid: `HttpUpdateRequest` and `HttpResponse` of the IC's HTTP gateway protocol.
 */
import { IDL } from '@icp-sdk/core/candid';
import { createDecoder, type CandidRecord } from './candid/decoder.js';
import { createEncoder, recordWriter, type CandidWriter } from './candid/writer.js';

export type HttpHeader = readonly [name: string, value: string];

export interface HttpRequestMessage {
  readonly method: 'GET' | 'POST' | 'DELETE' | 'HEAD' | 'OPTIONS';
  /** Path and query. */
  readonly url: string;
  readonly headers: readonly HttpHeader[];
  readonly body: Uint8Array;
}

export interface HttpResponseMessage {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
}

const Headers = IDL.Vec(IDL.Tuple(IDL.Text, IDL.Text));
const UpdateRequest = IDL.Record({
  method: IDL.Text,
  url: IDL.Text,
  headers: Headers,
  body: IDL.Vec(IDL.Nat8),
});

function writeHeaders(writer: CandidWriter, headers: readonly HttpHeader[]): void {
  writer.leb128(headers.length);
  for (const [name, value] of headers) writer.text(name).text(value);
}

/** Argument of `http_request_update`. */
export const encodeHttpRequest = createEncoder<HttpRequestMessage>(
  [UpdateRequest],
  recordWriter<HttpRequestMessage>({
    method: (writer, { method }) => writer.text(method),
    url: (writer, { url }) => writer.text(url),
    headers: (writer, { headers }) => writeHeaders(writer, headers),
    body: (writer, { body }) => writer.blob(body),
  }),
  {
    value: { method: 'GET', url: '/x', headers: [['a', 'bc']], body: Uint8Array.of(7, 8) },
    candid: [{ method: 'GET', url: '/x', headers: [['a', 'bc']], body: Uint8Array.of(7, 8) }],
  },
);

const requestDecoder = createDecoder(['method', 'url', 'headers', 'body']);
const responseDecoder = createDecoder(['status_code', 'headers', 'body', 'upgrade', 'streaming_strategy']);

/**
 * The inverse of `encodeHttpRequest`.
 * @throws Error for other bytes
 */
export function decodeHttpRequest(arg: Uint8Array): HttpRequestMessage {
  const [value] = requestDecoder.decode(arg);
  const { method, url, headers, body } = value as CandidRecord;
  return { method, url, headers: headerPairs(headers), body } as HttpRequestMessage;
}

/** @throws Error if the reply is not an `HttpResponse` */
export function decodeHttpResponse(reply: Uint8Array): HttpResponseMessage {
  const [value] = responseDecoder.decode(reply);
  const { status_code: status, headers, body } = (value ?? {}) as CandidRecord;
  if (typeof status !== 'number' || !(body instanceof Uint8Array)) throw new Error('it is no HTTP response');
  const byName = new Map(headerPairs(headers).map(([name, text]) => [name.toLowerCase(), text]));
  return { status, headers: byName, body };
}

const HttpResponse = IDL.Record({ status_code: IDL.Nat16, headers: Headers, body: IDL.Vec(IDL.Nat8) });

/** The reply of a canister that returns this response. It lets a service that is not a canister use the same decoder. */
export function encodeHttpResponse({ status, headers, body }: HttpResponseMessage): Uint8Array {
  return Uint8Array.from(IDL.encode([HttpResponse], [{ status_code: status, headers: [...headers], body }]));
}

/** A tuple is a record whose fields are named 0 and 1. */
function headerPairs(headers: unknown): HttpHeader[] {
  if (!Array.isArray(headers)) throw new Error('the headers are no vector');
  return headers.map((header: CandidRecord): HttpHeader => {
    const { 0: name, 1: value } = header;
    if (typeof name !== 'string' || typeof value !== 'string')
      throw new Error('a header is no pair of texts');
    return [name, value];
  });
}
