/** Something the user gave cannot be used. The message is one line that says what is wrong and what to do; commands exit with 2. */
export class InputError extends Error {
  override readonly name = 'InputError';
}
