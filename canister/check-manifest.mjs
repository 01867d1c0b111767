#!/usr/bin/env node
// Do the committed wasms belong to the sources? Exit 0: yes. 1: no, and one line says what parts. 2: cannot tell.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { argv } from 'node:process';
import { pathToFileURL } from 'node:url';
import { canisterDir, hashSources, sha256Hex } from './sources.mjs';

/** Answers `undefined` when sources, manifest and wasms belong together, else one line that says what parts. */
export function checkManifest(dir = canisterDir) {
  const manifest = JSON.parse(readFileSync(join(dir, 'wasm', 'manifest.json'), 'utf8'));
  if (manifest.formatVersion !== 1) return `wasm/manifest.json has format ${manifest.formatVersion}, not 1`;
  for (const { file, sha256, bytes } of manifest.wasms) {
    const wasm = readFileSync(join(dir, 'wasm', file));
    if (wasm.length !== bytes || sha256Hex(wasm) !== sha256) return `wasm/${file} is not the file in wasm/manifest.json: run canister/build.mjs`;
  }
  const sources = hashSources(dir);
  if (sources !== manifest.sources) return `the sources have changed since the wasms were built (${sources.slice(0, 12)}, manifest ${manifest.sources.slice(0, 12)}): run canister/build.mjs`;
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
