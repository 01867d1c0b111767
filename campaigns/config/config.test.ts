import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { applyConfig } from '../../cli/options/config-defaults.js';
import { InputError } from '../../harness/input-error.js';
import { openSubject } from '../subject/subject.js';
import { findConfig, loadConfig } from './config.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'config-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const TARGET = `{
  name: 'mine',
  operations: new Set(['begin', 'put', 'finish']),
  promises: { limits: { chunkSize: 1 } },
  defaultChunkSize: 1,
  encodeInitArg: () => new Uint8Array(),
  encode: () => undefined,
  decode: () => ({ kind: 'done' }),
}`;

function configFile(source: string, name = 'upload-stress.config.mjs'): string {
  const file = join(folder, name);
  writeFileSync(file, source);
  return file;
}

/** The options of a command after the configuration of the folder is applied to it. */
async function optionsOf(name: string, args: readonly string[]): Promise<Record<string, unknown>> {
  const command = new Command(name)
    .option('--wasm <path>')
    .option('--target <path>')
    .option('--profile <name>', '', 'default')
    .option('--correct-wasm <path>')
    .option('--min-score <percent>')
    .option('--score-baseline <path>')
    .option('--sample <n>', '', '60');
  command.parse([...args], { from: 'user' });
  await applyConfig(command, folder);
  const prefix = `${folder}/`;
  const entries = Object.entries(command.opts<Record<string, string | number>>());
  // Paths are relative to the working folder.
  return Object.fromEntries(
    entries.map(([option, value]) => [
      option,
      typeof value === 'string' && value.includes('/')
        ? pathToFileURL(value).pathname.replace(prefix, '')
        : value,
    ]),
  );
}

describe('a configuration', () => {
  it('is found in the folder and above it', () => {
    const file = configFile('export default {};');
    const inner = join(folder, 'a', 'b');
    mkdirSync(inner, { recursive: true });
    expect(findConfig(inner)).toBe(file);
    expect(findConfig(folder)).toBe(file);
  });

  it('reports each mistake in one line that names the field and what is allowed', async () => {
    const file = configFile(
      "export default { wasm: 3, profile: 'huge', gate: { minScore: 101, coverage: 1 }, targets: 1 };",
    );
    const error: unknown = await loadConfig(file).catch((thrown: unknown) => thrown);
    if (!(error instanceof InputError)) throw new Error('no error');
    expect([error.message, ...error.details].map((line) => line.replace(/^.*config\.mjs: /, ''))).toEqual([
      'wasm must be a string or a URL',
      'profile must be quick, default, large, or soak',
      'gate.minScore must be a percentage from 0 to 100',
      'gate has no field coverage; see docs/config.md',
      'it has no field targets; see docs/config.md',
    ]);
  });

  it('reports a file that throws with its error and line', async () => {
    const file = configFile("throw new Error('broken');");
    await expect(loadConfig(file)).rejects.toThrow(/cannot be loaded: Error: broken, at .*config\.mjs:1:7$/);
  });
});

describe('the options of a command', () => {
  const source = "export default { wasm: 'a.wasm', faultsWasm: 'f.wasm', target: 't.ts', profile: 'quick' };";

  it('come from the configuration, with paths from its folder', async () => {
    configFile(source);
    expect(await optionsOf('run', [])).toEqual({
      wasm: 'a.wasm',
      target: 't.ts',
      profile: 'quick',
      faultsWasm: 'f.wasm',
      sample: '60',
    });
  });

  it('override the configuration', async () => {
    configFile(source);
    const given = await optionsOf('run', ['--wasm', 'b.wasm', '--profile', 'soak']);
    expect(given).toEqual({ wasm: 'b.wasm', target: 't.ts', profile: 'soak', sample: '60' });
  });

  it('of mutants name the build with faults and the correct one', async () => {
    configFile(source);
    expect(await optionsOf('mutants', [])).toMatchObject({ wasm: 'f.wasm', correctWasm: 'a.wasm' });
  });

  it('of gate name what it requires, with paths from the folder of the configuration', async () => {
    configFile("export default { gate: { minScore: 60, scoreBaseline: 'main.json' } };");
    expect(await optionsOf('gate', [])).toEqual({
      profile: 'default',
      minScore: 60,
      scoreBaseline: 'main.json',
      sample: '60',
    });
    expect(await optionsOf('gate', ['--min-score', '70'])).toMatchObject({ minScore: '70' });
    expect(await optionsOf('mutate', [])).not.toHaveProperty('minScore');
  });

  it('of a command that tests no canister ignore the configuration, even if it is broken', async () => {
    configFile('syntax error');
    expect(await optionsOf('serve', [])).toEqual({ profile: 'default', sample: '60' });
  });

  it('ignore the configuration if the target is a service', async () => {
    configFile(source);
    const url = 'http://localhost:1';
    expect(await optionsOf('run', ['--target', url])).not.toHaveProperty('wasm');
  });
});

describe('the target of a configuration', () => {
  it('may be an object, with further canisters', async () => {
    const canisters = "{ bucket: { wasm: 'bucket.wasm', count: 2 } }";
    const file = configFile(`export default { target: ${TARGET}, canisters: ${canisters} };`);
    const { target } = await openSubject({ targetModule: file, initArg: undefined });
    expect(target.name).toBe('mine');
    expect(target.canisters).toEqual({ bucket: { wasm: join(folder, 'bucket.wasm'), count: 2 } });
  });

  it('may be the path of a module', async () => {
    writeFileSync(join(folder, 'mine.mjs'), `export default ${TARGET};`);
    const file = configFile("export default { target: './mine.mjs', canisters: {} };");
    const { target } = await openSubject({ targetModule: file, initArg: undefined });
    expect(target.name).toBe('mine');
  });

  it('must exist', async () => {
    const file = configFile('export default { canisters: {} };');
    await expect(openSubject({ targetModule: file, initArg: undefined })).rejects.toThrow('it has no target');
  });
});
