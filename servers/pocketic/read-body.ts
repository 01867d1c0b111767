/** Reads a request body by its shape. A malformed body is a 4xx error with the recorded text. */
import { HttpError } from '../http/reply.js';
import { JsonError } from './json/json-error.js';
import { decodeJson, type Shape } from './json/shapes.js';

/** A request body that is not decoded yet. */
export interface Body {
  readonly contentType: string | undefined;
  readonly bytes: Uint8Array;
}

/** @throws {HttpError} 415 for another content type, 400 for a body that is not JSON, 422 for JSON of another shape */
export function readBody<T>(shape: Shape<T>, body: Body): T {
  if (!/^application\/(?:[\w.-]+\+)?json\b/i.test(body.contentType ?? '')) {
    throw new HttpError(415, 'Expected request with `Content-Type: application/json`');
  }
  try {
    return decodeJson(shape, body.bytes);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    if (error.kind === 'syntax')
      throw new HttpError(400, `Failed to parse the request body as JSON: ${error.message}`);
    throw new HttpError(422, `Failed to deserialize the JSON body into the target type: ${error.message}`);
  }
}
