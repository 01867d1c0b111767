export interface InputErrorOptions extends ErrorOptions {
  /** Lines that follow the message, such as the calls that led to it. */
  readonly details?: readonly string[];
}

/** An input of the user is unusable. The message is one line: what is wrong, and what to do. Commands exit with code 2. */
export class InputError extends Error {
  override readonly name = 'InputError';
  readonly details: readonly string[];

  constructor(message: string, { details = [], ...options }: InputErrorOptions = {}) {
    super(message, options);
    this.details = details;
  }
}
