/** Finds the files of this package, from the sources and from the compiled code alike. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** Absolute path of the folder that holds this package's `package.json`. */
export const PACKAGE_ROOT = findPackageRoot(dirname(fileURLToPath(import.meta.url)));

/**
 * URL of a module that is started by its path, such as a worker thread's: compiled, or TypeScript when the program runs from its
 * sources. The build must list it as an entry.
 *
 * @param path from the root of the sources, without an ending: `campaigns/run/worker`
 */
export function entryUrl(path: string): URL {
  const isFromSources = import.meta.url.endsWith('.ts');
  return pathToFileURL(
    isFromSources ? join(PACKAGE_ROOT, `${path}.ts`) : join(PACKAGE_ROOT, 'dist', `${path}.js`),
  );
}

function findPackageRoot(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder;
  const parent = dirname(folder);
  if (parent === folder)
    throw new Error('the file package.json of this package is missing: install the package again');
  return findPackageRoot(parent);
}
