/**
 * JSON with integers beyond 2^53.
 *
 * PocketIC sends nanoseconds (u64) and cycles (u128) as plain JSON numbers; `JSON.parse` would round them. Here an integer
 * literal of 16 digits or more becomes a bigint and everything else stays as `JSON.parse` gives it. On the way out a
 * bigint is written as an integer literal.
 */

/** Where the scanner must stop: the start of a string, or of a number that may be long. */
const STRING_OR_LONG_INTEGER = /"|(?<![\d.eE+-])-?\d{16,}(?![\d.eE])/g;
/** 2^53 has 16 digits: shorter integers are exact already. A marker that no JSON string of this protocol can start with. */
const MARK = '\u0000int:';

/** Same errors as `JSON.parse` (SyntaxError). */
export function parseExactJson(text: string): unknown {
  const marked = markLongIntegers(text);
  if (marked === undefined) return JSON.parse(text);
  return JSON.parse(marked, (_key, value: unknown) =>
    typeof value === 'string' && value.startsWith(MARK) ? BigInt(value.slice(MARK.length)) : value,
  );
}

/** The text with long integer literals wrapped in marked strings; undefined when there are none. */
function markLongIntegers(text: string): string | undefined {
  const pieces: string[] = [];
  let copied = 0;
  STRING_OR_LONG_INTEGER.lastIndex = 0;
  for (let hit = STRING_OR_LONG_INTEGER.exec(text); hit; hit = STRING_OR_LONG_INTEGER.exec(text)) {
    if (hit[0] === '"') {
      // Payloads are megabytes of base64: jump over the string instead of matching its inside.
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

/** Index after the closing quote of the string that opens at `start`; the end of the text when it never closes. */
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

/** `JSON.stringify`, with bigints as integer literals. The value holds no string that starts with a NUL. */
export function stringifyExactJson(value: unknown): string {
  let sawBigint = false;
  const text = JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner !== 'bigint') return inner;
    sawBigint = true;
    return `${MARK}${inner}`;
  });
  return sawBigint ? text.replaceAll(/"\\u0000int:(-?\d+)"/g, '$1') : text;
}

/** Reads an integer field that may be a number or a bigint; undefined when it is neither, or has a fraction. */
export function toBigint(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value);
  return undefined;
}
