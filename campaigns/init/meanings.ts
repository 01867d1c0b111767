/** What the replies of an interface mean, as functions of the target. */
import type { IDL } from '@icp-sdk/core/candid';
import { parametersOf, replyFields, type ChosenMethods, type Operation } from './choose-methods.js';
import { access } from './expressions.js';
import type { Method } from './parse-candid.js';
import { idInReply, type Naming } from './naming.js';
import {
  element,
  isBlob,
  isBool,
  isId,
  isText,
  numberKind,
  optional,
  recordFields,
  replyOf,
  variantCases,
  type Field,
} from './types.js';
import { isContentName, isHashName, isIdName, stateOf } from './words.js';

export interface Meaning {
  /** A function of the reply; `undefined` if the reply means nothing. */
  readonly code: string | undefined;
  readonly todos: readonly string[];
}

const NOTHING: Meaning = { code: undefined, todos: [] };

/** `undefined` if the reply cannot mean what the operation needs, so that the operation is left out. */
export function meaningOf(
  operation: Operation,
  method: Method,
  naming: Naming,
  chosen: ChosenMethods,
): Meaning | undefined {
  switch (operation) {
    case 'begin':
      return beginMeaning(method, naming);
    case 'put':
      return putMeaning(method, naming);
    case 'finish':
      return finishMeaning(method, naming, chosen);
    case 'abort':
      return NOTHING;
    case 'status':
      return statusMeaning(method);
    case 'readMeta':
      return metaMeaning(method, naming);
    case 'readChunk':
    case 'readWhole':
      return bytesMeaning(method);
  }
}

function beginMeaning(method: Method, { placeField }: Naming): Meaning {
  const id = idInReply(method);
  if (id === undefined) return { code: "() => ({ sessionId: '' })", todos: [] };
  const value = id.field === undefined ? 'reply' : access('reply', id.field);
  if (placeField === undefined)
    return { code: `(reply) => ({ sessionId: ${asText(value, id.type)} })`, todos: [] };
  const place = access('reply', placeField.name);
  return { code: `(reply) => ({ sessionId: \`\${${value}}/\${${place}.toText()}\` })`, todos: [] };
}

function asText(code: string, type: IDL.Type): string {
  return isText(type) ? code : `String(${code})`;
}

function putMeaning(method: Method, { shape, receipt }: Naming): Meaning {
  const id = idInReply(method);
  if (receipt !== undefined && id !== undefined) {
    const value = id.field === undefined ? 'reply' : access('reply', id.field);
    return { code: `(reply) => ({ receipt: ${asText(value, id.type)} })`, todos: [] };
  }
  return shape.finish === 'implied' ? lastPutMeaning(method) : NOTHING;
}

/** The put that completes the file says so: by a case of a variant, by a flag, or by the length it has. */
function lastPutMeaning({ replies }: Method): Meaning {
  const { success } = replyOf(replies);
  const todos = ['check how the last put says that the upload is complete'];
  const done = success && variantCases(success)?.find(({ name }) => stateOf(name) === 'Completed');
  if (done !== undefined)
    return {
      code: `(reply, { sessionId }) => (${JSON.stringify(done.name)} in reply ? { blobId: sessionId } : undefined)`,
      todos,
    };
  const fields = success && recordFields(success);
  const flag = fields?.find(({ name, type }) => isBool(type) && stateOf(name) === 'Completed');
  if (flag !== undefined)
    return {
      code: `(reply, { sessionId }) => (${access('reply', flag.name)} ? { blobId: sessionId } : undefined)`,
      todos,
    };
  const offset = fields?.find(
    ({ name, type }) => /offset|received|filled|uploaded/i.test(name) && numberKind(type) !== undefined,
  );
  const reached = offset === undefined ? undefined : access('reply', offset.name);
  const own = reached ?? (success !== undefined && numberKind(success) !== undefined ? 'reply' : undefined);
  return own === undefined
    ? { code: '(reply, { sessionId }) => (reply === undefined ? undefined : { blobId: sessionId })', todos }
    : {
        code: `(reply, { sessionId, file }) => (Number(${own}) === file.bytes ? { blobId: sessionId } : undefined)`,
        todos,
      };
}

