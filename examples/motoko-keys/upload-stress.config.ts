import { defineConfig } from 'canister-upload-stress';

export default defineConfig({
  wasm: './wasm/motoko-keys.wasm.gz',
  faultsWasm: './wasm/motoko-keys-faults.wasm.gz',
  target: './target.ts',
});
