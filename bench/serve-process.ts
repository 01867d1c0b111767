/** A server of `serve` in a process of its own, for benchmarks. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { PACKAGE_ROOT } from '../package-root.js';

export interface ServeProcess {
  readonly url: string;
  readonly child: ChildProcess;
}

/** @param args options of the command, such as `--ttl` */
export async function startServe(...args: readonly string[]): Promise<ServeProcess> {
  const main = path.join(PACKAGE_ROOT, 'dist/servers/pocketic/main.js');
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return { url: line.replace('listening on ', ''), child };
}
