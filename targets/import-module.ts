/** Imports a user's JavaScript or TypeScript module. */
import { register } from 'node:module';
import { pathToFileURL } from 'node:url';
import { isolatedAsync } from './isolation.js';

/** A module whose import takes longer than this is unusable, in milliseconds (docs/custom-target.md). */
export const IMPORT_MS_MAX = 30_000;

/**
 * The default export of a module. TypeScript is compiled on the fly.
 * @param file absolute path
 * @throws what the module throws; an Error if its import does not end in time or calls `process.exit`
 */
export async function importDefault(file: string, timeoutMs = IMPORT_MS_MAX): Promise<unknown> {
  const url = pathToFileURL(file).href;
  return isolatedAsync(async () => {
    const { tsImport } = await import('tsx/esm/api');
    const load = (): Promise<unknown> => inTime(tsImport(url, import.meta.url), timeoutMs);
    try {
      return defaultExport(await load());
    } catch (error) {
      if (!isAboutAwait(error)) throw error;
      treatAsModule(url);
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
        new Error(`its import does not end within ${seconds} s; does it await something that never comes?`),
      );
    }, timeoutMs);
  });
  try {
    return await Promise.race([imported, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

/** TypeScript in a package without `"type": "module"` is compiled to CommonJS, which has no top-level `await`. */
function isAboutAwait(error: unknown): boolean {
  return error instanceof Error && error.message.includes('Top-level await');
}

/** Makes the next import of the file compile it to an ES module. */
function treatAsModule(url: string): void {
  const hooks = `
    const isFile = (url) => url.split('?')[0] === ${JSON.stringify(url)};
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
