/** Chooses the method for each operation, by its name, its kind, its arguments, and its reply. */
import type { Argument, CandidInterface, Method } from './parse-candid.js';
import { recordFields, element, isBlob, isId, numberKind, optional, replyOf, type Field } from './types.js';
import {
  isHashName,
  isIdName,
  isIndexName,
  isOffsetName,
  isOtherNoun,
  isUploadNoun,
  VERBS,
  verbScore,
} from './words.js';

export type Operation = keyof typeof VERBS;
export type ChosenMethods = Readonly<Partial<Record<Operation, Method>>>;

/** The arguments of a method. Of a record, its fields. */
export function parametersOf({ args }: Method): readonly Argument[] {
  return args.flatMap((argument): readonly Argument[] => recordFields(argument.type) ?? [argument]);
}

/** The parameter that carries bytes of the file. */
export function dataOf(method: Method) {
  return parametersOf(method).find(({ name, type }) => isBlob(type) && !isHashName(name));
}

const FITS: Readonly<Record<Operation, (method: Method, chosen: ChosenMethods) => boolean>> = {
  begin: (method) => method.kind === 'update' && dataOf(method) === undefined,
  put: (method) => method.kind === 'update' && dataOf(method) !== undefined,
  finish: (method) => method.kind === 'update' && namesSomething(method),
  abort: (method) => method.kind === 'update' && namesSomething(method),
  status: (method) => namesSomething(method) && replyFields(method) !== undefined,
  readMeta: (method) =>
    method.kind === 'query' && namesSomething(method) && (replyFields(method)?.some(isSizeField) ?? false),
  readChunk: (method) =>
    method.kind === 'query' &&
    parametersOf(method).some(isPlace) &&
    parametersOf(method).length > 1 &&
    returnsBytes(method),
  readWhole: (method) =>
    method.kind === 'query' &&
    parametersOf(method).length === 1 &&
    namesSomething(method) &&
    returnsBytes(method),
};

function namesSomething(method: Method): boolean {
  return parametersOf(method).some(({ type }) => isId(type));
}

/** The fields of a record in the reply; an optional record counts. */
export function replyFields({ replies }: Method): readonly Field[] | undefined {
  const { success } = replyOf(replies);
  if (success === undefined) return undefined;
  return recordFields(optional(success) ?? success);
}

function isSizeField({ name, type }: Field): boolean {
  return /size|bytes|length|len/i.test(name) && numberKind(type) !== undefined;
}

function isPlace({
  name,
  type,
}: {
  readonly name: string | undefined;
  readonly type: Field['type'];
}): boolean {
  const isNumber = numberKind(type) !== undefined;
  return isNumber && (name === undefined || isIndexName(name) || isOffsetName(name));
}

function returnsBytes({ replies }: Method): boolean {
  const { success } = replyOf(replies);
  if (success === undefined) return false;
  const type = optional(success) ?? success;
  return (
    isBlob(type) ||
    (recordFields(type)?.some((field) => isBlob(field.type) && !isHashName(field.name)) ?? false)
  );
}

/** In the order of choice: what was chosen is not chosen again. */
const ORDER: readonly Operation[] = [
  'put',
  'begin',
  'finish',
  'abort',
  'readChunk',
  'readMeta',
  'status',
  'readWhole',
];

export function chooseMethods({ methods }: Pick<CandidInterface, 'methods'>): ChosenMethods {
  const chosen: Partial<Record<Operation, Method>> = {};
  for (const operation of ORDER) {
    const taken = new Set(Object.values(chosen));
    const best = methods
      .filter((method) => !taken.has(method) && FITS[operation](method, chosen))
      .map((method) => ({ method, score: scoreOf(method, operation, chosen) }))
      .filter(({ score }) => score > 0)
      .toSorted((a, b) => b.score - a.score)[0];
    if (best !== undefined) chosen[operation] = best.method;
  }
  // The status of an upload may also describe its file.
  const { status, readChunk } = chosen;
  if (chosen.readMeta === undefined && readChunk !== undefined && status !== undefined)
    if (FITS.readMeta(status, chosen) && sharesId(status, readChunk) > 0) chosen.readMeta = status;
  return chosen;
}