function finishMeaning(finish: Method, { shape, placeField }: Naming, chosen: ChosenMethods): Meaning {
  // The file is where its chunks are.
  const parameters = placeField === undefined ? '(reply)' : '(reply, { sessionId })';
  const fileId = (code: string, type: IDL.Type) =>
    placeField === undefined ? asText(code, type) : `\`\${${code}}/\${canisterOf(sessionId)}\``;
  const { replies } = finish;
  const { success } = replyOf(replies);
  const fields = success === undefined ? undefined : recordFields(success);
  const size = fields?.find(
    ({ name, type }) => /^(size|bytes|length|total)/i.test(name) && numberKind(type) !== undefined,
  );
  const sizeCode = size === undefined ? '' : `, size: String(${access('reply', size.name)})`;
  if (shape.readBy === 'session')
    return {
      code: `(${size === undefined ? '_' : 'reply'}, { sessionId }) => ({ blobId: sessionId${sizeCode} })`,
      todos: [],
    };
  if (success !== undefined && isId(success))
    return {
      code: `${parameters} => ({ blobId: ${fileId('reply', success)} })`,
      // A number without a name may be the length of the file.
      todos: isText(success)
        ? []
        : [
            'check that the reply is the id of the file, not its size; a file may also have the id of its upload: ok: (_, { sessionId }) => ({ blobId: sessionId })',
          ],
    };
  const id = fields === undefined ? undefined : fileField(fields, chosen);
  if (id !== undefined)
    return {
      code: `${parameters} => ({ blobId: ${fileId(access('reply', id.name), id.type)}${sizeCode} })`,
      todos: [],
    };
  const isByKey = [chosen.begin, finish].some((method) => method && namesKey(method.args));
  if (shape.read === 'parts')
    return {
      code: '(_, { file }) => ({ blobId: `/${file.name}` })',
      todos: ['check the path under which the file is served'],
    };
  return {
    code: `(_, { file }) => ({ blobId: ${isByKey ? 'file.key' : 'file.name'} })`,
    todos: ['check by which id the file is read'],
  };
}

/** Whether a key of the file occurs in the arguments, at any depth. */
function namesKey(
  args: readonly { readonly name?: string | undefined; readonly type: IDL.Type }[],
  depth = 0,
): boolean {
  if (depth > 4) return false;
  return args.some(({ name, type }) => {
    if (isText(type)) return name === 'key';
    const item = element(type) ?? optional(type);
    const parts = [
      ...(recordFields(type) ?? []),
      ...(variantCases(type) ?? []),
      ...(item === undefined ? [] : [{ type: item }]),
    ];
    return namesKey(parts, depth + 1);
  });
}

/** The field that a read takes: of the same name as its argument, or named like an id. */
function fileField(
  fields: readonly Field[],
  { readChunk, readMeta, readWhole }: ChosenMethods,
): Field | undefined {
  const read = readChunk ?? readMeta ?? readWhole;
  const [argument] = read === undefined ? [] : parametersOf(read).filter(({ type }) => isId(type));
  const ids = fields.filter(({ type }) => isId(type));
  return (
    ids.find(({ name }) => name === argument?.name) ??
    ids.find(
      ({ name, type }) =>
        isIdName(name) && (argument === undefined || type.display() === argument.type.display()),
    ) ??
    ids.find(({ name }) => isIdName(name))
  );
}

