/** Shapes with parts: lists, records, and alternatives. */
import { ignoreValue, readColon } from './ignore-value.js';
import { UnplacedError } from './json-error.js';
import type { JsonReader } from './json-reader.js';
import { wrongType, type Shape, type ValueOf } from './shapes.js';
import { SYNTAX } from './syntax.js';

/** Reads what is between two brackets. An error without a position gets that of the end of the part, or of the closing bracket. */
function enclosed<T>(reader: JsonReader, read: () => T, end: () => void): T {
  let value: T;
  try {
    value = reader.nested(read);
  } catch (error) {
    if (!(error instanceof UnplacedError)) throw error;
    try {
      end();
    } catch {
      // The first error counts.
    }
    throw reader.error(error.message, 'data', error.path);
  }
  end();
  return value;
}

function endList(reader: JsonReader): void {
  const token = reader.peekToken();
  if (token === '') throw reader.peekError(SYNTAX.endOfList);
  if (token === ']') {
    reader.skip();
    return;
  }
  if (token !== ',') throw reader.peekError(SYNTAX.trailing);
  reader.skip();
  throw reader.peekError(reader.peekToken() === ']' ? SYNTAX.trailingComma : SYNTAX.trailing);
}

function endObject(reader: JsonReader): void {
  const token = reader.peekToken();
  if (token === '') throw reader.peekError(SYNTAX.endOfObject);
  if (token !== '}') throw reader.peekError(token === ',' ? SYNTAX.trailingComma : SYNTAX.trailing);
  reader.skip();
}

/** Whether an element follows. Reads the comma before it. */
function hasElement(reader: JsonReader, isFirst: boolean): boolean {
  const token = reader.peekToken();
  if (token === '') throw reader.peekError(SYNTAX.endOfList);
  if (token === ']') return false;
  if (isFirst) return true;
  if (token !== ',') throw reader.peekError(SYNTAX.listEnd);
  reader.skip();
  const next = reader.peekToken();
  if (next === '') throw reader.peekError(SYNTAX.endOfValue);
  if (next === ']') throw reader.peekError(SYNTAX.trailingComma);
  return true;
}

/** Reads the comma before a key and the key. Returns `undefined` at the end of the object. */
function nextKey(reader: JsonReader, isFirst: boolean): string | undefined {
  let token = reader.peekToken();
  if (token === '') throw reader.peekError(SYNTAX.endOfObject);
  if (token === '}') return undefined;
  if (!isFirst) {
    if (token !== ',') throw reader.peekError(SYNTAX.objectEnd);
    reader.skip();
    token = reader.peekToken();
    if (token === '') throw reader.peekError(SYNTAX.endOfValue);
    if (token === '}') throw reader.peekError(SYNTAX.trailingComma);
  }
  if (token !== '"') throw reader.peekError(SYNTAX.key);
  reader.skip();
  return reader.readString();
}

export function list<T>(element: Shape<T>): Shape<readonly T[]> {
  return {
    read: (reader) => {
      const token = reader.peekToken();
      if (token !== '[') throw wrongType(reader, token, 'a sequence');
      const read = (): T[] => {
        const elements: T[] = [];
        while (reader.within(elements.length, () => hasElement(reader, elements.length === 0)))
          elements.push(reader.within(elements.length, () => element.read(reader)));
        return elements;
      };
      return enclosed(reader, read, () => {
        endList(reader);
      });
    },
  };
}

type Fields = Readonly<Record<string, Shape<unknown>>>;

/** The fields whose values may be `undefined` are optional in the type. */
export type RecordOf<F extends Fields> = { readonly [K in keyof F]: ValueOf<F[K]> };

/** An object with these fields, or a list of their values in this order. Other fields are ignored. `name` is the name of the Rust type. */
export function record<F extends Fields>(name: string, fields: F): Shape<RecordOf<F>> {
  return shapeOfRecord(name, fields, fields);
}

/** Like `record`, with fields of later versions of the protocol. They are not in the list of values. */
export function versionedRecord<F extends Fields, L extends Fields>(
  name: string,
  fields: F,
  later: L,
): Shape<RecordOf<F & L>> {
  return shapeOfRecord(name, fields, { ...fields, ...later });
}

