/** An input of the user is unusable. The message is one line: what is wrong, and what to do. Commands exit with code 2. */
export class InputError extends Error {
  override readonly name = 'InputError';
}
