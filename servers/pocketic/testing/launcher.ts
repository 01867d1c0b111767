/** The executable of the server under the name of the binary that it stands for, run from sources. */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { onTestFinished } from 'vitest';

const MAIN = fileURLToPath(new URL('./main-from-sources.ts', import.meta.url));
const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

/** `exec` keeps the process id, so that signals reach the server. */
export async function writeLauncher(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'upload-stress-launcher-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = path.join(folder, 'pocket-ic');
  await writeFile(file, `#!/bin/sh\nexec ${process.execPath} --import ${TSX} ${MAIN} "$@"\n`);
  await chmod(file, 0o755);
  return file;
}
