/** Runs the built command as a user does. */
import { execa } from 'execa';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { projectRoot } from '../../suites/tidy/tracked-files.js';

const BIN = resolve(projectRoot, 'bin/upload-stress.js');

export interface Finished {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export function start(args: readonly string[], env: Record<string, string> = {}) {
  if (!existsSync(resolve(projectRoot, 'dist/cli/main.js'))) throw new Error('run "npm run build" first');
  return execa(process.execPath, [BIN, ...args], {
    reject: false,
    cwd: projectRoot,
    env: { NO_COLOR: '1', ...env },
  });
}

export async function command(args: readonly string[], env: Record<string, string> = {}): Promise<Finished> {
  const { exitCode, stdout, stderr } = await start(args, env);
  return { exitCode, stdout, stderr };
}
