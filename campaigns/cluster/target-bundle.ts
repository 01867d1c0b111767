/**
 * Targets travel as one file: the module with everything that it imports by path. Packages stay imports, and are resolved on the machine
 * of the worker.
 */
import { existsSync, symlinkSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { build } from 'esbuild';
import { makeFolder } from '../../harness/files/make-folder.js';
import { reasonOf } from '../../harness/files/system-error.js';
import { writeFileAtomic } from '../../harness/files/write-file-atomic.js';
import { InputError } from '../../harness/input-error.js';
import { PACKAGE_ROOT } from '../../package-root.js';

const PACKAGE_NAME = 'canister-upload-stress';

/** The target as one ES module. The same sources give the same bytes on every machine. @throws InputError if it cannot be bundled */
export async function bundleTarget(path: string): Promise<Uint8Array> {
  const file = resolve(path);
  try {
    const { outputFiles } = await build({
      entryPoints: [basename(file)],
      absWorkingDir: dirname(file),
      bundle: true,
      packages: 'external',
      format: 'esm',
      platform: 'node',
      target: 'node20',
      legalComments: 'none',
      write: false,
      logLevel: 'silent',
    });
    const [output] = outputFiles;
    if (output === undefined) throw new Error('it is empty');
    return Uint8Array.from(output.contents);
  } catch (error) {
    throw new InputError(`target ${path}: it cannot be bundled: ${reasonOf(error)}`);
  }
}

/**
 * Writes a bundle to `.upload-stress/targets` in a folder and returns its path. From there, packages are those of the project around the
 * folder, and this package is the running one.
 * @param hash SHA-256 of the bundle
 * @throws InputError if it cannot be written
 */
export async function writeTarget(bundle: Uint8Array, hash: string, folder = process.cwd()): Promise<string> {
  const targets = join(folder, '.upload-stress', 'targets');
  const path = join(targets, `${hash}.mjs`);
  const link = join(targets, 'node_modules', PACKAGE_NAME);
  try {
    makeFolder(dirname(link));
    if (!existsSync(link)) linkTo(link);
    await writeFileAtomic(path, new TextDecoder().decode(bundle));
    return path;
  } catch (error) {
    throw new InputError(`cannot write the target to ${targets}: ${reasonOf(error)}`);
  }
}

function linkTo(link: string): void {
  try {
    symlinkSync(PACKAGE_ROOT, link, 'junction');
  } catch (error) {
    // Another process may have created it in the meantime.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
