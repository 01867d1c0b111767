/** The init argument: which of its fields are limits that the suite may choose. */
import type { IDL } from '@icp-sdk/core/candid';
import type { ShapeInput } from '../../targets/shape.js';
import { converted, largeNumber, valueOf, type Value } from './expressions.js';
import { element, isPrincipal, isText, numberKind, optional, recordFields } from './types.js';
import { wordsOf } from './words.js';

export interface InitProposal {
  /** The array of the arguments' values; `undefined` if there are none. */
  readonly init: Value | undefined;
  /** The values of `promises.limits`. */
  readonly limits: Readonly<Record<string, string>>;
  /** The value of `promises.expiry`. */
  readonly expiry: string | undefined;
}

interface LimitRule {
  readonly limit: string;
  /** A name means the limit if it has a word of each list. */
  readonly words: readonly (readonly string[])[];
}

const DURATIONS = ['ttl', 'expiry', 'expires', 'expire', 'expiration', 'timeout', 'lifetime'];
const BYTES = ['bytes', 'size', 'len', 'length'];

const LIMITS: readonly LimitRule[] = [
  { limit: 'sessionTtlSeconds', words: [DURATIONS] },
  { limit: 'hashBytesPerCall', words: [['hash'], BYTES] },
  { limit: 'chunkSize', words: [['chunk', 'part', 'block'], BYTES] },
  { limit: 'chunkSize', words: [['block']] },
  { limit: 'bytesMax', words: [['max', 'maximum'], BYTES] },
  {
    limit: 'chunksMax',
    words: [
      ['max', 'maximum'],
      ['chunks', 'parts', 'blocks'],
    ],
  },
  {
    limit: 'activeSessionsMax',
    words: [
      ['max', 'maximum'],
      ['open', 'active', 'pending', 'session', 'sessions', 'upload', 'uploads', 'batches'],
    ],
  },
];

function limitOf(name: string): string | undefined {
  const words = wordsOf(name);
  const rule = LIMITS.find((each) => each.words.every((list) => list.some((word) => words.includes(word))));
  // Another lifetime than that of uploads.
  return words.some((word) => ['token', 'record', 'http', 'cleanup'].includes(word))
    ? undefined
    : rule?.limit;
}

const FALLBACKS: Readonly<Record<string, string>> = {
  chunkSize: '1_000_000',
  chunksMax: '100_000',
  bytesMax: '1_000_000_000',
  activeSessionsMax: '100',
  hashBytesPerCall: '1_000_000',
  sessionTtlSeconds: '86_400',
};

/** @param canisters the names of the other canisters, by the role under which the context lists them */
export function initOf(
  types: readonly IDL.Type[],
  shape: ShapeInput,
  canisters: ReadonlyMap<string, string> = new Map(),
): InitProposal {
  const limits = new Map<string, string>();
  const roles = (name: string | undefined, type: IDL.Type) =>
    principalOf(name, type, canisters) ?? initRole(name, type, limits);
  const values = types.map((type) => initValue(type, roles));
  const hasChunkSize = limits.has('chunkSize');
  const expiry = limits.get('sessionTtlSeconds');
  limits.delete('sessionTtlSeconds');
  const isChosenByClient = shape.address !== undefined;
  return {
    init:
      types.length === 0
        ? undefined
        : {
            code: `[${values.map(({ code }) => code).join(', ')}]`,
            guesses: values.flatMap(({ guesses }) => guesses),
          },
    limits: {
      ...(hasChunkSize && !isChosenByClient ? {} : { chunkSize: "'client'" }),
      ...Object.fromEntries([...limits].filter(([name]) => name !== 'chunkSize' || !isChosenByClient)),
    },
    expiry,
  };
}

/** The principal of another canister, or those of a role, if the field has its name. */
export function principalOf(
  name: string | undefined,
  type: IDL.Type,
  canisters: ReadonlyMap<string, string>,
): string | undefined {
  if (name === undefined) return undefined;
  const words = wordsOf(name).map((word) => word.replace(/s$/, ''));
  const found = [...canisters].find(([canister]) => wordsOf(canister).some((word) => words.includes(word)));
  if (found === undefined) return undefined;
  const [, role] = found;
  const inner = optional(type);
  const own = inner ?? type;
  const item = element(own);
  const listed = `canisters['${role}']`;
  const code = isPrincipal(own)
    ? `Principal.fromText(${listed}?.[0] ?? '')`
    : item !== undefined && isPrincipal(item)
      ? `(${listed} ?? []).map((id) => Principal.fromText(id))`
      : undefined;
  return code === undefined || inner === undefined ? code : `[${code}]`;
}

/** An optional record is given, so that its limits can be set. */
function initValue(type: IDL.Type, roles: Parameters<typeof valueOf>[2]): Value {
  const inner = optional(type);
  const fields = inner && recordFields(inner);
  if (inner === undefined || fields === undefined) return valueOf(undefined, type, roles);
  const value = valueOf(undefined, inner, roles);
  return { ...value, code: `[${value.code}]` };
}

function initRole(name: string | undefined, type: IDL.Type, limits: Map<string, string>): string | undefined {
  if (name === undefined) return undefined;
  const inner = optional(type);
  const own = inner ?? type;
  if (/fault/i.test(name)) return faultValue(type);
  if (numberKind(own) === undefined) return undefined;
  const words = wordsOf(name);
  const limit = limitOf(name);
  if (limit === undefined || limits.has(limit)) {
    const isLimit = words.some((word) => ['max', 'limit', 'quota', ...BYTES].includes(word));
    return inner === undefined && isLimit ? largeNumber(own) : undefined;
  }
  limits.set(limit, "'init'");
  const isNanoseconds =
    limit === 'sessionTtlSeconds' && words.some((word) => ['ns', 'nanos', 'nanoseconds'].includes(word));
  const scale = isNanoseconds ? ' * 1_000_000_000' : '';
  const given = `limits.${limit}`;
  if (inner === undefined) {
    const fallback = `${given} ?? ${FALLBACKS[limit] ?? '0'}`;
    return converted({ code: isNanoseconds ? `(${fallback})${scale}` : fallback, kind: 'number' }, own);
  }
  const value = converted({ code: `${given}${scale}`, kind: 'number' }, own) ?? given;
  return `${given} === undefined ? [] : [${value}]`;
}

/** Builds with seeded faults take their names. */
function faultValue(type: IDL.Type): string | undefined {
  const inner = optional(type);
  if (inner !== undefined && isText(inner)) return 'fault === undefined ? [] : [fault]';
  const item = inner && element(inner);
  return item !== undefined && isText(item) ? "fault === undefined ? [] : [fault.split(',')]" : undefined;
}
