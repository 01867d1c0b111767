// Builds the modules of an example that is written in Rust: each correct, and with seeded faults.

import { fileURLToPath } from 'node:url';
import { buildCrate, describeToolchain, findToolchain } from '../canister/rust-toolchain.mjs';
import { writeModule } from './write-module.mjs';

const faultsDir = fileURLToPath(new URL('seeded-faults/', import.meta.url));

/** Source files of the modules outside the example's folder. */
export const RUST_SOURCES = [`${faultsDir}Cargo.toml`, `${faultsDir}src/lib.rs`];

/**
 * Writes `../wasm/FILE.wasm.gz` and `../wasm/FILE-faults.wasm.gz` and returns the name of the toolchain.
 *
 * @param {URL} canisterUrl folder of Cargo.toml and Cargo.lock
 * @param {Record<string, string>} crates names of crates by names of files
 */
export function buildRustExample(canisterUrl, crates) {
  const toolchain = findToolchain();
  const dir = fileURLToPath(canisterUrl);
  const flags = [`--remap-path-prefix=${faultsDir.replace(/\/$/, '')}=/seeded-faults`];
  for (const [suffix, features] of [
    ['', []],
    ['-faults', ['faults']],
  ]) {
    for (const [file, crate] of Object.entries(crates)) {
      const wasm = buildCrate(toolchain, { dir, crate, features, flags });
      writeModule(new URL(`../wasm/${file}${suffix}.wasm.gz`, canisterUrl), wasm);
    }
  }
  return describeToolchain(toolchain);
}
