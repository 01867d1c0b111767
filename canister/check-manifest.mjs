#!/usr/bin/env node
// Checks that the committed wasm files were built from the committed sources.
// Exit code 0: they were. 1: they were not, and one line says which file differs. 2: the check failed.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { argv } from 'node:process';
import { pathToFileURL } from 'node:url';
import { canisterDir, hashSources, sha256Hex } from './sources.mjs';

/** Returns `undefined` if sources, manifest, and wasm files match, else one line that says which file differs. */
export function checkManifest(dir = canisterDir) {
  const manifest = JSON.parse(readFileSync(join(dir, 'wasm', 'manifest.json'), 'utf8'));
  if (manifest.formatVersion !== 1) return `wasm/manifest.json has format ${manifest.formatVersion}, not 1`;
  for (const { file, sha256, bytes } of manifest.wasms) {
    const wasm = readFileSync(join(dir, 'wasm', file));
    if (wasm.length !== bytes || sha256Hex(wasm) !== sha256) {
      return `wasm/${file} is not the file in wasm/manifest.json: run canister/build.mjs`;
    }
  }
  const sources = hashSources(dir);
  if (sources !== manifest.sources) {
    const hashes = `${sources.slice(0, 12)}, manifest ${manifest.sources.slice(0, 12)}`;
    return `the sources have changed since the wasm files were built (${hashes}): run canister/build.mjs`;
  }
  return undefined;
}

if (argv[1] !== undefined && import.meta.url === pathToFileURL(argv[1]).href) {
  try {
    const problem = checkManifest();
    if (problem !== undefined) {
      console.error(problem);
      process.exitCode = 1;
    }
  } catch (error) {
    console.error(`cannot check the manifest: ${error.message}`);
    process.exitCode = 2;
  }
}
