/** Imports a user's JavaScript or TypeScript module. */
import { register } from 'node:module';
import { pathToFileURL } from 'node:url';
import { withWatchdog } from './import-watchdog.js';
import { isolatedAsync } from './isolation.js';

/** A module whose import takes longer than this is unusable, in milliseconds (docs/custom-target.md). */
export const IMPORT_MS_MAX = 120_000;

let hasImported = false;

/** Whether this thread has run code of the user. */
export function hasImportedModules(): boolean {
  return hasImported;
}

/**
 * The default export of a module. TypeScript is compiled on the fly.
 * @param file absolute path
 * @throws what the module throws; an Error if its import does not end in time or calls `process.exit`
 */
export async function importDefault(file: string, timeoutMs = IMPORT_MS_MAX): Promise<unknown> {
  const url = pathToFileURL(file).href;
  hasImported = true;
  return isolatedAsync(async () => {
    const { tsImport } = await import('tsx/esm/api');
    const load = (): Promise<unknown> =>
      withWatchdog(timeoutMs, () => inTime(tsImport(url, import.meta.url), timeoutMs));
    try {
      return defaultExport(await load());
    } catch (error) {
      if (!needsModule(error)) throw error;
      treatAsModules(new URL('.', url).href);
      return defaultExport(await load());
    }
  });
}

async function inTime(imported: Promise<unknown>, timeoutMs: number): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    const seconds = timeoutMs / 1_000;
    timer = setTimeout(() => {
      reject(
        new Error(
          `its import does not end within ${seconds} s; does it loop, or await something that never comes?`,
        ),
      );
    }, timeoutMs);
  });
  try {
    return await Promise.race([imported, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

const ES_MODULE_ERRORS: ReadonlySet<unknown> = new Set([
  'ERR_PACKAGE_PATH_NOT_EXPORTED',
  'ERR_REQUIRE_ESM',
  'ERR_REQUIRE_ASYNC_MODULE',
]);

/**
 * TypeScript in a package without `"type": "module"` is compiled to CommonJS, which has no top-level `await` and cannot load packages
 * that are ES modules only.
 */
function needsModule(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as NodeJS.ErrnoException;
  return ES_MODULE_ERRORS.has(code) || /Top-level await|No "exports" main defined/.test(error.message);
}

/** Makes later imports of the TypeScript files in this folder compile them to ES modules. */
function treatAsModules(folder: string): void {
  const hooks = `
    const isFile = (url) => url.startsWith(${JSON.stringify(folder)}) && /\\.tsx?$/.test(url.split('?')[0]) &&
      !url.includes('/node_modules/');
    export async function resolve(specifier, context, next) {
      const resolved = await next(specifier, context);
      return isFile(resolved.url) ? { ...resolved, format: 'module' } : resolved;
    }
    export async function load(url, context, next) {
      return next(url, isFile(url) ? { ...context, format: 'module' } : context);
    }`;
  register(`data:text/javascript,${encodeURIComponent(hooks)}`, import.meta.url);
}

/** The `exports.default` of a CommonJS module is one level deeper. */
function defaultExport(module: unknown): unknown {
  const outer = (module as { readonly default?: unknown }).default;
  const inner = (outer as { readonly default?: unknown } | null | undefined)?.default;
  return inner ?? outer;
}
