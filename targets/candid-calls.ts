/**
 * An adapter from a Candid interface and one entry per request: which method to call with which values, and what a success means.
 * Encoding, decoding, `Ok`/`Err` variants, and error kinds follow from the interface.
 */
import { IDL } from '@icp-sdk/core/candid';
import type { RequestName } from '../model/operations.js';
import { ERROR_KINDS, type ErrorKind, type Result } from '../model/result.js';
import type { Outcome } from '../replicas/replica.js';
import type { IdlFactory } from './candid-library.js';
import { decodeHttpRead, encodeHttpRead } from './http-read.js';
import { NOT_FOUND, OF_CALLS, resultOf, type Meaning } from './reply-meaning.js';
import type { EncodedRequest, ReadResult, Request, Target } from './target.js';

export interface CallDefinition<Name extends RequestName> {
  /** The method and the values of its arguments, as `@icp-sdk/core/candid` takes them. */
  call(request: Extract<Request, { op: Name }>): readonly [method: string, ...values: unknown[]];
  /**
   * What a successful reply means. Required where a result has fields, such as the id of a session. Without it, the reply of
   * `readChunk` is the bytes, or an `opt` of them.
   * @param value the reply; of an `Ok`/`Err` variant, what `Ok` contains
   */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the type depends on the user's interface
  ok?(value: any, request: Extract<Request, { op: Name }>): Meaning[Name];
  /** The canister to call: a role such as `bucket/1`, or a principal; absent: `canisterOf` names it. */
  canister?(request: Extract<Request, { op: Name }>): string;
}

/** A read through `http_request` and the canister's streaming callback. */
export interface HttpReadDefinition {
  /** Path and query of the file, percent-encoded. */
  url(request: Extract<Request, { op: 'readWhole' }>): string;
  /** If true, the canister certifies its responses, and a response that a gateway does not accept is an error; default: false. */
  readonly certified?: boolean;
}

export type CallDefinitions = {
  readonly [Name in Exclude<RequestName, 'readWhole'>]?: CallDefinition<Name>;
} & { readonly readWhole?: CallDefinition<'readWhole'> | HttpReadDefinition };

export interface CandidAdapterOptions {
  readonly idl: IdlFactory;
  readonly calls: CallDefinitions;
  /** The error kind for each tag of the error variant, or for a text that an error message contains. */
  readonly errors?: Readonly<Record<string, ErrorKind>>;
  /**
   * The canister that holds a session or a file: a role such as `bucket/1`, or a principal. Calls that name the session or the
   * file go there; other calls go to the canister under test.
   */
  readonly canisterOf?: {
    session?(sessionId: string): string;
    file?(blobId: string): string;
  };
}

type Adapter = Pick<Target, 'operations' | 'encode' | 'decode'>;

/** The author's service. Its class may be that of another copy of the library, with the same fields. */
function serviceOf(idl: IdlFactory): IDL.ServiceClass {
  return idl({ IDL }) as unknown as IDL.ServiceClass;
}

/** @throws Error if the interface does not have the method; it names the method */
function methodIn(service: IDL.ServiceClass, name: string): IDL.FuncClass {
  const methods = new Map(service._fields);
  const method = methods.get(name);
  if (method !== undefined) return method;
  throw new Error(`the interface has no method "${name}"; it has ${[...methods.keys()].join(', ')}`);
}

function encodeOn(service: IDL.ServiceClass, method: string, values: readonly unknown[]): EncodedRequest {
  const { argTypes, annotations } = methodIn(service, method);
  const isQuery = annotations.includes('query') || annotations.includes('composite_query');
  return {
    kind: isQuery ? 'query' : 'update',
    method,
    arg: Uint8Array.from(IDL.encode(argTypes, [...values])),
  };
}

/**
 * Encodes a call by the interface, for `setUp`, `grantCaller`, and `prepareCaller`.
 * @throws Error if the interface does not have the method, or the values have other types
 */
export function encodeCall(idl: IdlFactory, method: string, ...values: unknown[]): EncodedRequest {
  return encodeOn(serviceOf(idl), method, values);
}