/** At most this much for a name, so that arguments can outweigh it. */
const NOUN_SCORE = 6;

function scoreOf(method: Method, operation: Operation, chosen: ChosenMethods): number {
  const verb = verbScore(method.name, VERBS[operation]) || describesFile(method, operation, chosen);
  const isForeign = isOtherNoun(method.name) && !isUploadNoun(method.name);
  if (verb === 0 || isForeign) return 0;
  return verb + (isUploadNoun(method.name) ? NOUN_SCORE : 0) + fitScore(method, operation, chosen);
}

/** 1 if the reply counts the chunks of the file whose chunks are read: its name may say something else, such as `startDownload`. */
function describesFile(method: Method, operation: Operation, { readChunk }: ChosenMethods): number {
  return operation === 'readMeta' && countsChunks(method) && sharesId(method, readChunk) > 0 ? 1 : 0;
}

/** The field of a reply to `begin` that names the length of a chunk. */
export function chunkSizeField(begin: Method): string | undefined {
  return replyFields(begin)?.find(
    ({ name, type }) => /^chunk_?(size|length|bytes)$/i.test(name) && numberKind(type) !== undefined,
  )?.name;
}

/** How well the arguments fit. The session of a put and of a finish is the same. */
function fitScore(method: Method, operation: Operation, { begin, put, readChunk }: ChosenMethods): number {
  const parameters = parametersOf(method);
  switch (operation) {
    case 'put':
      return parameters.some(isPlace) ? 8 : isContentOnly(method) ? -8 : 0;
    case 'finish':
      return (
        sharesId(method, put) +
        (parameters.some(({ name }) => isHashName(name)) ? 4 : 0) -
        removesPenalty(method)
      );
    case 'abort':
      return sharesId(method, put) - (parameters.length > 1 ? 6 : 0);
    case 'status':
      return sharesId(method, put);
    case 'readMeta':
      return sharesId(method, readChunk) + (countsChunks(method) ? 8 : -4);
    case 'begin':
      return returnsIdFor(method, put) ? 12 : -6;
    case 'readChunk':
    case 'readWhole':
      return begin === undefined ? 0 : 1;
  }
}

/** Whether the reply names what a put takes: `batch_id`, or an id without a name. */
function returnsIdFor(method: Method, put: Method | undefined): boolean {
  const { success } = replyOf(method.replies);
  if (success === undefined) return false;
  const ids = put === undefined ? [] : parametersOf(put).filter(({ type }) => isId(type));
  const fields = recordFields(success);
  if (fields === undefined) return ids.some(({ type }) => type.display() === success.display());
  return fields.some((field) =>
    ids.some(
      ({ name, type }) =>
        type.display() === field.type.display() && (name === field.name || isIdName(field.name)),
    ),
  );
}

/** A whole file in one call is an upload of its own. */
function isContentOnly(method: Method): boolean {
  return parametersOf(method).length === 1;
}

function removesPenalty({ name }: Method): number {
  return /delete|remove|abort|cancel/i.test(name) ? 20 : 0;
}

/** Whether the reply says of how many chunks a file consists. */
export function countsChunks(method: Method): boolean {
  return replyFields(method)?.some(isCountField) === true;
}

function isCountField({ name, type }: Field): boolean {
  return (
    /chunks|parts|blocks|count/i.test(name) && (numberKind(type) !== undefined || element(type) !== undefined)
  );
}

/** Whether both methods begin with an argument of the same name and type. */
function sharesId(method: Method, other: Method | undefined): number {
  if (other === undefined) return 0;
  const own = parametersOf(method);
  const isShared = parametersOf(other).some(
    ({ name, type }) =>
      isId(type) && own.some((each) => each.name === name && each.type.display() === type.display()),
  );
  return isShared ? 6 : -6;
}
