#!/usr/bin/env node
// Builds the canister's wasm files and their manifest: `node canister/build.mjs [upload] [upload-faults]`.
// Exit code 2: there is no toolchain (rust-toolchain.mjs), or the build failed.

import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { argv, exit } from 'node:process';
import { buildCrate, describeToolchain, findToolchain } from './rust-toolchain.mjs';
import { canisterDir, hashSources, sha256Hex } from './sources.mjs';

const BUILDS = [
  { file: 'upload.wasm', features: [], layoutVersion: 3 },
  { file: 'upload-faults.wasm', features: ['faults'], layoutVersion: 3 },
];
/** Modules of earlier layouts, kept unchanged: tests upgrade from them. */
const FIXTURES = [
  { file: 'upload-layout-v1.wasm', features: ['layout_v1'], layoutVersion: 1 },
  { file: 'upload-layout-v2.wasm', features: [], layoutVersion: 2 },
];
const WASM_BYTES_MAX = 1_900_000; // A module must fit into one install message.

function build(toolchain, { file, features }) {
  const module = buildCrate(toolchain, { dir: canisterDir, crate: 'upload', features });
  mkdirSync(join(canisterDir, 'wasm'), { recursive: true });
  copyFileSync(module, join(canisterDir, 'wasm', file));
}

function writeManifest(toolchain) {
  const wasms = [...BUILDS, ...FIXTURES].map(({ file, features, layoutVersion }) => {
    const bytes = readFileSync(join(canisterDir, 'wasm', file));
    if (bytes.length > WASM_BYTES_MAX) throw new Error(`${file} has ${bytes.length} bytes; the limit is ${WASM_BYTES_MAX}`);
    return { file, sha256: sha256Hex(bytes), bytes: bytes.length, features, layoutVersion };
  });
  const manifest = { formatVersion: 1, sources: hashSources(), wasms, toolchain: describeToolchain(toolchain) };
  writeFileSync(join(canisterDir, 'wasm', 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  for (const { file, bytes } of wasms) console.log(`wasm/${file}: ${bytes} bytes`);
}

function main(wanted) {
  const toolchain = findToolchain();
  const unknown = wanted.find((name) => !BUILDS.some(({ file }) => file === `${name}.wasm`));
  if (unknown !== undefined) throw new Error(`unknown build ${unknown}: use upload or upload-faults`);
  for (const one of BUILDS) {
    if (wanted.length === 0 || wanted.includes(one.file.replace(/\.wasm$/, ''))) build(toolchain, one);
  }
  if (wanted.length === 0) writeManifest(toolchain);
  else console.log('the manifest was not written: it needs a build of all wasm files');
}

try {
  main(argv.slice(2));
} catch (error) {
  console.error(error.message);
  exit(2);
}
