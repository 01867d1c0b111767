import { defineConfig } from 'canister-upload-stress';

export default defineConfig({
  wasm: './wasm/rust-tus.wasm.gz',
  faultsWasm: './wasm/rust-tus-faults.wasm.gz',
  target: './target.ts',
});
