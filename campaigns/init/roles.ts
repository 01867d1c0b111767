/** Which part of a request an argument is, by its name, its type, and the operation. */
import type { IDL } from '@icp-sdk/core/candid';
import type { Operation } from './choose-methods.js';
import { converted, memberOf, valueOf, type Expression, type Roles } from './expressions.js';
import { element, isBlob, isId, isText, numberKind, optional, recordFields, variantCases } from './types.js';
import {
  isContentName,
  isCountName,
  isFileName,
  isHashName,
  isIndexName,
  isKeyName,
  isMimeName,
  isOffsetName,
  isPathName,
  isSizeName,
  wordsOf,
} from './words.js';

export interface RoleContext {
  readonly operation: Operation;
  /** The name of the argument by which the interface names an upload; `undefined` if arguments have no names. */
  readonly sessionName: string | undefined;
  /** What names an upload: an id of the server, or the key or name of the client. */
  readonly session: 'server' | 'key' | 'name';
  /** The type of the ids that puts return, if a finish lists them. */
  readonly receipt: IDL.Type | undefined;
  /** Whether files are read through `http_request`, so that their keys are paths. */
  readonly isPath: boolean;
  /** Whether ids are followed by their canister. */
  readonly isPlaced: boolean;
}

type Guess = (name: string, type: IDL.Type) => Expression | undefined;

const text = (code: string): Expression => ({ code, kind: 'text' });
const number = (code: string): Expression => ({ code, kind: 'number' });
const bytes = (code: string): Expression => ({ code, kind: 'bytes' });

/** Finds roles for the arguments of one call. An argument without a name gets the next role that fits its type. */
export function rolesOf(context: RoleContext): Roles {
  const used = new Set<string>();
  return (name, type) => {
    const list = context.receipt && (receipts(context, type) ?? operationsList(context, type));
    if (list !== undefined) return list;
    const inner = optional(type) ?? type;
    const found =
      name === undefined ? unnamed(context, inner, used) : GUESSES[context.operation](context)(name, inner);
    // An optional hash of a put may be that of the chunk, or that of the file at its end.
    if (found === undefined || (optional(type) !== undefined && isOptionalHash(context, name)))
      return undefined;
    used.add(found.code);
    const isPlacedId = context.isPlaced && (found.code === 'sessionId' || found.code === 'blobId');
    return converted(isPlacedId ? { ...found, code: `idOf(${found.code})` } : found, type);
  };
}

function isOptionalHash({ operation }: RoleContext, name: string | undefined): boolean {
  return operation === 'put' && isHashName(name);
}

function receipts({ operation, receipt }: RoleContext, type: IDL.Type): string | undefined {
  const own = element(type);
  if (operation !== 'finish' || own === undefined || receipt?.display() !== own.display()) return undefined;
  const id = converted(text("receipt ?? ''"), own);
  return id === undefined ? undefined : `chunks.map(({ receipt }) => ${id})`;
}

/** A list of operations of which one lists the chunks: that operation, after those that create what it fills. */
function operationsList(context: RoleContext, type: IDL.Type): string | undefined {
  const item = element(type);
  const cases = (item && variantCases(item)) ?? [];
  const filling = cases.find(({ type: content }) =>
    recordFields(content)?.some((field) => receipts(context, field.type) !== undefined),
  );
  if (filling === undefined) return undefined;
  const creating = cases.filter(({ name }) => /^create/i.test(name));
  const items = [...creating, filling].map(({ name, type: content }) => {
    const { code } = valueOf(name, content, rolesOf(context));
    return `{ ${memberOf(name, code)} }`;
  });
  return `[${items.join(', ')}]`;
}

/** The roles of unnamed arguments, by operation, in the order in which interfaces use to have them. */
const POSITIONS: Readonly<Record<Operation, readonly Expression[]>> = {
  begin: [text('name'), number('bytes'), bytes('sha256'), text('mimeType')],
  put: [text('sessionId'), number('index'), bytes('data')],
  finish: [text('sessionId'), bytes('sha256'), number('totalLength')],
  abort: [text('sessionId')],
  status: [text('sessionId')],
  readMeta: [text('blobId')],
  readChunk: [text('blobId'), number('index')],
  readWhole: [text('blobId')],
};

