/** Reads a JSON value of any shape and drops it. It does not recurse, because a value may be nested deeply. */
import { readNumber } from './numbers.js';
import type { JsonReader } from './json-reader.js';
import { SYNTAX } from './syntax.js';

export function ignoreValue(reader: JsonReader): void {
  /** The closing brackets of the open lists and objects. */
  const open: ('}' | ']')[] = [];
  do {
    const opened = ignoreStart(reader);
    if (opened !== undefined) open.push(opened);
    closeAll(reader, open, opened !== undefined);
  } while (open.length > 0);
}

/** Reads a value without parts, or the opening bracket of another one. Then it returns the closing bracket. */
function ignoreStart(reader: JsonReader): '}' | ']' | undefined {
  const token = reader.peekToken();
  switch (token) {
    case '':
      throw reader.peekError(SYNTAX.endOfValue);
    case 'n':
    case 't':
    case 'f':
      reader.skip();
      reader.readIdent({ n: 'ull', t: 'rue', f: 'alse' }[token]);
      return undefined;
    case '"':
      reader.skip();
      reader.readString();
      return undefined;
    case '[':
    case '{':
      reader.skip();
      return token === '[' ? ']' : '}';
    default:
      if (!/^[-0-9]$/.test(token)) throw reader.peekError(SYNTAX.value);
      readNumber(reader);
      return undefined;
  }
}

/** Reads the brackets that close after a value, and what precedes the next value. `isFirst` is true directly after an opening bracket. */
function closeAll(reader: JsonReader, open: ('}' | ']')[], isFirst: boolean): void {
  let first = isFirst;
  for (let end = open.at(-1); end !== undefined; end = open.at(-1)) {
    const token = reader.peekToken();
    if (token === end) {
      reader.skip();
      open.pop();
      first = false;
      continue;
    }
    if (token === '') throw reader.peekError(end === ']' ? SYNTAX.endOfList : SYNTAX.endOfObject);
    if (!first) {
      if (token !== ',') throw reader.peekError(end === ']' ? SYNTAX.listEnd : SYNTAX.objectEnd);
      reader.skip();
    }
    if (end === '}') ignoreKey(reader);
    return;
  }
}

function ignoreKey(reader: JsonReader): void {
  const quote = reader.peekToken();
  if (quote !== '"') throw reader.peekError(quote === '' ? SYNTAX.endOfObject : SYNTAX.key);
  reader.skip();
  reader.readString();
  readColon(reader);
}

/** Reads the colon after a key. */
export function readColon(reader: JsonReader): void {
  const token = reader.peekToken();
  if (token !== ':') throw reader.peekError(token === '' ? SYNTAX.endOfObject : SYNTAX.colon);
  reader.skip();
}
