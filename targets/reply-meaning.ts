/** The results of a target that is a table of calls: from what the function `ok` of a call returns. */
import { createHash } from 'node:crypto';
import type { RequestName } from '../model/operations.js';
import type { Result } from '../model/result.js';
import type { EncodedRequest, ReadResult, Request } from './target.js';

/** Marks a function `decode` whose results are those of `calls`, for messages. The target may use another copy of this package. */
export const OF_CALLS = Symbol.for('canister-upload-stress.calls');

export function isOfCalls({ decode }: { readonly decode: object }): boolean {
  return OF_CALLS in decode;
}

/** The fields of a result without its kind, which follows from the request. */
type Fields<Kind extends Result['kind']> = Omit<Extract<Result, { kind: Kind }>, 'kind'>;

/** A count or a length as a Candid value has it. */
type Amount = number | bigint;
/** A length that a result has as a decimal string. */
type Length = Amount | string;

/** The fields of a result, in which the named ones may be numbers of any kind. */
type Loose<Kind extends Result['kind'], Lengths extends string, Amounts extends string = never> = {
  [Field in keyof Fields<Kind>]: Field extends Lengths
    ? Length | undefined
    : Field extends Amounts
      ? Amount | undefined
      : Fields<Kind>[Field];
};

/** What the value of a successful reply means, by request. `undefined` from a read means that there is no such file. */
export interface Meaning extends Record<RequestName, unknown> {
  readonly begin: Fields<'begun'>;
  /** Nothing, the receipt of the chunk, or the finished file if the put completed it. */
  readonly put: Fields<'done'> | Loose<'finished', 'size'> | undefined;
  readonly finish: Loose<'finished', 'size'>;
  readonly status: Loose<'status', 'bytesReceived' | 'chunkSize', 'chunksReceived'> | undefined;
  readonly readMeta: { readonly size: Length; readonly chunkCount?: Amount } | undefined;
  /** The bytes of the chunk. */
  readonly readChunk: Uint8Array | undefined;
  /** All bytes of the file, or a part of it and the call that returns the next one. */
  readonly readWhole:
    Uint8Array | { readonly data: Uint8Array; readonly next: EncodedRequest | undefined } | undefined;
  /** The ids of the caller's sessions. */
  readonly list: readonly string[];
  /** The ids of the caller's files, as in the results of finishes. */
  readonly listFiles: readonly string[];
  readonly usage: { readonly openUploads?: Amount; readonly bytes?: Length };
}

export const NOT_FOUND: Result = { kind: 'error', error: 'NotFound' };

/** What a function `ok` must return, where not every value will do. */
const WANTED: Readonly<Partial<Record<RequestName, string>>> = {
  begin: '{ sessionId }',
  put: 'nothing, { receipt }, or { blobId }',
  finish: '{ blobId }',
  status: '{ state }',
  readMeta: '{ size, chunkCount }',
  readChunk: 'the bytes',
  readWhole: 'the bytes, or { data, next }',
  list: 'a list of ids',
  listFiles: 'a list of ids',
  usage: '{ openUploads, bytes }',
};

/** The requests of which a success may mean nothing, or that there is no such file. */
const MAY_BE_ABSENT: ReadonlySet<RequestName> = new Set([
  'put',
  'status',
  'readMeta',
  'readChunk',
  'readWhole',
]);
const LISTS: ReadonlySet<RequestName> = new Set(['readChunk', 'readWhole', 'list', 'listFiles']);

/** What is wrong with the value itself; its fields are checked with the result. */
function defectOf(op: RequestName, meaning: unknown): string | undefined {
  const wanted = WANTED[op];
  if (wanted === undefined || (meaning === undefined && MAY_BE_ABSENT.has(op))) return undefined;
  const kind = kindOf(meaning);
  const isFit = kind === 'an object' ? op !== 'list' && op !== 'listFiles' && op !== 'readChunk' : false;
  if (isFit || (kind === 'an array' && LISTS.has(op)) || (kind === 'null' && op === 'put')) return undefined;
  return `${kind}; it must return ${wanted}${kind === 'a promise' ? ' at once' : ''}`;
}

function kindOf(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return 'an array';
  if (typeof value !== 'object') return `a ${typeof value}`;
  return typeof (value as { readonly then?: unknown }).then === 'function' ? 'a promise' : 'an object';
}

/**
 * The result of a success. The meaning has the type that `CallDefinition` states for the request.
 * @throws MeaningError if it is no value of this kind
 */
export function resultOf({ op }: Request, meaning: unknown): Result | ReadResult {
  const defect = defectOf(op, meaning);
  if (defect !== undefined) throw new MeaningError(defect);
  switch (op) {
    case 'begin':
      return { kind: 'begun', ...(meaning as Meaning['begin']) };
    case 'put': {
      const fields = (meaning as object | undefined | null) ?? {};
      return 'blobId' in fields ? finished(fields) : { kind: 'done', ...(fields as Fields<'done'>) };
    }
    case 'finish':
      return finished(meaning as object);
    case 'status':
      return meaning === undefined
        ? NOT_FOUND
        : ({
            kind: 'status',
            ...converted(meaning as object, {
              bytesReceived: String,
              chunkSize: String,
              chunksReceived: Number,
            }),
          } as Result);
    case 'readMeta': {
      const meta = meaning as Meaning['readMeta'];
      return meta === undefined
        ? NOT_FOUND
        : { kind: 'meta', size: Number(meta.size), chunkCount: Number(meta.chunkCount ?? 0) };
    }
    case 'readChunk': {
      const data = meaning as Meaning['readChunk'];
      return data === undefined ? NOT_FOUND : { kind: 'chunk', data: Uint8Array.from(data) };
    }
    case 'readWhole':
      return wholeResult(meaning as Meaning['readWhole']);
    case 'list':
      return { kind: 'sessions', sessionIds: [...(meaning as Meaning['list'])] };
    case 'listFiles':
      return { kind: 'files', blobIds: [...(meaning as Meaning['listFiles'])] };
    case 'usage':
      return { kind: 'usage', ...converted(meaning as object, { openUploads: Number, bytes: Number }) };
    default:
      return { kind: 'done' };
  }
}

/** The value of a function `ok` is of another kind. The message begins with what it returns. */
class MeaningError extends Error {
  override readonly name = 'MeaningError';
}

/** What a function `ok` returned, if that is what the error says. */
export function meaningDefect(error: unknown): string | undefined {
  return error instanceof Error && error.name === 'MeaningError' ? error.message : undefined;
}

function finished(fields: object): Result {
  return { kind: 'finished', ...converted(fields, { size: String }) } as Result;
}

/** The same fields, with the named numbers converted. Other values stay, so that a check can show them. */
function converted(
  fields: object,
  to: Readonly<Record<string, (value: number | bigint) => unknown>>,
): object {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]: [string, unknown]) => [
      name,
      typeof value === 'number' || typeof value === 'bigint' ? (to[name]?.(value) ?? value) : value,
    ]),
  );
}

function wholeResult(meaning: Meaning['readWhole']): Result | ReadResult {
  if (meaning === undefined) return NOT_FOUND;
  if (!(meaning instanceof Uint8Array) && !Array.isArray(meaning) && 'data' in meaning)
    return { kind: 'part', data: Uint8Array.from(meaning.data), next: meaning.next };
  const bytes = Uint8Array.from(meaning as Uint8Array);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { kind: 'blob', size: String(bytes.length), sha256 };
}
