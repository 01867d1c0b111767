/** Errors of the JSON decoder, with the texts of serde_json and serde_path_to_error, which are part of the recorded answers. */

/** `syntax`: the text is not JSON, or it ends early. `data`: it is JSON of another shape. */
export type JsonErrorKind = 'syntax' | 'data';

export interface Position {
  /** From 1. */
  readonly line: number;
  /** Number of bytes of the line up to and including the offending one. */
  readonly column: number;
}

/** The message is `PATH: TEXT at line L column C`, without the path if the error is at the top. */
export class JsonError extends Error {
  override readonly name = 'JsonError';
  readonly kind: JsonErrorKind;

  constructor(kind: JsonErrorKind, path: string, text: string, { line, column }: Position) {
    super(`${path}${text} at line ${line} column ${column}`);
    this.kind = kind;
  }
}

/** An error of a value whose position is the end of the enclosing object or list. The decoder of that object or list adds it. */
export class UnplacedError extends Error {
  override readonly name = 'UnplacedError';
  readonly path: string;

  constructor(path: string, text: string) {
    super(text);
    this.path = path;
  }
}

/** One step of a path: a field or variant, or the index of an element. `undefined`: a key that could not be read. */
export type PathStep = string | number | undefined;

/** Returns the prefix of a message, for example `subnets[0].kind: `. It is empty if no step is known. */
export function pathPrefix(steps: readonly PathStep[]): string {
  if (steps.every((step) => step === undefined)) return '';
  let text = '';
  for (const step of steps) {
    if (typeof step === 'number') text += `[${step}]`;
    else text += `${text === '' ? '' : '.'}${step ?? '?'}`;
  }
  return `${text}: `;
}
