/** TypeScript expressions for the values of arguments, as `@icp-sdk/core/candid` takes them. */
import { IDL } from '@icp-sdk/core/candid';
import {
  bitsOf,
  element,
  isBlob,
  isBool,
  isNull,
  isText,
  numberKind,
  optional,
  recordFields,
  resolved,
  variantCases,
} from './types.js';

/** What an expression of a request is in TypeScript. */
export type Kind = 'text' | 'number' | 'bytes';

export interface Expression {
  readonly code: string;
  readonly kind: Kind;
}

/** The expression as a value of the type; `undefined` if it cannot be one. */
export function converted({ code, kind }: Expression, type: IDL.Type): string | undefined {
  const inner = optional(type);
  if (inner !== undefined) {
    const value = converted({ code, kind }, inner);
    return value === undefined ? undefined : `[${value}]`;
  }
  if (kind === 'bytes') {
    if (isBlob(type)) return code;
    return isText(type) ? `Buffer.from(${code}).toString('hex')` : undefined;
  }
  if (isText(type)) return kind === 'text' ? code : `String(${code})`;
  const number = numberKind(type);
  if (number === 'bigint') return `BigInt(${code})`;
  if (number === 'number') return kind === 'number' ? code : `Number(${code})`;
  return undefined;
}

/** Finds the expression for a named part of an argument; `undefined` if no part of the request fits. */
export type Roles = (name: string | undefined, type: IDL.Type) => string | undefined;

/** The value of an argument, and the parts of it that nobody can guess. */
export interface Value {
  readonly code: string;
  readonly guesses: readonly string[];
}

/** Types may refer to themselves. */
const DEPTH_MAX = 6;
/** The fields of an argument that is a record have depth 1. */
const NESTED_DEPTH = 2;

export function valueOf(name: string | undefined, type: IDL.Type, roles: Roles, depth = 0): Value {
  // What is optional deep inside an argument is rarely needed.
  const isOmitted = depth >= NESTED_DEPTH && optional(type) !== undefined;
  const role = isOmitted ? undefined : roles(name, type);
  if (role !== undefined) return { code: role, guesses: [] };
  const fields = recordFields(type);
  if (fields !== undefined && depth < DEPTH_MAX) {
    const values = fields.map((field) => ({
      field,
      value: valueOf(field.name, field.type, roles, depth + 1),
    }));
    const members = values.map(({ field, value }) => memberOf(field.name, value.code));
    return { code: `{ ${members.join(', ')} }`, guesses: values.flatMap(({ value }) => value.guesses) };
  }
  const cases = variantCases(type);
  if (cases !== undefined && depth < DEPTH_MAX) {
    const chosen =
      cases.find((each) => /commit|upload|write/i.test(each.name)) ??
      cases.find((each) => isNull(each.type)) ??
      cases[0];
    if (chosen !== undefined) {
      const content = isNull(chosen.type)
        ? { code: 'null', guesses: [] }
        : valueOf(undefined, chosen.type, roles, depth + 1);
      return {
        code: `{ ${memberOf(chosen.name, content.code)} }`,
        guesses: [...(cases.length > 1 ? [nameOr(name, chosen.name)] : []), ...content.guesses],
      };
    }
  }
  if (/encoding/i.test(name ?? '') && isText(type)) return { code: "'identity'", guesses: [] };
  if (/encoding/i.test(name ?? '') && element(type) !== undefined)
    return { code: "['identity']", guesses: [] };
  return {
    code: defaultOf(type),
    guesses: optional(type) === undefined ? [nameOr(name, 'an argument')] : [],
  };
}

function nameOr(name: string | undefined, fallback: string): string {
  return name ?? fallback;
}

function defaultOf(type: IDL.Type): string {
  if (optional(type) !== undefined) return '[]';
  if (isBlob(type)) return 'new Uint8Array()';
  if (element(type) !== undefined) return '[]';
  if (isText(type)) return "''";
  if (isBool(type)) return 'false';
  const number = numberKind(type);
  if (number !== undefined) return number === 'bigint' ? '0n' : '0';
  if (isNull(type)) return 'null';
  // A principal can be given as any object with its bytes; the anonymous one has the byte 4.
  return resolved(type) instanceof IDL.PrincipalClass ? 'Principal.anonymous()' : 'null';
}

/** The largest round number of the type, for limits that nobody can guess. */
export function largeNumber(type: IDL.Type): string {
  const value = Math.min(1_000_000_000, 2 ** bitsOf(type) - 1);
  const code = String(value).replace(/\B(?=(\d{3})+$)/g, '_');
  return numberKind(type) === 'bigint' ? `${code}n` : code;
}

/** `name: value`, or `name` if both are the same. */
export function memberOf(name: string, code: string): string {
  const key = isIdentifier(name) ? name : JSON.stringify(name);
  return key === code ? key : `${key}: ${code}`;
}

/** `value.name`. */
export function access(value: string, name: string): string {
  return isIdentifier(name) ? `${value}.${name}` : `${value}[${JSON.stringify(name)}]`;
}

function isIdentifier(name: string): boolean {
  return /^[A-Za-z_$][\w$]*$/.test(name);
}
