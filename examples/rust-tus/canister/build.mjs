// Builds wasm/rust-tus.wasm.gz, and the same with seeded faults.

import { buildRustExample, RUST_SOURCES } from '../../build-rust.mjs';

export const sources = RUST_SOURCES;

export default async function build() {
  return buildRustExample(new URL('.', import.meta.url), { 'rust-tus': 'rust_tus' });
}
