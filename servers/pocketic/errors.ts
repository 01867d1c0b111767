/** Errors in the form in which the PocketIC server sends them. */
import { Principal } from '@icp-sdk/core/principal';
import type { PrincipalText } from '../../replicas/replica.js';
import { HttpError, JSON_TYPE } from '../http/reply.js';

/** An error whose body is a JSON document. */
export function jsonError(status: number, body: object): HttpError {
  return new HttpError(status, JSON.stringify(body), JSON_TYPE);
}

/** The error of an operation: 400 `{message}`. */
export function operationError(message: string): HttpError {
  return jsonError(400, { message });
}

/** The error for a call or message that the server cannot accept or cannot route to a subnet. */
export function badIngress(text: string): HttpError {
  return operationError(`BadIngressMessage(${JSON.stringify(text)})`);
}

/** The error for an argument that is well-formed JSON but not a valid principal, blob, or id. The text is Rust's debug format. */
export function conversionError(message: string): HttpError {
  return operationError(`ConversionError { message: ${JSON.stringify(message)} }`);
}

/** The length of the buffer in which the server keeps a principal. */
const PRINCIPAL_BYTES = 29;

/** A principal in Rust's debug format. */
export function debugPrincipal(principal: PrincipalText): string {
  const bytes = Principal.fromText(principal).toUint8Array();
  const padded = Array.from({ length: PRINCIPAL_BYTES }, (_, index) => bytes[index] ?? 0);
  return `Principal { len: ${bytes.length}, bytes: [${padded.join(', ')}] }`;
}
