/** The built-in target in one file, for target modules of tests that change it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { inProject } from '../../suites/testing/fixtures.js';

let bundled: Promise<string> | undefined;

async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [inProject('targets/upload.ts')],
    write: false,
    bundle: true,
    platform: 'node',
    format: 'esm',
    // The target reads files of this package.
    define: { 'import.meta.url': JSON.stringify(pathToFileURL(inProject('package-root.ts')).href) },
  });
  return outputFiles[0]!.text;
}

/**
 * Writes the file into the folder and returns a statement that imports its `uploadTarget`. Each thread that loads a user's module loads
 * all that it imports again, and the whole library would take ten times as long as this file.
 */
export async function importReferenceTarget(folder: string): Promise<string> {
  const path = join(folder, 'reference-target.mjs');
  writeFileSync(path, await (bundled ??= bundle()));
  return `import { uploadTarget } from ${JSON.stringify(pathToFileURL(path).href)};`;
}
