/** A reply that is not a success. `body` is sent as JSON when it is an object, as plain text when it is a string. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly status: number;
  readonly body: string | object;

  constructor(status: number, body: string | object) {
    super(typeof body === 'string' ? body : JSON.stringify(body));
    this.status = status;
    this.body = body;
  }
}

/** The server's form of an error of an operation: 400 `{message}`. */
export function operationError(message: string): HttpError {
  return new HttpError(400, { message });
}

/** A call or message that cannot be taken, or has no subnet. */
export function badIngress(text: string): HttpError {
  return operationError(`BadIngressMessage(${JSON.stringify(text)})`);
}

/** An argument that is well-formed JSON but no principal, blob or id. The text is Rust's debug form of the server's error. */
export function conversionError(message: string): HttpError {
  return operationError(`ConversionError { message: ${JSON.stringify(message)} }`);
}
