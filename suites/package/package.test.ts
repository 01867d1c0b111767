/** The package as a stranger gets it: packed, installed in an empty folder, and used there. Needs the npm registry. */
import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PACKAGE_ROOT } from '../../package-root.js';

const FILES_MAX = 300;
const PACKED_BYTES_MAX = 3_000_000;
const TYPESCRIPT = ['typescript@6', '@types/node@20'];

interface PackedTarball {
  readonly filename: string;
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

let folder: string;
let tarball: PackedTarball;
let project: string;
let installSeconds: number;

/** Install scripts are on, as they are by default. */
function npm(args: readonly string[], cwd: string) {
  return execa('npm', ['--ignore-scripts=false', '--no-audit', '--no-fund', ...args], {
    cwd,
    extendEnv: true,
  });
}

/** Writes a configuration of the compiler for one file of the project. */
function writeTsconfig(name: string, file: string): Promise<void> {
  const compilerOptions = {
    module: 'NodeNext',
    target: 'ES2022',
    strict: true,
    noEmit: true,
    types: ['node'],
  };
  return writeFile(join(project, name), JSON.stringify({ compilerOptions, files: [file] }));
}

function uploadStress(...args: readonly string[]) {
  return execa('npx', ['upload-stress', ...args], {
    cwd: project,
    reject: false,
    env: { NO_COLOR: '1', CI: '' },
  });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'package-'));
  const { stdout } = await execa('npm', ['pack', '--json', '--pack-destination', folder], {
    cwd: PACKAGE_ROOT,
  });
  tarball = (JSON.parse(stdout.slice(stdout.indexOf('['))) as PackedTarball[])[0]!;
  project = join(folder, 'project');
  await mkdir(project);
  await writeFile(join(project, 'package.json'), JSON.stringify({ name: 'project', type: 'module' }));
  const started = performance.now();
  await npm(['install', join(folder, tarball.filename)], project);
  installSeconds = (performance.now() - started) / 1000;
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the packed tarball', () => {
  it('holds only what runs, its types, and the documentation', () => {
    const paths = tarball.files.map(({ path }) => path);
    console.log(
      `${paths.length} files, ${tarball.size} bytes packed, installed in ${installSeconds.toFixed(1)} s`,
    );
    expect(
      paths.filter((path) => /\.test\.|\.map$|\.tsbuildinfo$|\/testing\/|^suites|^bench/.test(path)),
    ).toEqual([]);
    expect(paths).toEqual(
      expect.arrayContaining([
        'README.md',
        'bin/upload-stress.js',
        'dist/library/index.js',
        'dist/library/index.d.ts',
        'dist/library/vitest.d.ts',
        'dist/pic/index.d.ts',
        'canister/wasm/upload.wasm',
        'docs/schemas/counterexample.schema.json',
      ]),
    );
    expect(paths.length).toBeLessThan(FILES_MAX);
    expect(tarball.size).toBeLessThan(PACKED_BYTES_MAX);
  });

  it('contains every document that its README links to', async () => {
    const readme = await readFile(join(PACKAGE_ROOT, 'README.md'), 'utf8');
    const links = [...readme.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, link]) =>
      link!.replace(/\/$/, ''),
    );
    const paths = tarball.files.map(({ path }) => path);
    const missing = links.filter(
      (link) => !paths.some((path) => path === link || path.startsWith(`${link}/`)),
    );
    expect(missing).toEqual([]);
  });

  it('has no problem that publint reports', async () => {
    const { exitCode, all } = await execa('npx', ['publint', '--strict', join(folder, tarball.filename)], {
      cwd: PACKAGE_ROOT,
      reject: false,
      all: true,
    });
    expect(exitCode, all).toBe(0);
  });

  it('has no problem that attw reports', async () => {
    const { exitCode, all } = await execa(
      'npx',
      [
        'attw',
        join(folder, tarball.filename),
        '--profile',
        'esm-only',
        '--exclude-entrypoints',
        './schemas/*',
      ],
      { cwd: PACKAGE_ROOT, reject: false, all: true },
    );
    expect(exitCode, all).toBe(0);
  });
});

