import { defineConfig } from 'canister-upload-stress';

export default defineConfig({
  wasm: './wasm/motoko-sessions.wasm.gz',
  faultsWasm: './wasm/motoko-sessions-faults.wasm.gz',
  target: './target.ts',
});