function metaMeaning(method: Method, { shape }: Naming): Meaning | undefined {
  const { success } = replyOf(method.replies);
  const fields = replyFields(method);
  const size = fields?.find(
    ({ name, type }) =>
      /^(size|bytes|length|total)|size$|length$/i.test(name) && numberKind(type) !== undefined,
  );
  if (success === undefined || fields === undefined || size === undefined) return undefined;
  const count = fields.find(
    ({ name, type }) => /chunks|parts|blocks|chunk_count/i.test(name) && numberKind(type) !== undefined,
  );
  const list = fields.find(
    ({ name, type }) => /chunks|parts|blocks/i.test(name) && element(type) !== undefined,
  );
  const isOptional = optional(success) !== undefined;
  const value = isOptional ? 'found' : 'reply';
  const counted =
    count !== undefined
      ? `, chunkCount: Number(${access(value, count.name)})`
      : list !== undefined
        ? `, chunkCount: ${access(value, list.name)}.length`
        : '';
  const code = `{ size: Number(${access(value, size.name)})${counted} }`;
  return {
    code: isOptional ? `([found]) => (found === undefined ? undefined : ${code})` : `(reply) => (${code})`,
    todos:
      counted === '' && (shape.read ?? 'chunks') === 'chunks'
        ? ['state the number of chunks as chunkCount: a file is read chunk by chunk']
        : [],
  };
}

function bytesMeaning({ replies }: Method): Meaning | undefined {
  const { success } = replyOf(replies);
  if (success === undefined) return undefined;
  const inner = optional(success);
  const type = inner ?? success;
  const value = inner === undefined ? 'reply' : 'found';
  const field = recordFields(type)?.find(
    (each) => isBlob(each.type) && !isHashName(each.name) && isContentName(each.name),
  );
  if (!isBlob(type) && field === undefined) return undefined;
  const code = field === undefined ? value : access(value, field.name);
  return {
    code: inner === undefined ? `(reply) => ${code}` : `([found]) => ${code.replace('found.', 'found?.')}`,
    todos: [],
  };
}

/** The state of a session, from a variant or from flags. Without one, the status is left out. */
function statusMeaning(method: Method): Meaning | undefined {
  const fields = replyFields(method);
  const success = replyOf(method.replies).success;
  if (fields === undefined || success === undefined || optional(success) !== undefined) return undefined;
  const state = fields.find(
    ({ type }) => variantCases(type)?.every(({ name }) => stateOf(name) !== undefined) ?? false,
  );
  const code = state === undefined ? flagsState(fields) : variantState(state);
  if (code === undefined) return undefined;
  const received = receivedOf(fields);
  return { code: `(reply) => ({ state: ${code}${received} })`, todos: ['check the states'] };
}

function variantState({ name, type }: Field): string | undefined {
  const cases = variantCases(type) ?? [];
  const [last, ...others] = [...cases].reverse();
  if (last === undefined) return undefined;
  return others.reduceRight(
    (rest, each) =>
      `${JSON.stringify(each.name)} in ${access('reply', name)} ? '${stateOf(each.name) ?? ''}' : ${rest}`,
    `'${stateOf(last.name) ?? ''}'`,
  );
}

function flagsState(fields: readonly Field[]): string | undefined {
  const flags = fields.filter(
    ({ name, type }) => isBool(type) && ['Completed', 'Cancelled'].includes(flagState(name)),
  );
  if (flags.length === 0) return undefined;
  const ordered = flags.toSorted((a, b) => flagState(b.name).localeCompare(flagState(a.name)));
  return ordered.reduceRight(
    (rest, { name }) => `${access('reply', name)} ? '${flagState(name)}' : ${rest}`,
    "'Uploading'",
  );
}

function flagState(name: string): string {
  return /ended/i.test(name) ? 'Cancelled' : (stateOf(name) ?? '');
}

function receivedOf(fields: readonly Field[]): string {
  const bytes = fields.find(
    ({ name, type }) => /bytes_?received|received_?bytes/i.test(name) && numberKind(type) !== undefined,
  );
  const chunks = fields.find(
    ({ name, type }) =>
      /^(received|chunks_?received|received_?chunks)$/i.test(name) && element(type) !== undefined,
  );
  return [
    ...(bytes === undefined ? [] : [`, bytesReceived: String(${access('reply', bytes.name)})`]),
    ...(chunks === undefined ? [] : [`, chunksReceived: ${access('reply', chunks.name)}.length`]),
  ].join('');
}
