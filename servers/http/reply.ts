/** The reply of an endpoint before it becomes an HTTP response, and the error that becomes one. */

export interface HttpReply {
  readonly status: number;
  /** `undefined` for an empty body. */
  readonly contentType: string | undefined;
  readonly body: Uint8Array | string;
}

export const TEXT_TYPE = 'text/plain; charset=utf-8';
export const JSON_TYPE = 'application/json';

export function textReply(status: number, body: string, contentType: string = TEXT_TYPE): HttpReply {
  return { status, contentType, body };
}

/** `body` is JSON text. */
export function jsonReply(body: string, status = 200): HttpReply {
  return { status, contentType: JSON_TYPE, body };
}

export function emptyReply(status = 200): HttpReply {
  return { status, contentType: undefined, body: '' };
}

/** Thrown by an endpoint that cannot serve a request. The message is the response body. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly status: number;
  readonly contentType: string;

  constructor(status: number, message: string, contentType: string = TEXT_TYPE) {
    super(message);
    this.status = status;
    this.contentType = contentType;
  }

  toReply(): HttpReply {
    return this.message === ''
      ? emptyReply(this.status)
      : textReply(this.status, this.message, this.contentType);
  }
}
