/** Writes an executable named like the PocketIC server's binary that runs the built server. */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { PACKAGE_ROOT } from '../../../package-root.js';

const MAIN = path.join(PACKAGE_ROOT, 'dist/servers/pocketic/main.js');

/** The script uses `exec`, which keeps the process id, so that signals reach the server. */
export async function writeLauncher(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'upload-stress-launcher-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = path.join(folder, 'pocket-ic');
  await writeFile(file, `#!/bin/sh\nexec ${process.execPath} ${MAIN} "$@"\n`);
  await chmod(file, 0o755);
  return file;
}
