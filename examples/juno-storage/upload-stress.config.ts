import { defineConfig } from 'canister-upload-stress';

export default defineConfig({
  wasm: './wasm/juno-storage.wasm.gz',
  target: './target.ts',
  accepted: './accepted.json',
});
