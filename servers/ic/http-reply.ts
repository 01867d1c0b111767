/** What an endpoint answers, before it becomes an HTTP response. */
import { type CborInput, encodeCbor } from './cbor.js';

export interface HttpReply {
  readonly status: number;
  /** Undefined for empty bodies. */
  readonly contentType: string | undefined;
  readonly body: Uint8Array | string;
}

/** As a replica labels its plain texts; the gateway in front of it leaves the charset out. */
export const REPLICA_TEXT = 'text/plain; charset=utf-8';
export const GATEWAY_TEXT = 'text/plain';
export const CBOR = 'application/cbor';

export function cborReply(value: CborInput): HttpReply {
  return {
    status: 200,
    contentType: CBOR,
    body: encodeCbor(value),
  };
}

export function textReply(status: number, body: string, contentType: string = REPLICA_TEXT): HttpReply {
  return {
    status,
    contentType,
    body,
  };
}

/** Thrown where a request cannot be served as it is; becomes a plain text response. Never a server's own fault. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly status: number;
  readonly contentType: string;

  constructor(status: number, message: string, contentType: string = REPLICA_TEXT) {
    super(message);
    this.status = status;
    this.contentType = contentType;
  }
}
