#!/usr/bin/env node
// Builds the crates of this folder to `wasm/CRATE.wasm.br` (Brotli), each with a manifest `wasm/CRATE.json`:
// `node replicas/embedded/native/build.mjs [--check] [CRATE…]`; default: all crates.
// `--check` builds nothing: it checks that the committed modules were built from the committed sources.
// Exit code 0: done. 1: a module or a source differs from its manifest, one line each. 2: the command failed.

import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { argv } from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib';
import { buildCrate, describeToolchain, findToolchain } from '../../../canister/rust-toolchain.mjs';
import { sha256Hex } from '../../../canister/sources.mjs';

const nativeDir = fileURLToPath(new URL('.', import.meta.url));
const FORMAT_VERSION = 1;

const wasmPath = (name) => join(nativeDir, 'wasm', `${name}.wasm.br`);
const manifestPath = (name) => join(nativeDir, 'wasm', `${name}.json`);

export function crateNames() {
  return readdirSync(nativeDir)
    .filter((name) => existsSync(join(nativeDir, name, 'Cargo.toml')))
    .sort();
}

/** Returns one line for each part of the crate that differs from its manifest. */
export function checkCrate(name) {
  if (!existsSync(manifestPath(name)) || !existsSync(wasmPath(name))) {
    return [`${name}: there is no module: run replicas/embedded/native/build.mjs ${name}`];
  }
  const manifest = JSON.parse(readFileSync(manifestPath(name), 'utf8'));
  if (manifest.formatVersion !== FORMAT_VERSION) {
    return [`${name}: the manifest has format ${manifest.formatVersion}, not ${FORMAT_VERSION}`];
  }
  const problems = [];
  if (sha256Hex(brotliDecompressSync(readFileSync(wasmPath(name)))) !== manifest.sha256) {
    problems.push(`${name}: the module is not the one of the manifest`);
  }
  if (hashSources(name) !== manifest.sources) {
    problems.push(
      `${name}: the sources have changed since the module was built: run replicas/embedded/native/build.mjs ${name}`,
    );
  }
  return problems;
}

function buildOne(toolchain, name) {
  const module = buildCrate(toolchain, { dir: join(nativeDir, name), crate: name.replaceAll('-', '_') });
  mkdirSync(join(nativeDir, 'wasm'), { recursive: true });
  const bytes = readFileSync(module);
  writeFileSync(wasmPath(name), brotliCompressSync(bytes));
  const manifest = {
    formatVersion: FORMAT_VERSION,
    sources: hashSources(name),
    sha256: sha256Hex(bytes),
    bytes: bytes.length,
    toolchain: describeToolchain(toolchain),
  };
  writeFileSync(manifestPath(name), `${JSON.stringify(manifest, null, 2)}\n`);
  console.log(`wasm/${name}.wasm: ${bytes.length} bytes`);
}

/** Returns the SHA-256 over one line per source file: its hash, two spaces, its path. Line ends count as `\n`. */
function hashSources(name) {
  const lines = readdirSync(join(nativeDir, name), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      relative(nativeDir, join(entry.parentPath ?? entry.path, entry.name)).replaceAll('\\', '/'),
    )
    .filter((path) => !path.startsWith(`${name}/target/`))
    .sort()
    .map((path) => {
      const text = readFileSync(join(nativeDir, path), 'utf8').replaceAll('\r\n', '\n');
      return `${sha256Hex(text)}  ${path}\n`;
    });
  return sha256Hex(lines.join(''));
}

function main(args) {
  const isCheck = args.includes('--check');
  const wanted = args.filter((arg) => arg !== '--check');
  const names = crateNames();
  const unknown = wanted.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new Error(`unknown crate ${unknown}: use ${names.join(', ')}`);
  const toolchain = isCheck ? undefined : findToolchain();
  for (const name of wanted.length > 0 ? wanted : names) {
    if (!isCheck) buildOne(toolchain, name);
    for (const problem of isCheck ? checkCrate(name) : []) {
      console.error(problem);
      process.exitCode = 1;
    }
  }
}

if (argv[1] !== undefined && import.meta.url === pathToFileURL(argv[1]).href) {
  try {
    main(argv.slice(2));
  } catch (error) {
    console.error(error.message);
    process.exitCode = 2;
  }
}
