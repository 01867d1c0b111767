// Builds wasm/index-and-buckets.wasm.gz (the index), wasm/bucket.wasm.gz, and both with seeded faults.

import { buildRustExample, RUST_SOURCES } from '../../build-rust.mjs';

export const sources = RUST_SOURCES;

export default async function build() {
  return buildRustExample(new URL('.', import.meta.url), { 'index-and-buckets': 'index', bucket: 'bucket' });
}
