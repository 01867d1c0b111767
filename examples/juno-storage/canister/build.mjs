// Builds wasm/juno-storage.wasm.gz from the crate junobuild-satellite, and returns the name of the toolchain.

import { fileURLToPath } from 'node:url';
import { buildCrate, describeToolchain, findToolchain } from '../../../canister/rust-toolchain.mjs';
import { writeModule } from '../../write-module.mjs';

export default async function build() {
  const toolchain = findToolchain();
  const dir = fileURLToPath(new URL('.', import.meta.url));
  // junobuild-satellite implements getrandom's custom backend.
  const flags = ['--cfg', 'getrandom_backend="custom"'];
  const wasm = buildCrate(toolchain, { dir, crate: 'juno_storage', flags });
  writeModule(new URL('../wasm/juno-storage.wasm.gz', import.meta.url), wasm);
  return describeToolchain(toolchain);
}