function unnamed(
  { operation }: RoleContext,
  type: IDL.Type,
  used: ReadonlySet<string>,
): Expression | undefined {
  return POSITIONS[operation].find((expression) => {
    if (used.has(expression.code)) return false;
    if (expression.kind === 'bytes') return isBlob(type);
    if (expression.kind === 'number') return numberKind(type) !== undefined;
    return isText(type) || (isId(type) && expression.code.endsWith('Id'));
  });
}

const GUESSES: Readonly<Record<Operation, (context: RoleContext) => Guess>> = {
  begin:
    ({ sessionName, session, isPath }) =>
    (name, type) =>
      session !== 'server' && name === sessionName
        ? text(session)
        : fileRole('', 'expectedChunks', isPath)(name, type),
  put:
    ({ sessionName, isPath }) =>
    (name, type) => {
      if (name === sessionName) return text('sessionId');
      if (isHashName(name)) return bytes('file.sha256');
      if (isBlob(type)) return bytes('data');
      if (numberKind(type) !== undefined) return numberOfPut(name);
      return fileRole('file.', 'file.chunkCount', isPath)(name, type);
    },
  finish:
    ({ sessionName, isPath }) =>
    (name, type) => {
      if (name === sessionName) return text('sessionId');
      if (isHashName(name)) return bytes('sha256');
      if (isBlob(type) && !isContentName(name)) return bytes('sha256');
      if (numberKind(type) !== undefined && isCountName(name) && !isSizeName(name))
        return number('file.chunkCount');
      if (numberKind(type) !== undefined) return isSizeName(name) ? number('totalLength') : undefined;
      return fileRole('file.', 'file.chunkCount', isPath)(name, type);
    },
  abort: ({ sessionName }) => onSession(sessionName),
  status: ({ sessionName }) => onSession(sessionName),
  readMeta: () => (_, type) => (isId(type) ? text('blobId') : undefined),
  readChunk: () => readRole,
  readWhole: () => (_, type) => (isId(type) ? text('blobId') : undefined),
};

function onSession(sessionName: string | undefined): Guess {
  return (name, type) => (name === sessionName || isId(type) ? text('sessionId') : undefined);
}

function numberOfPut(name: string): Expression | undefined {
  if (isOffsetName(name)) return number('offset');
  if (isCountName(name) && /^(total|num|count)/.test(wordsOf(name)[0] ?? ''))
    return number('file.chunkCount');
  if (isSizeName(name)) return number('file.bytes');
  return isIndexName(name) ? number('index') : undefined;
}

const readRole: Guess = (name, type) => {
  if (numberKind(type) !== undefined && isOffsetName(name)) return number('offset');
  if (numberKind(type) !== undefined && isIndexName(name)) return number('index');
  if (numberKind(type) !== undefined && isSizeName(name)) return number('bytes');
  if (isHashName(name)) return undefined;
  return isId(type) ? text('blobId') : undefined;
};

/** @param prefix of the fields of the file in the request */
function fileRole(prefix: string, count: string, isPath: boolean): Guess {
  return (name, type) => {
    const isNumber = numberKind(type) !== undefined;
    if (isHashName(name) && (isBlob(type) || isText(type))) return bytes(`${prefix}sha256`);
    if (isNumber && /chunks|parts|blocks/i.test(name) && !/size|bytes/i.test(name)) return number(count);
    const isOfChunk = /chunk|part|block/i.test(name);
    if (isNumber && isSizeName(name) && !isOfChunk) return number(`${prefix}bytes`);
    if (isText(type) && /capsule/i.test(name)) return prefix === '' ? text('capsuleId') : undefined;
    if (isText(type) && isMimeName(name)) return text(`${prefix}mimeType`);
    if (isText(type) && isPath && isPathName(name)) return text(`\`/\${${prefix}name}\``);
    if (isText(type) && isKeyName(name)) return text(`${prefix}key`);
    return isText(type) && isFileName(name) ? text(`${prefix}name`) : undefined;
  };
}
