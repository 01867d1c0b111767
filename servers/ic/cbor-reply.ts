/** Replies in CBOR, and the content types of the IC's HTTP interface. */
import type { HttpReply } from '../http/reply.js';
import { type CborInput, encodeCbor } from '../../certification/cbor.js';

/** Content type of a plain text from the gateway. A text from the replica has a charset as well. */
export const GATEWAY_TEXT = 'text/plain';
export const CBOR = 'application/cbor';

export function cborReply(value: CborInput): HttpReply {
  return { status: 200, contentType: CBOR, body: encodeCbor(value) };
}
