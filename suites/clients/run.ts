/**
 * Runs the published clients of other languages against the built servers: the crates `pocket-ic` and `ic-agent`, and the Python package
 * `pocket-ic`. `npm run test:clients [rust] [python]`. Exit codes: 0 all passed, 1 a client failed, 2 a tool or its registry is missing.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { gunzipSync } from 'node:zlib';
import { execa, ExecaError } from 'execa';
import { PACKAGE_ROOT } from '../../package-root.js';
import { encodeArgument } from '../../replicas/embedded/management-interface/candid-types.js';
import { compileWat } from '../../replicas/embedded/testing/compile-wat.js';
import { FORWARD, forwardArg, PRELUDE } from '../../replicas/embedded/testing/module-text.js';
import { counterModule } from '../../servers/pocketic/testing/counter-module.js';

/** The cycles of an outcall are far above its cost. */
const OUTCALL_MODULE = `(module ${PRELUDE} ${FORWARD}
  (func (export "canister_update forward")
    (call $forward (i32.const 0) (i64.const 30000000000) (i32.const 0))))`;

const OUTCALL = {
  url: 'https://example.com/a',
  max_response_bytes: [1_000n],
  method: { post: null },
  headers: [],
  body: [new TextEncoder().encode('question')],
  transform: [],
  is_replicated: [],
};

/** Writes the files that the clients read. Returns the variables of the environment that name them. */
async function writeFixtures(folder: string): Promise<Readonly<Record<string, string>>> {
  const motoko = path.join(PACKAGE_ROOT, 'replicas/embedded/testing/motoko/keeper-enhanced.wasm.gz');
  const files: Readonly<Record<string, Uint8Array>> = {
    COUNTER_WASM: await counterModule(),
    MOTOKO_WASM: gunzipSync(await readFile(motoko)),
    OUTCALL_WASM: await compileWat(OUTCALL_MODULE),
    OUTCALL_ARGUMENT: forwardArg('aaaaa-aa', 'http_request', encodeArgument('http_request', OUTCALL)),
  };
  const named = Object.entries(files).map(async ([name, bytes]) => {
    const file = path.join(folder, name.toLowerCase());
    await writeFile(file, bytes);
    return [name, file] as const;
  });
  return Object.fromEntries(await Promise.all(named));
}

interface Started {
  readonly url: string;
  readonly stop: () => void;
}

/** Starts a server of the command. Resolves when it listens. */
async function start(...args: readonly string[]): Promise<Started> {
  const command = path.join(PACKAGE_ROOT, 'bin/upload-stress.js');
  const child = spawn(process.execPath, [command, 'serve', ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [line = ''] = (await once(createInterface(child.stdout), 'line')) as string[];
  const url = /listening on ([^\s,]+)/.exec(line)?.[1];
  if (url === undefined) throw new Error(`serve ${args.join(' ')} printed ${line}`);
  return { url, stop: () => void child.kill() };
}

type Environment = Readonly<Record<string, string>>;

/** How the clients of a language are fetched and run. */
interface Runner {
  readonly folder: string;
  /** @throws if a tool is missing, or its registry */
  readonly prepare: (cwd: string) => Promise<unknown>;
  /** @throws if a test fails */
  readonly run: (cwd: string, env: Environment) => Promise<unknown>;
}

const PYTHON = '.venv/bin/python';

const RUNNERS: ReadonlyMap<string, Runner> = new Map([
  [
    'rust',
    {
      folder: 'rust',
      prepare: (cwd) => execa('cargo', ['fetch', '--locked', '--quiet'], { cwd, stdio: 'inherit' }),
      run: (cwd, env) =>
        execa('cargo', ['test', '--locked', '--quiet', '--no-fail-fast'], { cwd, env, stdio: 'inherit' }),
    },
  ],
  [
    'python',
    {
      folder: 'python',
      prepare: async (cwd) => {
        if (!existsSync(path.join(cwd, PYTHON)))
          await execa('python3', ['-m', 'venv', '.venv'], { cwd, stdio: 'inherit' });
        const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
        await execa(path.join(cwd, PYTHON), [...install, '-r', 'requirements.txt'], {
          cwd,
          stdio: 'inherit',
        });
      },
      run: (cwd, env) => execa(path.join(cwd, PYTHON), ['every_method.py'], { cwd, env, stdio: 'inherit' }),
    },
  ],
]);

const EXIT = { passed: 0, failed: 1, missing: 2 } as const;

/** Returns the exit code of all clients. */
async function runClients(runners: readonly Runner[], env: Environment): Promise<number> {
  let exit: number = EXIT.passed;
  for (const { folder, prepare, run } of runners) {
    const cwd = path.join(PACKAGE_ROOT, 'suites/clients', folder);
    try {
      await prepare(cwd);
    } catch (error) {
      console.error(`cannot fetch the clients in ${folder}: ${shortly(error)}`);
      exit = Math.max(exit, EXIT.missing);
      continue;
    }
    try {
      await run(cwd, env);
    } catch (error) {
      console.error(`the clients in ${folder} failed: ${shortly(error)}`);
      return EXIT.failed;
    }
  }
  return exit;
}

function shortly(error: unknown): string {
  return error instanceof ExecaError ? error.shortMessage : String(error);
}

async function main(names: readonly string[]): Promise<number> {
  const unknown = names.find((name) => !RUNNERS.has(name));
  if (unknown !== undefined) {
    const known = [...RUNNERS.keys()].join(' and ');
    console.error(`unknown client ${JSON.stringify(unknown)}; there are ${known}`);
    return EXIT.missing;
  }
  const folder = await mkdtemp(path.join(tmpdir(), 'clients-'));
  const servers = [await start('--ttl', '3600'), await start('--live')] as const;
  try {
    const chosen = [...RUNNERS].filter(([name]) => names.length === 0 || names.includes(name));
    return await runClients(
      chosen.map(([, runner]) => runner),
      {
        ...(await writeFixtures(folder)),
        REST_URL: servers[0].url,
        LIVE_URL: servers[1].url,
        POCKET_IC_BIN: path.join(PACKAGE_ROOT, 'bin/pocket-ic'),
        UPLOAD_STRESS_POCKET_IC_VERSION: '16.0.0',
      },
    );
  } finally {
    for (const { stop } of servers) stop();
    await rm(folder, { recursive: true, force: true });
  }
}

process.exitCode = await main(process.argv.slice(2));
