// Compiles a Motoko canister with the npm package `motoko`, which contains the compiler and its core library.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const VERSION = '4.10.0';
const here = fileURLToPath(new URL('.', import.meta.url));
const cache = fileURLToPath(new URL(`../../.cache/motoko-${VERSION}`, import.meta.url));

// Runs in a process of its own, because the compiler needs a large stack. It reads the files from stdin and writes the module to stdout.
const COMPILE = `
const mo = require('motoko').default;
mo.setPublicMetadata(['candid:service', 'candid:args']);
mo.loadPackage(require('motoko/packages/latest/core.json'));
for (const [name, text] of Object.entries(JSON.parse(require('node:fs').readFileSync(0, 'utf8')))) mo.write(name, text);
const errors = mo.check('Main.mo').filter(({ severity }) => severity === 1);
for (const { source, range, message } of errors) console.error(source + ':' + (range.start.line + 1) + ': ' + message);
if (errors.length > 0) process.exit(1);
process.stdout.write(Buffer.from(mo.wasm('Main.mo', 'ic').wasm));
`;

/**
 * Builds the two modules of a Motoko example in `canisterDir/../wasm`: the correct one and the one with seeded faults. Both have the same
 * sources, except that NoFaults.mo takes the place of Faults.mo in the correct one.
 * @param name name of the example
 * @param canisterDir folder with Main.mo and the example's other sources
 * @returns the toolchain, for the manifest
 */
export function buildMotoko(name, canisterDir) {
  installCompiler();
  const faults = filesOf(canisterDir);
  const correct = { ...faults, 'Faults.mo': faults['NoFaults.mo'] };
  const wasmDir = join(canisterDir, '..', 'wasm');
  mkdirSync(wasmDir, { recursive: true });
  writeFileSync(join(wasmDir, `${name}.wasm.gz`), compile(correct));
  writeFileSync(join(wasmDir, `${name}-faults.wasm.gz`), compile(faults));
  return `npm package motoko ${VERSION}`;
}

/** The files that all Motoko examples are built from. */
export const sharedSources = [...sourceNames(here), 'compile.mjs'].map((name) => join(here, name));

function sourceNames(folder) {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.mo'))
    .sort();
}

function filesOf(dir) {
  const entries = [here, dir].flatMap((folder) =>
    sourceNames(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
  );
  return Object.fromEntries(entries);
}

function installCompiler() {
  if (existsSync(join(cache, 'node_modules', 'motoko'))) return;
  mkdirSync(cache, { recursive: true });
  const args = ['install', '--no-save', '--no-audit', '--no-fund', '--prefix', cache, `motoko@${VERSION}`];
  const { status } = spawnSync('npm', args, { cwd: cache, stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error(`npm could not install motoko@${VERSION}`);
}

function compile(files) {
  const args = ['--stack-size=30000', '-e', COMPILE];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: cache,
    input: JSON.stringify(files),
    maxBuffer: 2 ** 26,
  });
  if (status !== 0) throw new Error(stderr.toString().trim() || 'the compiler ended without a module');
  return gzipSync(stdout, { level: 9 });
}
