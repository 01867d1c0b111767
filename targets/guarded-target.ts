/**
 * A target whose mistakes are reported as such: an exception, a promise, or a value of another type from one of its functions becomes a
 * `TargetError` with one line that names the function, the request, and the place in the target.
 */
import { join, sep } from 'node:path';
import { z } from 'zod';
import { resultSchema } from '../model/result.js';
import { PACKAGE_ROOT } from '../package-root.js';
import { isolated } from './isolation.js';
import { missingPackageText } from './missing-package.js';
import { isOfCalls, meaningDefect } from './reply-meaning.js';
import type { Request, Target } from './target.js';

/** A function of a user's target is wrong. The message is one line. Commands exit with code 2. */
export class TargetError extends Error {
  override readonly name = 'TargetError';
}

/** Lines of this package that call or replace code of a target. They say nothing about the target. */
const OWN_LINES = [
  join(PACKAGE_ROOT, 'dist') + sep,
  ...['isolation', 'import-module'].map((name) => `${join(PACKAGE_ROOT, 'targets', name)}.`),
];

const bytes = z.instanceof(Uint8Array, { error: 'must be a Uint8Array' });
const encodedRequest = z.object({
  kind: z.enum(['update', 'query']),
  method: z.string(),
  arg: bytes,
  canister: z.string().optional(),
});
const encodedRequests = z.array(encodedRequest);
const readResult = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('meta'), size: z.number(), chunkCount: z.number() }),
  z.object({ kind: z.literal('chunk'), data: bytes }),
  z.object({ kind: z.literal('part'), data: bytes, next: encodedRequest.optional() }),
]);
const READ_KINDS: ReadonlySet<unknown> = new Set(['meta', 'chunk', 'part']);

type Check = (value: unknown) => string | undefined;

/** @param from the name of the target in messages: the path of its module, or its name */
export function guardedTarget(target: Target, from: string): Target {
  const guard = <Arguments extends readonly unknown[], T>(
    work: (...values: Arguments) => T,
    check: Check,
    nameOf: (...values: Arguments) => string,
  ) => {
    return (...values: Arguments): T =>
      guarded(
        () => work(...values),
        check,
        () => `target ${from}: ${nameOf(...values)}`,
      );
  };
  const optional = <Name extends keyof Target>(name: Name, check: Check): Partial<Pick<Target, Name>> => {
    const work = target[name] as ((...values: unknown[]) => unknown) | undefined;
    if (work === undefined) return {};
    const bound = (...values: unknown[]): unknown => work.apply(target, values);
    return { [name]: guard(bound, check, () => name) } as Partial<Target>;
  };
  const { name, shape, promises, operations, defaultChunkSize } = target;
  return {
    name,
    shape,
    promises,
    operations,
    defaultChunkSize,
    ...given(target, 'takesNewLimits'),
    ...given(target, 'canisters'),
    ...given(target, 'http'),
    encodeInitArg: guard(
      (...values: Parameters<Target['encodeInitArg']>) => target.encodeInitArg(...values),
      against(bytes),
      () => 'encodeInitArg',
    ),
    // The caller reports an argument that cannot be decoded.
    ...given(target, 'decodeInitArg'),
    ...optional('olderModule', against(bytes)),
    ...optional('setUp', against(encodedRequests)),
    ...optional('grantCaller', against(encodedRequests)),
    ...optional('prepareCaller', against(encodedRequest)),
    ...optional('decodeCapsule', isText),
    encode: guard(
      (request: Request) => target.encode(request),
      isEncoded,
      (request) => `encode(${requestText(request)})`,
    ),
    decode: guard(decodeOf(target), isResult, (request) =>
      isOfCalls(target) ? `calls.${request.op}.ok` : `decode(${requestText(request)})`,
    ),
  };
}

function given<Name extends keyof Target>(target: Target, name: Name): Partial<Pick<Target, Name>> {
  return target[name] === undefined ? {} : ({ [name]: target[name] } as Pick<Target, Name>);
}

function decodeOf(target: Target): Target['decode'] {
  return (...values) => withoutUndefined(target.decode(...values));
}

function guarded<T>(work: () => T, check: Check, name: () => string): T {
  let value: T;
  try {
    value = isolated(work);
  } catch (error) {
    const returned = meaningDefect(error);
    if (returned !== undefined) throw new TargetError(`${name()} returns ${returned}`, { cause: error });
    throw new TargetError(`${name()} throws ${errorText(error)}`, { cause: error });
  }
  const defect = isPromise(value) ? 'a promise; it must return the value at once' : check(value);
  if (defect !== undefined) throw new TargetError(`${name()} returns ${defect}`);
  return value;
}

function isPromise(value: unknown): boolean {
  return typeof (value as { readonly then?: unknown } | null | undefined)?.then === 'function';
}

function against(schema: z.ZodType): Check {
  return (value) => {
    const checked = schema.safeParse(value);
    if (checked.success) return undefined;
    const [issue] = checked.error.issues;
    const field = issue?.path.join('.') ?? '';
    return `${shown(value)}: ${field === '' ? 'the value' : field} ${issueText(issue?.message ?? '')}`;
  };
}

function issueText(message: string): string {
  return message.startsWith('must') ? message : `is wrong (${message})`;
}

const isEncoded: Check = (value) => (value === undefined ? undefined : against(encodedRequest)(value));
const isText: Check = (value) =>
  typeof value === 'string' ? undefined : `${shown(value)} instead of a text`;

const isResult: Check = (value) => {
  if (typeof value !== 'object' || value === null || !('kind' in value))
    return `${shown(value)} instead of a result, an object with the field kind`;
  return against(READ_KINDS.has(value.kind) ? readResult : resultSchema)(value);
};

/** Fields that are explicitly `undefined` count as absent. */
function withoutUndefined<T>(value: T): T {
  if (typeof value !== 'object' || value === null || isPromise(value)) return value;
  if (!Object.values(value).includes(undefined)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as T;
}

const TEXT_MAX = 200;

/** A value in few words. Bytes are shown by their number. */
function shown(value: unknown): string {
  if (value === undefined || typeof value === 'function') return typeof value;
  const text = JSON.stringify(value, (_, field: unknown) => {
    if (field instanceof Uint8Array) return `${field.length} B`;
    return typeof field === 'bigint' ? String(field) : field;
  });
  return text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)}…` : text;
}

/** `put, session 7, index 0`. */
function requestText(request: Request): string {
  const fields = Object.entries(request).flatMap(([name, value]) =>
    name !== 'op' && (typeof value === 'string' || typeof value === 'number') ? [`${name} ${value}`] : [],
  );
  return [request.op, ...fields].join(', ');
}

function isOwn(line: string): boolean {
  return line.includes('node_modules') || OWN_LINES.some((own) => line.includes(own));
}

/** The error and the line of the target that threw it: `RangeError: bad id, at /home/me/target.ts:12:9`. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const missing = missingPackageText(error);
  if (missing !== undefined) return missing;
  const [message = ''] = error.message.split('\n');
  const place = (error.stack ?? '')
    .split('\n')
    .filter((line) => !line.includes('node:'))
    .map((line) => /^\s+at .*?((?:file:\/\/|\/|[A-Z]:\\)[^()]*:\d+:\d+)\)?$/.exec(line)?.[1])
    .find((line) => line !== undefined && !isOwn(line));
  const where = place === undefined ? '' : `, at ${place.replace(/^file:\/\//, '').replace(/\?[^:]*/, '')}`;
  return `${error.name}: ${message}${where}`;
}
