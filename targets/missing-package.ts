/** Packages that a module of a user imports, and that are not installed where the module is. */
import { createRequire } from 'node:module';
import { join } from 'node:path';

const NOT_FOUND: ReadonlySet<unknown> = new Set(['MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND']);

/** What to run, if the error says that a package is missing. */
export function missingPackageText(error: unknown): string | undefined {
  if (!(error instanceof Error) || !isNotFound(error)) return undefined;
  const specifier = /^Cannot find (?:module|package) '((?:@[\w.-]+\/)?\w[\w.-]*)(?:\/[^':]*)?'/.exec(
    error.message,
  );
  const [, name] = specifier ?? [];
  return name === undefined
    ? undefined
    : `the package ${name} is not installed there; run "${installCommand(name)}"`;
}

export function installCommand(...packages: readonly string[]): string {
  return `npm install --save-dev ${packages.join(' ')}`;
}

/** Whether modules in this folder can import the package. */
export function isInstalled(name: string, folder: string): boolean {
  try {
    createRequire(join(folder, 'module.js')).resolve(name);
    return true;
  } catch (error) {
    // A package that exports nothing of this kind is there.
    return !isNotFound(error);
  }
}

function isNotFound(error: unknown): boolean {
  return NOT_FOUND.has((error as NodeJS.ErrnoException | undefined)?.code);
}
