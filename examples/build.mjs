#!/usr/bin/env node
// Builds the modules of the examples and their manifests: `node examples/build.mjs [--check] [NAME…]`; default: all examples.
// `--check` builds nothing: it checks that the committed modules were built from the committed sources.
// Exit code 0: done. 1: a module or a source differs from its manifest, one line each. 2: the command failed.
//
// The default export of `NAME/canister/build.mjs` writes the modules to `NAME/wasm/` and may return the name of the toolchain. The
// module may export `sources`, the paths of source files outside its folder.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { argv } from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';

const examplesDir = fileURLToPath(new URL('.', import.meta.url));
const FORMAT_VERSION = 1;
const MODULE_BYTES_MAX = 2_000_000;

/** Folders below `canister/` that a build creates. */
const BUILT = /(^|[/\\])target([/\\]|$)/;

const buildScript = (name) => join(examplesDir, name, 'canister', 'build.mjs');
const wasmDir = (name) => join(examplesDir, name, 'wasm');
const manifestPath = (name) => join(wasmDir(name), 'manifest.json');
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

export function exampleNames() {
  return readdirSync(examplesDir)
    .filter((name) => existsSync(buildScript(name)))
    .sort();
}

/** Returns one line for each module or source of the example that differs from its manifest. */
export async function checkExample(name) {
  if (!existsSync(manifestPath(name))) return [`${name}: there is no manifest: run examples/build.mjs`];
  const manifest = JSON.parse(readFileSync(manifestPath(name), 'utf8'));
  if (manifest.formatVersion !== FORMAT_VERSION) {
    return [`${name}: the manifest has format ${manifest.formatVersion}, not ${FORMAT_VERSION}`];
  }
  const wasms = describeModules(name);
  const problems = [];
  for (const file of new Set([...manifest.wasms, ...wasms].map((wasm) => wasm.file))) {
    const [built, listed] = [wasms, manifest.wasms].map((list) => list.find((wasm) => wasm.file === file));
    if (built === undefined) problems.push(`${name}: the manifest lists ${file}, which does not exist`);
    else if (listed === undefined) problems.push(`${name}: the manifest does not list ${file}`);
    else if (built.sha256 !== listed.sha256)
      problems.push(`${name}: ${file} is not the file in the manifest`);
    if (built !== undefined && built.bytes > MODULE_BYTES_MAX) problems.push(tooLarge(name, built));
  }
  if ((await hashSources(name)) !== manifest.sources) {
    problems.push(
      `${name}: the sources have changed since the modules were built: run examples/build.mjs ${name}`,
    );
  }
  return problems;
}

async function buildExample(name) {
  const { default: build } = await import(pathToFileURL(buildScript(name)));
  const toolchain = await build();
  const wasms = describeModules(name);
  if (wasms.length === 0) throw new Error(`${name}: the build wrote no module`);
  const large = wasms.find(({ bytes }) => bytes > MODULE_BYTES_MAX);
  if (large !== undefined) throw new Error(tooLarge(name, large));
  const manifest = { formatVersion: FORMAT_VERSION, sources: await hashSources(name), wasms, toolchain };
  writeFileSync(manifestPath(name), `${JSON.stringify(manifest, null, 2)}\n`);
  for (const { file, bytes } of wasms) console.log(`${name}/wasm/${file}: ${bytes} bytes`);
}

function tooLarge(name, { file, bytes }) {
  return `${name}: ${file} has ${bytes} bytes; the limit is ${MODULE_BYTES_MAX}`;
}

function describeModules(name) {
  if (!existsSync(wasmDir(name))) return [];
  const files = readdirSync(wasmDir(name)).filter((file) => file.endsWith('.wasm.gz'));
  return files.sort().map((file) => {
    const bytes = readFileSync(join(wasmDir(name), file));
    return { file, sha256: sha256(bytes), bytes: bytes.length };
  });
}

/** Returns the SHA-256 over one line per source file: its hash, two spaces, its path. Line ends count as `\n`. */
async function hashSources(name) {
  const { sources = [] } = await import(pathToFileURL(buildScript(name)));
  const own = readdirSync(join(examplesDir, name, 'canister'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== '.gitignore')
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  const paths = [...own, ...sources].map((path) => relative(examplesDir, path).replaceAll('\\', '/'));
  const lines = paths
    .filter((path) => !BUILT.test(path))
    .sort()
    .map((path) => {
      const text = readFileSync(join(examplesDir, path), 'utf8').replaceAll('\r\n', '\n');
      return `${sha256(text)}  ${path}\n`;
    });
  return sha256(lines.join(''));
}

async function main(args) {
  const isCheck = args.includes('--check');
  const wanted = args.filter((arg) => arg !== '--check');
  const names = exampleNames();
  const unknown = wanted.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new Error(`unknown example ${unknown}: use ${names.join(', ')}`);
  for (const name of wanted.length > 0 ? wanted : names) {
    if (!isCheck) await buildExample(name);
    for (const problem of isCheck ? await checkExample(name) : []) {
      console.error(problem);
      process.exitCode = 1;
    }
  }
}

if (argv[1] !== undefined && import.meta.url === pathToFileURL(argv[1]).href) {
  try {
    await main(argv.slice(2));
  } catch (error) {
    console.error(error.message);
    process.exitCode = 2;
  }
}
