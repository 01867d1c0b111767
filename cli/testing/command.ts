/** The built command, in a process of its own as a user starts it, or in this process, which takes half the processor time. */
import { execa } from 'execa';
import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { expect, vi } from 'vitest';
import { inProject, it as base } from '../../suites/testing/fixtures.js';
import { QUICK_START } from '../../suites/testing/quick-start.js';
import type { runProgram as RunProgram } from '../program.js';

const BIN = inProject('bin/upload-stress.js');

export interface Finished {
  readonly exitCode: number | undefined;
  /** Without the last newline. */
  readonly stdout: string;
  /** Without the last newline. */
  readonly stderr: string;
}

type Environment = Readonly<Record<string, string>>;

function built(path: string): string {
  const file = inProject(`dist/${path}`);
  if (!existsSync(file)) throw new Error('run "npm run build" first');
  return file;
}

/** The built command in a process of its own. Its working directory is by default this repository. */
export function start(args: readonly string[], env: Environment = {}, cwd = inProject('.')) {
  built('cli/main.js');
  return execa(process.execPath, [...QUICK_START, BIN, ...args], {
    reject: false,
    cwd,
    env: { NO_COLOR: '1', ...env },
  });
}

export type Child = ReturnType<typeof start>;

/** Runs the built command in a process of its own until it ends. */
export async function command(args: readonly string[], env: Environment = {}): Promise<Finished> {
  const { exitCode, stdout, stderr } = await start(args, env);
  return { exitCode, stdout, stderr };
}

/**
 * Runs the built command in this process until it ends. One call at a time, because it takes the working directory, the standard
 * streams, the environment, and the exit code of the process. A module of the user is loaded only once, even if its file has changed.
 */
export async function commandInProcess(
  args: readonly string[],
  env: Environment = {},
  cwd = process.cwd(),
): Promise<Finished> {
  const { runProgram } = (await import(pathToFileURL(built('cli/program.js')).href)) as {
    readonly runProgram: typeof RunProgram;
  };
  const exitCodeBefore = process.exitCode;
  const cwdBefore = process.cwd();
  process.exitCode = undefined;
  for (const [name, value] of Object.entries({ NO_COLOR: '1', ...env })) vi.stubEnv(name, value);
  const stdout = captureStream(process.stdout);
  const stderr = captureStream(process.stderr);
  const restoreSignals = keepSignalListeners();
  try {
    process.chdir(cwd);
    await runProgram(args);
    return { exitCode: exitCodeOfProcess(), stdout: stdout.text(), stderr: stderr.text() };
  } finally {
    process.chdir(cwdBefore);
    restoreSignals();
    stdout.restore();
    stderr.restore();
    vi.unstubAllEnvs();
    process.exitCode = exitCodeBefore;
  }
}

function exitCodeOfProcess(): number {
  return Number(process.exitCode ?? 0);
}

/** A command whose process ends need not remove its listeners. This process goes on. Returns what removes them. */
function keepSignalListeners(): () => void {
  const kept = (['SIGINT', 'SIGTERM'] as const).map(
    (signal) => [signal, new Set(process.listeners(signal))] as const,
  );
  return () => {
    for (const [signal, before] of kept)
      for (const listener of process.listeners(signal))
        if (!before.has(listener)) process.off(signal, listener);
  };
}

function captureStream(stream: NodeJS.WriteStream) {
  let written = '';
  const spy = vi.spyOn(stream, 'write').mockImplementation((chunk, ...rest: unknown[]) => {
    written += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
    const callback = rest.find((argument) => typeof argument === 'function');
    if (callback !== undefined) (callback as () => void)();
    return true;
  });
  return { text: () => written.replace(/\n$/, ''), restore: () => spy.mockRestore() };
}

/** The command refused its input: exit code 2, one line on stderr that matches, nothing on stdout, and no stack. */
export function expectRefusal({ exitCode, stdout, stderr }: Finished, line: RegExp): void {
  expect(stderr).toMatch(line);
  expect([exitCode, stdout]).toEqual([2, '']);
  expect(stderr).not.toMatch(/\n\s+at /);
  // A run announces itself before its worker reads the module.
  const lines = stderr.split('\n').filter((each) => !each.startsWith('testing '));
  expect(lines).toHaveLength(1);
}

/** Resolves as soon as the stream has printed the text. Rejects if the stream ends first. */
export function printed(stream: NodeJS.ReadableStream, text: RegExp): Promise<void> {
  let seen = '';
  return new Promise((resolve, reject) => {
    stream.on('data', (part: Buffer) => {
      seen += part.toString();
      if (text.test(seen)) resolve();
    });
    stream.on('end', () => reject(new Error(`the stream ended without ${String(text)}: ${seen}`)));
  });
}

/** With `out`: the output folder of a command, inside the test's own folder and not made yet. */
export const it = base.extend<{ readonly out: string }>({
  out: async ({ folder }, use) => {
    await use(`${folder}/out`);
  },
});
