/** Loads a user's target: a JavaScript or TypeScript module whose default export is a `Target`. */
import { existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { REQUEST_NAMES, type RequestName } from '../model/operations.js';
import { defectText } from './defect-text.js';
import { errorText, guardedTarget } from './guarded-target.js';
import { IMPORT_MS_MAX, importDefault } from './import-module.js';
import { isolated } from './isolation.js';
import { promisesSchema } from './promises.js';
import { shapeSchema, type Shape } from './shape.js';
import type { CanisterRole, Target } from './target.js';

/** Each defect is one line for the user, which names the module and the remedy. */
export type LoadedTarget =
  | { readonly kind: 'target'; readonly target: Target }
  | { readonly kind: 'unusable'; readonly defects: readonly [string, ...string[]] };

function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}

function aFunction(use: string) {
  return z.custom((value) => isFunction(value), { error: `must be a function: ${use}` });
}
const anOptionalFunction = z
  .custom((value) => value === undefined || isFunction(value), { error: 'must be a function, or absent' })
  .optional();

const operationNames = z
  .custom<ReadonlySet<unknown>>((value) => value instanceof Set, { error: 'must be a Set of operations' })
  .superRefine((value, context) => {
    if (!(value instanceof Set)) return;
    const known: readonly string[] = REQUEST_NAMES;
    for (const name of value) {
      if (typeof name === 'string' && known.includes(name)) continue;
      const message = `has no operation ${JSON.stringify(name)}; known: ${known.join(', ')}`;
      context.addIssue({ code: 'custom', message });
    }
  });

const modulePath = z.union([z.string(), z.instanceof(URL)], { error: 'must be a path or a URL of a module' });
const canisterRole = z.strictObject(
  {
    wasm: modulePath,
    faultsWasm: modulePath.optional(),
    count: z.int({ error: 'must be a number, 1 or more' }).min(1, 'must be 1 or more').optional(),
  },
  { error: 'must be an object with wasm, and perhaps faultsWasm and count' },
);

const targetSchema = z
  .object({
    name: z.string({ error: 'must be a text' }).min(1, 'must not be empty'),
    rules: z.undefined({ error: 'is a field of earlier versions; state promises instead' }).optional(),
    shape: shapeSchema.prefault({}),
    promises: promisesSchema,
    operations: operationNames,
    defaultChunkSize: z
      .int({ error: 'must be a number of bytes, 1 or more' })
      .min(1, 'must be 1 byte or more'),
    encodeInitArg: aFunction('(limits, context) => Uint8Array'),
    decodeInitArg: anOptionalFunction,
    setUp: anOptionalFunction,
    grantCaller: anOptionalFunction,
    prepareCaller: anOptionalFunction,
    decodeCapsule: anOptionalFunction,
    encode: aFunction('(request) => { kind, method, arg } or undefined'),
    decode: aFunction('(request, outcome) => result'),
    canisters: z.record(z.string(), canisterRole).optional(),
  })
  .superRefine(({ shape, operations, prepareCaller, decodeCapsule, canisters = {} }, context) => {
    const defect = (field: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [field], message });
    if (isFunction(decodeCapsule) && !isFunction(prepareCaller))
      defect('prepareCaller', 'must be defined, because decodeCapsule decodes its reply');
    if ('main' in canisters) defect('canisters.main', 'is the canister under test; use another role');
    if (shape.begin === 'implied' && shape.session === 'server')
      defect('shape.session', 'must be key or name if begin is implied');
    const missing = requiredOperations(shape).filter((name) => !operations.has(name));
    if (missing.length > 0) defect('operations', `lacks ${missing.join(', ')}`);
  });

/** The requests that the shape needs. */
function requiredOperations({ begin, finish }: Shape): readonly RequestName[] {
  return [
    ...(begin === 'explicit' ? (['begin'] as const) : []),
    'put',
    ...(finish === 'implied' ? [] : (['finish'] as const)),
  ];
}

/**
 * Checks whether a value has the shape of a target. It cannot check the behaviour of its functions.
 * @param from the name of the module in defects
 */
export function checkTarget(value: unknown, from: string): LoadedTarget {
  if (typeof value !== 'object' || value === null || Object.keys(value).length === 0) {
    return unusable(`target ${from}: its default export must be a Target object; see docs/custom-target.md`);
  }
  const checked = targetSchema.safeParse(value);
  if (checked.success)
    return { kind: 'target', target: withFields(value as Target, { shape: checked.data.shape }) };
  const [first, ...rest] = checked.error.issues.map((issue) => `target ${from}: ${defectText(issue)}`);
  if (first === undefined) throw checked.error;
  return { kind: 'unusable', defects: [first, ...rest] };
}

/** The same object with other fields. It may be an instance of a class. */
function withFields(target: Target, fields: Partial<Target>): Target {
  const prototype: unknown = Object.getPrototypeOf(target);
  return Object.assign(Object.create(prototype as object) as Target, target, fields);
}

/**
 * Loads a module. The functions of the target throw a `TargetError` if they are wrong.
 * @param path of the module, relative to the working directory
 * @param timeoutMs time in which the import must end, in milliseconds
 */
export async function loadTarget(path: string, timeoutMs = IMPORT_MS_MAX): Promise<LoadedTarget> {
  const file = resolve(path);
  if (!existsSync(file))
    return unusable(`target ${path}: no such file; name a JavaScript or TypeScript module`);
  if (!statSync(file).isFile())
    return unusable(`target ${path}: it is not a file; name a JavaScript or TypeScript module`);
  let exported: unknown;
  try {
    exported = await importDefault(file, timeoutMs);
  } catch (error) {
    return unusable(`target ${path}: it cannot be loaded: ${errorText(error)}`);
  }
  return readyTarget(exported, file, path);
}

/**
 * Checks a target, guards its functions, and resolves the paths of its modules.
 * @param file absolute path of the module that contains it
 * @param from the name of the module in defects
 */
export function readyTarget(value: unknown, file: string, from: string): LoadedTarget {
  let loaded: LoadedTarget;
  try {
    loaded = isolated(() => checkTarget(value, from));
  } catch (error) {
    return unusable(`target ${from}: reading its fields throws ${errorText(error)}`);
  }
  if (loaded.kind === 'unusable') return loaded;
  return { ...loaded, target: guardedTarget(withModulesIn(dirname(file), loaded.target), from) };
}

/** The target with the paths of its roles' modules resolved. The folder of the target is known only here. */
function withModulesIn(folder: string, target: Target): Target {
  if (target.canisters === undefined) return target;
  const located = (wasm: string | URL) =>
    typeof wasm === 'string' && !wasm.startsWith('file:') ? resolve(folder, wasm) : wasm;
  const roles = Object.entries(target.canisters).map(([name, role]): [string, CanisterRole] => [
    name,
    {
      ...role,
      wasm: located(role.wasm),
      ...(role.faultsWasm === undefined ? {} : { faultsWasm: located(role.faultsWasm) }),
    },
  ]);
  return withFields(target, { canisters: Object.fromEntries(roles) });
}

function unusable(defect: string): LoadedTarget {
  return { kind: 'unusable', defects: [defect] };
}
