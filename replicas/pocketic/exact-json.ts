/**
 * JSON with integers above 2^53.
 *
 * PocketIC sends nanoseconds (u64) and cycles (u128) as plain JSON numbers, which `JSON.parse` rounds. This parser turns an integer
 * literal of 16 digits or more into a bigint and is otherwise like `JSON.parse`. The writer turns a bigint into an integer literal.
 */

/** Matches the start of a string, or an integer of 16 digits or more. Integers with fewer digits are below 2^53. */
const STRING_OR_LONG_INTEGER = /"|(?<![\d.eE+-])-?\d{16,}(?![\d.eE])/g;
/** Marks a string that stands for an integer. No string of the protocol starts with it. */
const MARK = '\u0000int:';

/** @throws {SyntaxError} like `JSON.parse` */
export function parseExactJson(text: string): unknown {
  const marked = markLongIntegers(text);
  if (marked === undefined) return JSON.parse(text);
  return JSON.parse(marked, (_key, value: unknown) =>
    typeof value === 'string' && value.startsWith(MARK) ? BigInt(value.slice(MARK.length)) : value,
  );
}

/** Returns the text with long integers wrapped in marked strings, or `undefined` if it has none. */
function markLongIntegers(text: string): string | undefined {
  const pieces: string[] = [];
  let copied = 0;
  STRING_OR_LONG_INTEGER.lastIndex = 0;
  for (let hit = STRING_OR_LONG_INTEGER.exec(text); hit; hit = STRING_OR_LONG_INTEGER.exec(text)) {
    if (hit[0] === '"') {
      // Payloads are megabytes of base64, so the search continues after the string instead of inside it.
      STRING_OR_LONG_INTEGER.lastIndex = endOfString(text, hit.index);
      continue;
    }
    pieces.push(text.slice(copied, hit.index), '"\\u0000int:', hit[0], '"');
    copied = hit.index + hit[0].length;
  }
  if (pieces.length === 0) return undefined;
  pieces.push(text.slice(copied));
  return pieces.join('');
}

/** Returns the index after the closing quote of the string that opens at `start`, or the length of the text if it never closes. */
function endOfString(text: string, start: number): number {
  let from = start + 1;
  for (;;) {
    const quote = text.indexOf('"', from);
    if (quote < 0) return text.length;
    let backslashes = 0;
    while (text[quote - 1 - backslashes] === '\\') backslashes++;
    if (backslashes % 2 === 0) return quote + 1;
    from = quote + 1;
  }
}

/** Like `JSON.stringify`, with bigints as integer literals. No string in the value may start with a NUL. */
export function stringifyExactJson(value: unknown): string {
  const seen = { bigint: false };
  const text = JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner !== 'bigint') return inner;
    seen.bigint = true;
    return `${MARK}${inner}`;
  });
  return seen.bigint ? text.replaceAll(/"\\u0000int:(-?\d+)"/g, '$1') : text;
}

/** Converts a number or bigint. Returns `undefined` for any other value and for a number with a fraction. */
export function toBigint(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value);
  return undefined;
}