function shapeOfRecord<F extends Fields>(name: string, positions: Fields, fields: F): Shape<RecordOf<F>> {
  return {
    read: (reader) => {
      const token = reader.peekToken();
      if (token === '{') {
        return enclosed(
          reader,
          () => readFields(reader, fields),
          () => {
            endObject(reader);
          },
        );
      }
      if (token !== '[') throw wrongType(reader, token, `struct ${name}`);
      return enclosed(
        reader,
        () => readPositions(reader, name, positions, fields),
        () => {
          endList(reader);
        },
      );
    },
  };
}

function readFields<F extends Fields>(reader: JsonReader, fields: F): RecordOf<F> {
  const values: Record<string, unknown> = {};
  for (let count = 0; ; count++) {
    const key = reader.within(undefined, () => nextKey(reader, count === 0));
    if (key === undefined) break;
    const field = Object.hasOwn(fields, key) ? fields[key] : undefined;
    if (field !== undefined && Object.hasOwn(values, key))
      throw reader.unplaced(`duplicate field \`${key}\``);
    readColon(reader);
    reader.within(key, () => {
      if (field === undefined) ignoreValue(reader);
      else values[key] = field.read(reader);
    });
  }
  for (const [key, { missing }] of Object.entries(fields)) {
    if (Object.hasOwn(values, key)) continue;
    if (missing === undefined) throw reader.unplaced(`missing field \`${key}\``);
    values[key] = missing.value;
  }
  return values as RecordOf<F>;
}

function readPositions<F extends Fields>(
  reader: JsonReader,
  name: string,
  positions: Fields,
  fields: F,
): RecordOf<F> {
  const entries = Object.entries(positions);
  const values: Record<string, unknown> = {};
  for (const [key, { missing }] of Object.entries(fields)) values[key] = missing?.value;
  for (const [index, [key, field]] of entries.entries()) {
    if (reader.within(index, () => hasElement(reader, index === 0))) {
      values[key] = reader.within(index, () => field.read(reader));
      continue;
    }
    const count = `${entries.length} element${entries.length === 1 ? '' : 's'}`;
    throw reader.unplaced(`invalid length ${index}, expected struct ${name} with ${count}`);
  }
  return values as RecordOf<F>;
}

type Variants = Readonly<Record<string, Shape<unknown> | undefined>>;

/** A variant without a value is its name. A variant with a value is an object with the name as its only field. */
export type VariantOf<V extends Variants> = {
  readonly [K in keyof V]: V[K] extends Shape<infer T>
    ? { readonly kind: K; readonly value: T }
    : { readonly kind: K };
}[keyof V];

/** One of several alternatives. `undefined` stands for one without a value. */
export function variant<V extends Variants>(variants: V): Shape<VariantOf<V>> {
  return {
    read: (reader) => {
      const token = reader.peekToken();
      if (token === '{') return readVariantObject(reader, variants);
      if (token !== '"') throw reader.peekError(token === '' ? SYNTAX.endOfValue : SYNTAX.value);
      const kind = readVariantName(reader, variants);
      if (variants[kind] !== undefined) {
        reader.within(kind, () => {
          throw reader.unplaced('invalid type: unit variant, expected newtype variant');
        });
      }
      return { kind } as VariantOf<V>;
    },
  };
}

function readVariantObject<V extends Variants>(reader: JsonReader, variants: V): VariantOf<V> {
  const result = reader.nested(() => {
    const token = reader.peekToken();
    if (token !== '"') throw wrongType(reader, token, 'variant identifier');
    const kind = readVariantName(reader, variants);
    readColon(reader);
    const shape = variants[kind];
    const value = reader.within(kind, () => (shape === undefined ? readUnit(reader) : shape.read(reader)));
    return shape === undefined ? { kind } : { kind, value };
  });
  const token = reader.peekToken();
  if (token !== '}') throw reader.error(token === '' ? SYNTAX.endOfObject : SYNTAX.value);
  reader.skip();
  return result as VariantOf<V>;
}

/** Reads a name whose opening quote comes next. */
function readVariantName<V extends Variants>(reader: JsonReader, variants: V): keyof V & string {
  reader.skip();
  const name = reader.readString();
  if (Object.hasOwn(variants, name)) return name;
  const names = Object.keys(variants).map((known) => `\`${known}\``);
  const expected = names.length > 2 ? `one of ${names.join(', ')}` : names.join(' or ');
  throw reader.dataError(`unknown variant \`${name}\`, expected ${expected}`);
}

function readUnit(reader: JsonReader): undefined {
  const token = reader.peekToken();
  if (token !== 'n') throw wrongType(reader, token, 'unit');
  reader.skip();
  reader.readIdent('ull');
}
