/** How an interface names uploads, chunks, and files, and the shape that follows. */
import type { IDL } from '@icp-sdk/core/candid';
import type { ShapeInput } from '../../targets/shape.js';
import { countsChunks, parametersOf, type ChosenMethods } from './choose-methods.js';
import type { Method } from './parse-candid.js';
import type { CanisterSystem } from './system.js';
import {
  element,
  isId,
  isText,
  numberKind,
  optional,
  recordFields,
  replyOf,
  variantCases,
  type Field,
} from './types.js';
import { isIdName, isIndexName, isKeyName, isOffsetName, isSessionName } from './words.js';

export interface Naming {
  readonly shape: ShapeInput;
  /** The name of the argument that names the upload in a put. */
  readonly sessionName: string | undefined;
  readonly receipt: IDL.Type | undefined;
  /** The field of a begin's reply that names the canister for the chunks. Every id is then followed by its canister. */
  readonly placeField: Field | undefined;
}

/** @param readsHttp whether the canister serves files through `http_request` */
export function namingOf(
  { chosen, placeField }: Pick<CanisterSystem, 'chosen' | 'placeField'>,
  readsHttp: boolean,
): Naming {
  const { begin, put, finish } = chosen;
  const parameters = put === undefined ? [] : parametersOf(put);
  const session = sessionParameter(begin, put);
  const receipt = receiptOf(put, finish);
  const hasServerId = begin !== undefined && replyOf(begin.replies).success !== undefined;
  const shape: ShapeInput = {
    ...(hasServerId ? {} : { session: isKeyName(session?.name) ? ('key' as const) : ('name' as const) }),
    ...(begin === undefined ? { begin: 'implied' as const } : {}),
    ...addressOf(parameters, receipt),
    ...finishShape(finish, receipt),
    ...readShape(chosen, session?.name, { hasServerId, readsHttp }),
  };
  return { shape, sessionName: session?.name, receipt, placeField };
}

/** The argument of a put that names its upload: the one that a begin returns, or a text. */
function sessionParameter(begin: Method | undefined, put: Method | undefined) {
  if (put === undefined) return undefined;
  const ids = parametersOf(put).filter(
    ({ name, type }) => isId(type) && !isIndexName(name) && !isOffsetName(name),
  );
  const returned = begin && idInReply(begin)?.type.display();
  return (
    ids.find(({ name, type }) => isSessionName(name) && type.display() === returned) ??
    ids.find(({ type }) => type.display() === returned) ??
    ids.find(({ name, type }) => isText(type) && (isKeyName(name) || isIdName(name))) ??
    ids[0]
  );
}

/** What a begin returns to name the upload, and the field in which it does. */
export function idInReply({
  replies,
}: Method): { readonly field: string | undefined; readonly type: IDL.Type } | undefined {
  const { success } = replyOf(replies);
  if (success === undefined) return undefined;
  const fields = recordFields(success);
  if (fields === undefined) return isId(success) ? { field: undefined, type: success } : undefined;
  const ids = fields.filter(({ type }) => isId(type));
  const field =
    ids.find(({ name }) => isSessionName(name) && /id|session|upload|batch/i.test(name)) ??
    ids.find(({ name }) => isIdName(name)) ??
    ids[0];
  return field && { field: field.name, type: field.type };
}

/** The type of the ids that puts return, if a finish lists them. */
function receiptOf(put: Method | undefined, finish: Method | undefined): IDL.Type | undefined {
  if (put === undefined || finish === undefined) return undefined;
  const returned = idInReply(put)?.type;
  return returned !== undefined && finish.args.some(({ type }) => contains(type, returned.display()))
    ? returned
    : undefined;
}

/** Whether a list of this type occurs in an argument. */
function contains(type: IDL.Type, listed: string, depth = 0): boolean {
  if (depth > 5) return false;
  const own = element(type) ?? optional(type);
  if (element(type)?.display() === listed) return true;
  const parts = [
    ...(own === undefined ? [] : [own]),
    ...[...(recordFields(type) ?? []), ...(variantCases(type) ?? [])].map((field) => field.type),
  ];
  return parts.some((part) => contains(part, listed, depth + 1));
}

function addressOf(parameters: ReturnType<typeof parametersOf>, receipt: IDL.Type | undefined): ShapeInput {
  const numbers = parameters.filter(({ type }) => numberKind(type) !== undefined);
  if (numbers.some(({ name }) => isOffsetName(name))) return { address: 'offset' };
  const isIndexed = numbers.some(({ name }) => isIndexName(name)) || numbers.length > 1;
  if (isIndexed || (numbers.length === 1 && numbers[0]?.name === undefined && parameters.length > 2))
    return {};
  return { address: receipt === undefined ? 'append' : 'receipt' };
}

function finishShape(finish: Method | undefined, receipt: IDL.Type | undefined): ShapeInput {
  if (finish === undefined) return { finish: 'implied' };
  return receipt === undefined ? {} : { finish: 'list' };
}

function readShape(
  { finish, readChunk, readMeta, readWhole }: ChosenMethods,
  sessionName: string | undefined,
  { hasServerId, readsHttp }: { readonly hasServerId: boolean; readonly readsHttp: boolean },
): ShapeInput {
  const isRange = readChunk !== undefined && parametersOf(readChunk).some(({ name }) => isOffsetName(name));
  const hasParts = readChunk !== undefined && readMeta !== undefined;
  const isInParts = hasParts && (readWhole === undefined || isRange || countsChunks(readMeta));
  if (!isInParts && readsHttp) return { read: 'parts' };
  const read = isInParts ? readChunk : readWhole;
  if (read === undefined) return { read: 'none' };
  const parameters = parametersOf(read);
  const [first] = parameters.filter(({ type }) => isId(type));
  const finished = finish === undefined ? undefined : replyOf(finish.replies).success;
  // A finish whose whole reply is an id names the file, even if a read calls it like the id of the upload.
  const isNamedByFinish =
    finished !== undefined && isId(finished) && finished.display() === first?.type.display();
  const isBySession =
    !hasServerId || (!isNamedByFinish && sessionName !== undefined && first?.name === sessionName);
  return {
    ...(isInParts ? (isRange ? { read: 'range' as const } : {}) : { read: 'whole' as const }),
    ...(isBySession ? { readBy: 'session' as const } : {}),
  };
}