/** @throws Error if a call names a method that the interface does not have; it names the method */
export function candidAdapter({ idl, calls, errors = {}, canisterOf = {} }: CandidAdapterOptions): Adapter {
  const service = serviceOf(idl);
  const operations = new Set(Object.keys(calls) as RequestName[]);
  const definitionOf = (request: Request) => calls[request.op] as CallDefinition<RequestName> | undefined;
  const isCertified =
    calls.readWhole !== undefined && 'url' in calls.readWhole && calls.readWhole.certified === true;
  const urlOf = (request: Request): string | undefined => {
    const { readWhole } = calls;
    return request.op === 'readWhole' && readWhole && 'url' in readWhole ? readWhole.url(request) : undefined;
  };
  const adapter: Adapter = {
    operations,
    encode(request) {
      const url = urlOf(request);
      if (url !== undefined) return encodeHttpRead(url);
      const definition = definitionOf(request);
      if (definition === undefined) return undefined;
      const [method, ...values] = definition.call(request);
      const canister = definition.canister?.(request) ?? holderOf(request, canisterOf);
      return { ...encodeOn(service, method, values), ...(canister === undefined ? {} : { canister }) };
    },
    decode(request, outcome, call) {
      const url = urlOf(request);
      if (url !== undefined) return decodeHttpRead(outcome, call, isCertified ? url : undefined);
      const definition = definitionOf(request);
      if (outcome.kind === 'reject') return rejected(outcome);
      if (definition === undefined) return undecodable(`the target has no ${request.op}`);
      const { retTypes } = methodIn(service, definition.call(request)[0]);
      let values: unknown[];
      try {
        // IDL.decode needs an array that owns its buffer.
        values = IDL.decode(retTypes, Uint8Array.from(outcome.bytes));
      } catch (error) {
        return undecodable(error instanceof Error ? error.message : String(error));
      }
      const reply = unwrap(values.length === 1 ? values[0] : values);
      if ('error' in reply) return errorResult(reply.error, errors);
      if (definition.ok === undefined && request.op === 'readChunk') return chunkOf(reply.value);
      return resultOf(request, definition.ok?.(reply.value, request));
    },
  };
  Object.assign(adapter.decode, { [OF_CALLS]: true });
  return adapter;
}

function holderOf(
  request: Request,
  canisterOf: NonNullable<CandidAdapterOptions['canisterOf']>,
): string | undefined {
  if ('sessionId' in request) return canisterOf.session?.(request.sessionId);
  return 'blobId' in request ? canisterOf.file?.(request.blobId) : undefined;
}

function chunkOf(reply: unknown): ReadResult | Result {
  const value: unknown = Array.isArray(reply) ? reply[0] : reply;
  if (value instanceof Uint8Array) return { kind: 'chunk', data: Uint8Array.from(value) };
  return value === undefined ? NOT_FOUND : undecodable('the reply has other fields: readChunk needs "ok"');
}

/** An optional value as `@icp-sdk/core/candid` takes it: nothing or one element. */
export function opt<T>(value: T | undefined): [] | [T] {
  return value === undefined ? [] : [value];
}

function rejected({ code, errorCode, text }: Extract<Outcome, { kind: 'reject' }>): Result {
  return { kind: 'rejected', code, errorCode, text };
}

function undecodable(text: string): Result {
  return { kind: 'undecodable', text };
}

const OK_TAGS: ReadonlySet<string> = new Set(['ok', 'Ok', 'OK']);
/** The tags of a variant whose content is an error. */
export const ERROR_TAGS: ReadonlySet<string> = new Set(['err', 'Err', 'error', 'Error']);

/** The content of an `Ok`/`Err` variant; another value counts as a success. */
function unwrap(value: unknown): { readonly value: unknown } | { readonly error: unknown } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { value };
  const entries = Object.entries(value);
  const [entry] = entries;
  if (entry === undefined || entries.length !== 1) return { value };
  const [tag, content] = entry as [string, unknown];
  if (ERROR_TAGS.has(tag)) return { error: content };
  return { value: OK_TAGS.has(tag) ? content : value };
}

function errorResult(error: unknown, kinds: Readonly<Record<string, ErrorKind>>): Result {
  if (typeof error === 'string') {
    const [, kind = 'other'] = Object.entries(kinds).find(([text]) => error.includes(text)) ?? [];
    return { kind: 'error', error: kind, text: error };
  }
  const [tag = '', detail] = Object.entries((error ?? {}) as Readonly<Record<string, unknown>>)[0] ?? [];
  const known = kinds[tag] ?? ERROR_KINDS.find((kind) => kind.toLowerCase() === tag.toLowerCase()) ?? 'other';
  return { kind: 'error', error: known, ...(typeof detail === 'string' ? { text: detail } : {}) };
}
