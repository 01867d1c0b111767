/** Questions about Candid types. */
import { IDL } from '@icp-sdk/core/candid';

/** The type that a name in the interface stands for. */
export function resolved(type: IDL.Type): IDL.Type {
  if (!(type instanceof IDL.RecClass)) return type;
  const inner: IDL.Type | undefined = type.getType();
  return inner === undefined ? type : resolved(inner);
}

export interface Field {
  readonly name: string;
  readonly type: IDL.Type;
}

/** The fields of a record; `undefined` for any other type. */
export function recordFields(type: IDL.Type): readonly Field[] | undefined {
  const own = resolved(type);
  if (!(own instanceof IDL.RecordClass) || own instanceof IDL.TupleClass) return undefined;
  return own._fields.map(([name, field]) => ({ name, type: field }));
}

/** The cases of a variant; `undefined` for any other type. */
export function variantCases(type: IDL.Type): readonly Field[] | undefined {
  const own = resolved(type);
  if (!(own instanceof IDL.VariantClass)) return undefined;
  return own._fields.map(([name, content]) => ({ name, type: content }));
}

/** The type inside `opt`; `undefined` for any other type. */
export function optional(type: IDL.Type): IDL.Type | undefined {
  const own = resolved(type);
  return own instanceof IDL.OptClass ? own._type : undefined;
}

export function element(type: IDL.Type): IDL.Type | undefined {
  const own = resolved(type);
  return own instanceof IDL.VecClass ? own._type : undefined;
}

export function isBlob(type: IDL.Type): boolean {
  const own = element(type);
  return own !== undefined && resolved(own) instanceof IDL.FixedNatClass && bitsOf(own) === 8;
}

export function isText(type: IDL.Type): boolean {
  return resolved(type) instanceof IDL.TextClass;
}

export function isBool(type: IDL.Type): boolean {
  return resolved(type) instanceof IDL.BoolClass;
}

export function isPrincipal(type: IDL.Type): boolean {
  return resolved(type) instanceof IDL.PrincipalClass;
}

export function isNull(type: IDL.Type): boolean {
  return resolved(type) instanceof IDL.NullClass;
}

/** Whether `@icp-sdk/core/candid` represents the numbers of the type as `bigint` or as `number`; `undefined` if it has none. */
export function numberKind(type: IDL.Type): 'bigint' | 'number' | undefined {
  const own = resolved(type);
  if (own instanceof IDL.NatClass || own instanceof IDL.IntClass) return 'bigint';
  if (own instanceof IDL.FloatClass) return 'number';
  if (own instanceof IDL.FixedNatClass || own instanceof IDL.FixedIntClass)
    return bitsOf(own) === 64 ? 'bigint' : 'number';
  return undefined;
}

/** Of a number with a fixed width. */
export function bitsOf(type: IDL.Type): number {
  const own = resolved(type);
  return own instanceof IDL.FixedNatClass || own instanceof IDL.FixedIntClass ? own._bits : 64;
}

/** Whether a value of the type can name something: a number, a text, or a blob. */
export function isId(type: IDL.Type): boolean {
  return isText(type) || numberKind(type) !== undefined;
}

const OK: ReadonlySet<string> = new Set(['ok', 'Ok', 'OK']);
const ERR: ReadonlySet<string> = new Set(['err', 'Err', 'error', 'Error']);

export interface Reply {
  /** What a success contains; `undefined` if it contains nothing. */
  readonly success: IDL.Type | undefined;
  /** What an error contains; `undefined` if the method returns no error. */
  readonly error: IDL.Type | undefined;
}

/** Splits an `Ok`/`Err` variant. */
export function replyOf(replies: readonly IDL.Type[]): Reply {
  const [type] = replies;
  if (type === undefined) return { success: undefined, error: undefined };
  const cases = variantCases(type);
  const ok = cases?.find(({ name }) => OK.has(name));
  const err = cases?.find(({ name }) => ERR.has(name));
  if (ok === undefined && err === undefined) return { success: contentOf(type), error: undefined };
  return { success: ok && contentOf(ok.type), error: err?.type };
}

function contentOf(type: IDL.Type): IDL.Type | undefined {
  return isNull(type) || recordFields(type)?.length === 0 ? undefined : type;
}
