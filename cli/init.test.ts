/** The command `init` as a user meets it: it writes a target that compiles and runs. */
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect } from 'vitest';
import { runExperiments } from '../campaigns/probe/run-experiments.js';
import { ScheduleRunner } from '../harness/execution/schedule-runner.js';
import { createEmbeddedReplica } from '../replicas/embedded/embedded-replica.js';
import { inProject } from '../suites/testing/fixtures.js';
import { loadTarget } from '../targets/load-target.js';
import { commandInProcess, expectRefusal, it } from './testing/command.js';

/** A folder in which this package is installed. */
function install(folder: string): void {
  mkdirSync(join(folder, 'node_modules', '@icp-sdk'), { recursive: true });
  symlinkSync(inProject('.'), join(folder, 'node_modules', 'canister-upload-stress'));
  symlinkSync(inProject('node_modules/@icp-sdk/core'), join(folder, 'node_modules', '@icp-sdk', 'core'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
}

/** Loads a target and runs the smoke upload on its canister. */
async function expectUpload(target: string, wasm: string): Promise<void> {
  const loaded = await loadTarget(target);
  if (loaded.kind === 'unusable') throw new Error(loaded.defects[0]);
  const replica = createEmbeddedReplica();
  const module = Uint8Array.from(readFileSync(wasm));
  const runner = new ScheduleRunner({ replica, target: loaded.target, wasm: module });
  // Without experiments only the smoke upload runs, and it must succeed.
  expect(await runExperiments({ runner, experiments: [] })).toEqual([]);
  await replica.dispose();
}

const CANISTERS = [
  ['motoko-sessions', 'examples/motoko-sessions/wasm/motoko-sessions.wasm.gz'],
  ['motoko-keys', 'examples/motoko-keys/wasm/motoko-keys.wasm.gz'],
  ['rust-tus', 'examples/rust-tus/wasm/rust-tus.wasm.gz'],
  ['asset-canister', 'examples/asset-canister/wasm/asset-canister.wasm.gz'],
  ['file-store', 'docs/examples/motoko/file-store.wasm.gz'],
] as const;

describe('init', () => {
  it.for(CANISTERS)(
    'writes a target for %s that uploads and reads a file without a change',
    async ([name, path], { folder }) => {
      install(folder);
      const wasm = inProject(path);
      const did =
        name === 'asset-canister' ? ['--did', inProject('examples/asset-canister/asset-canister.did')] : [];
      const { exitCode, stdout } = await commandInProcess(['init', '--wasm', wasm, ...did, '--out', folder]);
      expect(exitCode).toBe(0);
      expect(stdout).toMatch(new RegExp(`^put +`, 'm'));
      await expectUpload(join(folder, `${name}.target.ts`), wasm);
    },
  );

  it('writes a target for several canisters that uploads and reads a file without a change', async ({
    folder,
  }) => {
    install(folder);
    const moduleOf = (name: string) => inProject(`examples/index-and-buckets/wasm/${name}.wasm.gz`);
    const modules = ['bucket', 'index-and-buckets', 'bucket'].flatMap((name) => ['--wasm', moduleOf(name)]);
    const { exitCode, stdout } = await commandInProcess(['init', ...modules, '--out', folder]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^begin +begin$/m);
    expect(stdout).toMatch(/^put +put \(bucket\)$/m);
    await expectUpload(join(folder, 'index-and-buckets.target.ts'), moduleOf('index-and-buckets'));
  });

  it('refuses several canisters whose modules and interfaces do not match', async ({ out }) => {
    const wasm = inProject('examples/index-and-buckets/wasm/bucket.wasm.gz');
    const did = inProject('examples/index-and-buckets/bucket.did');
    expectRefusal(
      await commandInProcess(['init', '--wasm', wasm, '--wasm', wasm, '--did', did, '--out', out]),
      /^upload-stress: 2 --wasm and 1 --did: pass one --did for each --wasm, in the same order$/,
    );
  });

  it('takes the module and the interface from the configuration', async ({ folder, out }) => {
    writeFileSync(
      join(folder, 'upload-stress.config.mjs'),
      `export default { wasm: ${JSON.stringify(inProject('examples/rust-tus/wasm/rust-tus.wasm.gz'))},
        did: ${JSON.stringify(inProject('examples/rust-tus/rust-tus.did'))} };`,
    );
    const { exitCode } = await commandInProcess(['init', '--out', out], {}, folder);
    expect(exitCode).toBe(0);
    const config = readFileSync(join(out, 'upload-stress.config.ts'), 'utf8');
    expect(config).toContain('rust-tus.wasm.gz');
    expect(config).toMatch(/^ {2}did: '.*rust-tus\.did',$/m);
  });

  it('writes TypeScript that the compiler accepts in strict mode', async ({ folder }) => {
    install(folder);
    const several = ['bucket', 'index-and-buckets'].map((name) =>
      inProject(`examples/index-and-buckets/wasm/${name}.wasm.gz`),
    );
    await commandInProcess(['init', ...several.flatMap((path) => ['--wasm', path]), '--out', folder]);
    for (const [, path] of CANISTERS.slice(0, 3))
      await commandInProcess(['init', '--wasm', inProject(path), '--out', folder, '--force']);
    for (const name of ['asset-canister', 'juno-storage'])
      await commandInProcess([
        'init',
        '--did',
        inProject(`examples/${name}/${name}.did`),
        '--out',
        folder,
        '--force',
      ]);
    const config = {
      extends: inProject('tsconfig.json'),
      compilerOptions: {
        rootDir: '/',
        typeRoots: [inProject('node_modules/@types')],
        paths: { 'canister-upload-stress': [inProject('library/index.ts')] },
      },
      include: ['*.ts'],
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
    const { stdout } = await execa(inProject('node_modules/.bin/tsc'), ['-p', folder], {
      cwd: inProject('.'),
      reject: false,
    });
    expect(stdout).toBe('');
  });

  it('writes a configuration with which probe needs no options', async ({ folder }) => {
    install(folder);
    const wasm = inProject('examples/rust-tus/wasm/rust-tus.wasm.gz');
    await commandInProcess(['init', '--wasm', wasm, '--out', folder]);
    const args = ['probe', '--write', '--json', '--quiet', '--out', join(folder, 'out')];
    const { exitCode, stdout } = await commandInProcess(args, {}, folder);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ target: 'rust-tus', interrupted: false });
    expect(readFileSync(join(folder, 'rust-tus.target.ts'), 'utf8')).toMatch(
      /promises: \{\n {4}\/\/ TO[D]O: .*\n {4}limits: \{ .* \},\n {4}expiry: 'init',\n {4}chunkOrder: 'ascending',/,
    );
  });

  it('names the command that installs this package where it is not installed, and so does probe', async ({
    folder,
  }) => {
    const args = [
      'init',
      '--wasm',
      inProject('canister/wasm/upload.wasm'),
      '--did',
      inProject('canister/upload.did'),
    ];
    const install = 'npm install --save-dev canister-upload-stress';
    const { stdout } = await commandInProcess([...args, '--out', folder]);
    expect(stdout.split('\n').slice(-2)).toEqual([`next: ${install}`, 'then: npx upload-stress probe']);
    const { exitCode, stderr } = await commandInProcess(['probe'], {}, folder);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(
      new RegExp(
        `^upload-stress: upload-stress\\.config\\.ts: it cannot be loaded: the package canister-upload-stress is not installed there; run "${install}"$`,
      ),
    );
  });

  it('overwrites nothing without --force', async ({ folder }) => {
    const args = ['init', '--did', inProject('canister/upload.did'), '--name', 'mine', '--out', folder];
    expect((await commandInProcess(args)).exitCode).toBe(0);
    writeFileSync(join(folder, 'mine.target.ts'), 'edited');
    expectRefusal(
      await commandInProcess(args),
      /mine\.idl\.ts, mine\.target\.ts, upload-stress\.config\.ts exists in .*; pass --force to overwrite it/,
    );
    expect(readFileSync(join(folder, 'mine.target.ts'), 'utf8')).toBe('edited');
    expect((await commandInProcess([...args, '--force'])).exitCode).toBe(0);
    expect(readFileSync(join(folder, 'mine.target.ts'), 'utf8')).toContain("name: 'mine'");
  });

  it('rejects what is no interface in one line, and writes nothing', async ({ folder, file }) => {
    const out = join(folder, 'out');
    const did = file('broken.did', 'service : { put : (');
    const text = file('text.wasm', 'not a module');
    const module = inProject('examples/juno-storage/wasm/juno-storage.wasm.gz');
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [[], /init requires --wasm or --did: the canister, or its interface$/],
      [['--did', did], /broken\.did: it is not a Candid service: /],
      [['--did', join(folder, 'none.did')], /none\.did: it does not exist$/],
      [['--wasm', text], /text\.wasm: it is not a WebAssembly module, or it is damaged$/],
      [['--wasm', module], /it has no section "candid:service"; pass the interface with --did FILE$/],
      [['--did', did, '--name', '../x'], /give letters, digits, and hyphens/],
    ];
    for (const [args, line] of cases)
      expectRefusal(await commandInProcess(['init', ...args, '--out', out]), line);
    expect(existsSync(out)).toBe(false);
  });
});
