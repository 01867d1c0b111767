import { defineConfig } from 'canister-upload-stress';

export default defineConfig({
  wasm: './wasm/index-and-buckets.wasm.gz',
  faultsWasm: './wasm/index-and-buckets-faults.wasm.gz',
  target: './target.ts',
});
