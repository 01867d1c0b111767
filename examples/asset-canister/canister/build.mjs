// Builds wasm/asset-canister.wasm.gz from the crate ic-certified-assets, and returns the name of the toolchain.

import { fileURLToPath } from 'node:url';
import { buildCrate, describeToolchain, findToolchain } from '../../../canister/rust-toolchain.mjs';
import { writeModule } from '../../write-module.mjs';

export default async function build() {
  const toolchain = findToolchain();
  const dir = fileURLToPath(new URL('.', import.meta.url));
  const wasm = buildCrate(toolchain, { dir, crate: 'asset_canister' });
  writeModule(new URL('../wasm/asset-canister.wasm.gz', import.meta.url), wasm);
  return describeToolchain(toolchain);
}
