/** The bytes that structure JSON, and the texts of syntax errors. */

export const BYTE = {
  tab: 0x09,
  lineFeed: 0x0a,
  carriageReturn: 0x0d,
  space: 0x20,
  quote: 0x22,
  zero: 0x30,
  nine: 0x39,
  backslash: 0x5c,
};

/** Texts of syntax errors. */
export const SYNTAX = {
  endOfValue: 'EOF while parsing a value',
  endOfString: 'EOF while parsing a string',
  endOfList: 'EOF while parsing a list',
  endOfObject: 'EOF while parsing an object',
  colon: 'expected `:`',
  listEnd: 'expected `,` or `]`',
  objectEnd: 'expected `,` or `}`',
  ident: 'expected ident',
  value: 'expected value',
  key: 'key must be a string',
  trailingComma: 'trailing comma',
  trailing: 'trailing characters',
  number: 'invalid number',
  numberRange: 'number out of range',
  escape: 'invalid escape',
  codePoint: 'invalid unicode code point',
  control: 'control character (\\u0000-\\u001F) found while parsing a string',
  surrogate: 'lone leading surrogate in hex escape',
  hexEnd: 'unexpected end of hex escape',
  depth: 'recursion limit exceeded',
} as const;

export function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= BYTE.zero && byte <= BYTE.nine;
}
