/** Loads a user's target: a JavaScript or TypeScript module whose default export is a `Target`. */
import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { REQUEST_NAMES, type RequestName } from '../model/operations.js';
import { currentRuleName } from './rule-names.js';
import type { RuleName, Target } from './target.js';

/** Each defect is one line for the user, which names the module and the remedy. */
export type LoadedTarget =
  | { readonly kind: 'target'; readonly target: Target }
  | { readonly kind: 'unusable'; readonly defects: readonly [string, ...string[]] };

const RULES = {
  outcome: true,
  'stored-hash': true,
  completeness: true,
  'immediate-retrieval': true,
  isolation: true,
  'heap-growth': true,
  'no-trap': true,
  'survives-upgrade': true,
  'terminal-states': true,
  idempotency: true,
  expiry: true,
  conservation: true,
  'instruction-cost': true,
  'message-size': true,
  'stable-growth': true,
  liveness: true,
} satisfies Record<RuleName, true>;

/** Every schedule needs these operations. */
const REQUIRED_OPERATIONS: readonly RequestName[] = ['begin', 'put', 'finish'];

function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}

function aFunction(use: string) {
  return z.custom((value) => isFunction(value), { error: `must be a function: ${use}` });
}
const anOptionalFunction = z
  .custom((value) => value === undefined || isFunction(value), { error: 'must be a function, or absent' })
  .optional();

function setOf(known: readonly string[], what: string) {
  return z
    .custom<ReadonlySet<unknown>>((value) => value instanceof Set, { error: `must be a Set of ${what}` })
    .superRefine((value, context) => {
      if (!(value instanceof Set)) return;
      for (const name of value) {
        if (typeof name === 'string' && known.includes(currentRuleName(name))) continue;
        context.addIssue({
          code: 'custom',
          message: `has no ${what} ${JSON.stringify(name)}; known: ${known.join(', ')}`,
        });
      }
    });
}

const targetShape = z
  .object({
    name: z.string({ error: 'must be a text' }).min(1, 'must not be empty'),
    operations: setOf(REQUEST_NAMES, 'operation').superRefine((value, context) => {
      const missing = REQUIRED_OPERATIONS.filter((name) => value instanceof Set && !value.has(name));
      if (missing.length > 0) context.addIssue({ code: 'custom', message: `lacks ${missing.join(', ')}` });
    }),
    rules: setOf(Object.keys(RULES), 'rule'),
    defaultChunkSize: z
      .int({ error: 'must be a number of bytes, 1 or more' })
      .min(1, 'must be 1 byte or more'),
    encodeInitArg: aFunction('(limits, fault?) => Uint8Array'),
    decodeInitArg: anOptionalFunction,
    prepareCaller: anOptionalFunction,
    decodeCapsule: anOptionalFunction,
    encode: aFunction('(request) => { kind, method, arg } or undefined'),
    decode: aFunction('(request, outcome) => result'),
  })
  .superRefine((value, context) => {
    if (isFunction(value.prepareCaller) !== isFunction(value.decodeCapsule)) {
      context.addIssue({
        code: 'custom',
        path: ['prepareCaller'],
        message: 'and decodeCapsule go together: define both or neither',
      });
    }
  });

/**
 * Checks whether a value has the shape of a target. It cannot check the behaviour of its functions.
 * @param from the name of the module in defects
 */
export function checkTarget(value: unknown, from: string): LoadedTarget {
  if (typeof value !== 'object' || value === null || Object.keys(value).length === 0) {
    return unusable(`target ${from}: its default export must be a Target object; see docs/custom-target.md`);
  }
  const checked = targetShape.safeParse(value);
  if (checked.success) return { kind: 'target', target: value as Target };
  const [first, ...rest] = checked.error.issues.map(
    (issue) => `target ${from}: ${issue.path.join('.')} ${issue.message}`,
  );
  if (first === undefined) throw checked.error;
  return { kind: 'unusable', defects: [first, ...rest] };
}

/** @param path of the module, relative to the working directory */
export async function loadTarget(path: string): Promise<LoadedTarget> {
  const file = resolve(path);
  if (!existsSync(file))
    return unusable(`target ${path}: no such file; name a JavaScript or TypeScript module`);
  if (!statSync(file).isFile())
    return unusable(`target ${path}: it is not a file; name a JavaScript or TypeScript module`);
  let module: unknown;
  try {
    const { tsImport } = await import('tsx/esm/api');
    module = await tsImport(pathToFileURL(file).href, import.meta.url);
  } catch (error) {
    return unusable(`target ${path}: it cannot be loaded: ${firstLine(error)}`);
  }
  return checkTarget(defaultExport(module), path);
}

/** The `exports.default` of a CommonJS module is one level deeper. */
function defaultExport(module: unknown): unknown {
  const outer = (module as { readonly default?: unknown }).default;
  const inner = (outer as { readonly default?: unknown } | null | undefined)?.default;
  return inner ?? outer;
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const [line = ''] = text.split('\n');
  return line;
}

function unusable(defect: string): LoadedTarget {
  return { kind: 'unusable', defects: [defect] };
}