describe('an installed package', () => {
  it('does not bring @dfinity/pic, which downloads a server', async () => {
    expect(await readdir(join(project, 'node_modules', '@dfinity'))).not.toContain('pic');
  });

  it('runs a campaign and writes its report to the working folder', async () => {
    const { exitCode, stdout } = await uploadStress(
      'run',
      '--runs',
      '30',
      '--seed',
      '1',
      '--profile',
      'quick',
    );
    expect(exitCode).toBe(0);
    expect(await readdir(join(project, 'reports', 'out'))).toEqual(
      expect.arrayContaining(['index.html', 'junit.xml', 'run.json']),
    );
    expect(stdout).not.toContain('npm run');
  });

  it('finds a seeded fault, and the printed replay command works in the same folder', async () => {
    const args = ['--fault', 'hash-in-arrival-order', '--seed', '1', '--max-findings', '1'];
    const { exitCode, stdout } = await uploadStress('run', ...args);
    expect(exitCode).toBe(1);
    const command = /npx upload-stress (replay \S+.*)/.exec(stdout)?.[1];
    expect(command).toBeDefined();
    const replay = await uploadStress(...command!.split(' '));
    expect(replay.exitCode).toBe(1);
  });

  it('serves its types and its library to TypeScript', async () => {
    await cp(
      join(PACKAGE_ROOT, 'docs', 'examples', 'library', 'find-lost-bytes.ts'),
      join(project, 'example.ts'),
    );
    await writeFile(
      join(project, 'main.ts'),
      [
        "import { referenceCanister } from 'canister-upload-stress';",
        "import { search, stillFails } from './example.js';",
        "const faulty = referenceCanister('hash-in-arrival-order');",
        "const [path] = await search(faulty, 'found');",
        'console.log(path !== undefined && (await stillFails(path, faulty)));',
      ].join('\n'),
    );
    await writeTsconfig('tsconfig.json', 'main.ts');
    await npm(['install', '--save-dev', ...TYPESCRIPT], project);
    const { exitCode, stdout } = await execa('npx', ['tsc', '-p', '.'], { cwd: project, reject: false });
    expect(exitCode, stdout).toBe(0);
    const run = await execa('node', ['--import', 'tsx', 'main.ts'], { cwd: project });
    expect(run.stdout.trim().split('\n').at(-1)).toBe('true');
  });

  it('has the interface of pic-js without that package', async () => {
    await cp(join(PACKAGE_ROOT, 'docs', 'examples', 'in-process.ts'), join(project, 'in-process.ts'));
    await writeFile(
      join(project, 'in-process-main.ts'),
      [
        "import { readChunkSize } from './in-process.js';",
        "const chunkSize = await readChunkSize('node_modules/canister-upload-stress/canister/wasm/upload.wasm');",
        'console.log(chunkSize);',
      ].join('\n'),
    );
    const run = await execa('node', ['--import', 'tsx', 'in-process-main.ts'], { cwd: project });
    expect(run.stdout.trim()).toBe('1800000');
    // With the package installed, the types are its own. Its install script would download a server.
    await npm(
      ['install', '--save-dev', '@dfinity/pic@0.23.0', ...TYPESCRIPT, '--ignore-scripts=true'],
      project,
    );
    await writeTsconfig('tsconfig.in-process.json', 'in-process-main.ts');
    const types = await execa('npx', ['tsc', '-p', 'tsconfig.in-process.json'], {
      cwd: project,
      reject: false,
    });
    expect(types.exitCode, types.stdout).toBe(0);
  });

  it('adds its suite to a vitest run', async () => {
    await cp(
      join(PACKAGE_ROOT, 'docs', 'examples', 'vitest', 'upload.test.ts'),
      join(project, 'upload.test.ts'),
    );
    const { devDependencies } = JSON.parse(await readFile(join(PACKAGE_ROOT, 'package.json'), 'utf8')) as {
      devDependencies: Record<string, string>;
    };
    await npm(['install', '--save-dev', `vitest@${devDependencies['vitest']}`], project);
    const { exitCode, all } = await execa('npx', ['vitest', 'run', 'upload.test.ts'], {
      cwd: project,
      reject: false,
      all: true,
      env: { NO_COLOR: '1' },
    });
    expect(exitCode, all).toBe(0);
  });
});
